# The fast engine's kernels on the 6502, under sim65.

FAST_TEST_OBJECTS := $(patsubst src/c64/fast/%.s,$(BUILD)/sim65/fast/%.o,$(wildcard src/c64/fast/*.s)) \
	$(BUILD)/sim65/src/c64/f32/tables.o $(BUILD)/sim65/src/c64/zeropage.o $(BUILD)/sim65/tests/sim65/fast_stub.o \
	$(BUILD)/sim65/tests/sim65/fast_test.o

# With the stub for the REU in place of src/c64/fast_fetch.inc.
$(BUILD)/sim65/fast/%.o: src/c64/fast/%.s
	@mkdir -p $(@D)
	ca65 -t sim6502 -Itests/sim65/fast_stub -Isrc/c64 --create-dep $(@:.o=.d) $< -o $@

$(BUILD)/sim65/fast_test: $(FAST_TEST_OBJECTS) tests/sim65/sim65.cfg
	ld65 -C tests/sim65/sim65.cfg -o $@ $(FAST_TEST_OBJECTS) sim6502.lib

$(BUILD)/sim65/fast_vectors: $(patsubst %,$(BUILD)/host/%.o,tests/sim65/fast_vectors src/definition/fast_matrix src/definition/fast_elements src/definition/fast_attention src/definition/fast_draw src/definition/f32 src/definition/f32_exp src/host/reu_host)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -lmpfr -lgmp -lm -o $@

test-build: $(BUILD)/sim65/fast_test $(BUILD)/sim65/fast_vectors

$(BUILD)/sim65/fast_bench: $(filter-out %/fast_test.o,$(FAST_TEST_OBJECTS)) $(BUILD)/sim65/tests/sim65/fast_bench.o $(BUILD)/sim65/tests/sim65/fast_bench_fetch.o
	ld65 -C tests/sim65/sim65.cfg -o $@ $^ sim6502.lib

# Cycles a multiply-accumulate: a table of docs/performance.md.
.PHONY: bench-fast
bench-fast: $(BUILD)/sim65/fast_bench
	BUILD=$(BUILD) tests/sim65/bench_fast.sh

bench-kernels: bench-fast
