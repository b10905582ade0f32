# checksum.s on the 6502, under sim65.

CHECKSUM_TEST_OBJECTS := $(patsubst %,$(BUILD)/sim65/%.o,src/c64/checksum tests/sim65/checksum_test tests/sim65/checksum_definition)

$(BUILD)/sim65/checksum_test: $(CHECKSUM_TEST_OBJECTS) tests/sim65/sim65.cfg
	ld65 -C tests/sim65/sim65.cfg -o $@ $(CHECKSUM_TEST_OBJECTS) sim6502.lib

test-build: $(BUILD)/sim65/checksum_test
