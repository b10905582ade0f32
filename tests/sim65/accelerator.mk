# accelerator.s on the 6502, under sim65.

ACCELERATOR_TEST_OBJECTS := $(patsubst %,$(BUILD)/sim65/%.o,src/c64/accelerator tests/sim65/accelerator_test tests/sim65/accelerator_call)

$(BUILD)/sim65/accelerator_test: $(ACCELERATOR_TEST_OBJECTS) tests/sim65/accelerator.cfg
	ld65 -C tests/sim65/accelerator.cfg -o $@ $(ACCELERATOR_TEST_OBJECTS) sim6502.lib

test-build: $(BUILD)/sim65/accelerator_test
