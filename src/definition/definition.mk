# The definitions tell whole stories on the host: eval64 goes through tens of
# thousands of positions.
$(patsubst %.c,$(BUILD)/host/%.o,$(wildcard src/definition/*.c)): HOST_CFLAGS += -O3
