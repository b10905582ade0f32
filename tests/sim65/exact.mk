# The exact engine's kernels on the 6502, under sim65, with an array for the REU.

EXACT_TEST_OBJECTS := $(patsubst %,$(BUILD)/sim65/%.o,src/c64/exact/exact src/c64/exact/rows \
	src/c64/f32/add src/c64/f32/mul src/c64/f32/common src/c64/f32/tables src/c64/zeropage \
	tests/sim65/exact_reu tests/sim65/exact_test)

$(BUILD)/sim65/exact_test: $(EXACT_TEST_OBJECTS) tests/sim65/sim65.cfg
	ld65 -C tests/sim65/sim65.cfg -o $@ $(EXACT_TEST_OBJECTS) sim6502.lib

$(BUILD)/sim65/exact_vectors: $(patsubst %,$(BUILD)/host/%.o,tests/sim65/exact_vectors src/definition/exact src/host/reu_host)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -o $@

test-build: $(BUILD)/sim65/exact_test $(BUILD)/sim65/exact_vectors

# Cycles a multiply-accumulate: the table of docs/performance.md.
.PHONY: bench-exact
bench-exact: $(BUILD)/sim65/exact_test $(BUILD)/sim65/exact_vectors
	BUILD=$(BUILD) tests/sim65/bench_exact.sh

bench-kernels: bench-exact
