# test_screen_text: the portable files of src/c64, on the host.
SCREEN_TEXT := $(patsubst %,$(BUILD)/host/src/c64/%.o,petscii screen text_window ui/seed ui/keys)
$(SCREEN_TEXT) $(BUILD)/host/tests/unit/test_screen_text.o: HOST_CFLAGS += -Isrc/c64 -Isrc/c64/ui
$(BUILD)/tests/unit/test_screen_text: $(SCREEN_TEXT)
