# The f32 library on the 6502, under sim65.

F32_TEST_OBJECTS := $(patsubst %,$(BUILD)/sim65/%.o,$(basename $(wildcard src/c64/f32/*.s)) \
	src/c64/zeropage tests/sim65/f32_run tests/sim65/f32_test exp_tables)

$(BUILD)/sim65/%.o: %.s
	@mkdir -p $(@D)
	ca65 -t sim6502 -Isrc/c64 --create-dep $(@:.o=.d) $< -o $@

$(BUILD)/sim65/%.o: $(BUILD)/sim65/%.s
	ca65 -t sim6502 $< -o $@

$(BUILD)/sim65/%.s: %.c
	@mkdir -p $(@D)
	cc65 -t sim6502 -Or --static-locals --standard c99 -Isrc/common --create-dep $(@:.s=.d) --dep-target $@ $< -o $@

$(BUILD)/sim65/exp_tables.o: $(BUILD)/exp_tables.s
	@mkdir -p $(@D)
	ca65 -t sim6502 $< -o $@

.PRECIOUS: $(BUILD)/sim65/%.s

$(BUILD)/sim65/f32_test: $(F32_TEST_OBJECTS) tests/sim65/sim65.cfg
	ld65 -C tests/sim65/sim65.cfg -o $@ $(F32_TEST_OBJECTS) sim6502.lib

$(BUILD)/sim65/f32_vectors: $(patsubst %,$(BUILD)/host/%.o,tests/sim65/f32_vectors src/definition/f32 src/definition/f32_exp)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -lm -o $@

test-build: $(BUILD)/sim65/f32_test $(BUILD)/sim65/f32_vectors

# Cycles of each routine: the table of docs/f32.md.
.PHONY: bench-f32
bench-f32: $(BUILD)/sim65/f32_test $(BUILD)/sim65/f32_vectors
	BUILD=$(BUILD) tests/sim65/bench_f32.sh

bench-kernels: bench-f32
