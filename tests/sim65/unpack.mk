# tools/pack.c and unpack.s together, under sim65.

UNPACK_TEST_OBJECTS := $(patsubst %,$(BUILD)/sim65/%.o,src/c64/unpack tests/sim65/unpack_test)

$(BUILD)/sim65/unpack_test: $(UNPACK_TEST_OBJECTS) tests/sim65/sim65.cfg
	ld65 -C tests/sim65/sim65.cfg -o $@ $(UNPACK_TEST_OBJECTS) sim6502.lib

test-build: $(BUILD)/sim65/unpack_test $(BUILD)/pack
