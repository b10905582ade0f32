# VICE's pictures become PNG files.
HOST_LIBS += -lpng
