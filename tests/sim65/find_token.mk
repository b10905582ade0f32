# find_token.s on the 6502, under sim65, with the stub for the REU.

FIND_TOKEN_TEST_OBJECTS := $(patsubst %,$(BUILD)/sim65/%.o,src/c64/find_token src/c64/zeropage tests/sim65/fast_stub tests/sim65/find_token_test tests/sim65/find_token_definition)

$(BUILD)/sim65/find_token_test: $(FIND_TOKEN_TEST_OBJECTS) tests/sim65/sim65.cfg
	ld65 -C tests/sim65/sim65.cfg -o $@ $(FIND_TOKEN_TEST_OBJECTS) sim6502.lib

test-build: $(BUILD)/sim65/find_token_test
