# Two commands set everything up: `make run` and `make test`. The others build,
# check or measure with what is installed.

BUILD := build
CFLAGS ?= -O2 -g
HOST_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L $(CFLAGS) -Wall -Wextra -Werror -ffp-contract=off -Isrc/common -Isrc/host -Isrc/definition -Itests/support
HOST_LIBS := -ljansson -lmpfr -lgmp -lpng -lm

CC65_CFLAGS := -t none -Or --static-locals --standard c99 -Isrc/common -Isrc/c64 -Isrc/c64/ui
CA65_FLAGS := -t none -Isrc/c64

PROGRAMS := $(patsubst src/host/main/%.c,$(BUILD)/%,$(wildcard src/host/main/*.c))

.PHONY: all
all: $(PROGRAMS) $(BUILD)/llama2c64.prg

.PHONY: run
run:
	tools/install.sh
	$(MAKE) all
	tools/run.sh

# --- host ------------------------------------------------------------------

HOST_SOURCES := $(wildcard src/common/*.c src/definition/*.c src/host/*.c)
HOST_OBJECTS := $(HOST_SOURCES:%.c=$(BUILD)/host/%.o)

$(BUILD)/host/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libllama2c64.a: $(HOST_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(PROGRAMS): $(BUILD)/%: $(BUILD)/host/src/host/main/%.o $(BUILD)/libllama2c64.a
	$(CC) $(CFLAGS) $^ $(HOST_LIBS) -o $@

# --- C64 -------------------------------------------------------------------

C64_C := $(wildcard src/common/*.c src/c64/*.c src/c64/*/*.c)
C64_S := $(wildcard src/c64/*.s src/c64/*/*.s)
C64_OBJECTS := $(C64_C:%.c=$(BUILD)/c64/%.o) $(C64_S:%.s=$(BUILD)/c64/%.o)

$(BUILD)/c64/%.s: %.c
	@mkdir -p $(@D)
	cc65 $(CC65_CFLAGS) --create-dep $(@:.s=.d) --dep-target $@ $< -o $@

$(BUILD)/c64/%.o: $(BUILD)/c64/%.s
	ca65 $(CA65_FLAGS) $< -o $@

$(BUILD)/c64/%.o: %.s
	@mkdir -p $(@D)
	ca65 $(CA65_FLAGS) --create-dep $(@:.o=.d) $< -o $@

# ld65 writes the resident part with the screens, and each engine to a file of
# its own, see src/c64/overlays.h; pack.sh makes the self-extracting PRGs of them:
# llama2c64-fast.prg beside it is the one without the exact engine.
$(BUILD)/pack: tools/pack.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -O2 $< -o $@

$(BUILD)/llama2c64.prg: $(C64_OBJECTS) src/c64/c64.cfg tools/pack.sh $(BUILD)/pack $(wildcard src/unpack/*)
	ld65 -C src/c64/c64.cfg -m $(BUILD)/llama2c64.map -Ln $(BUILD)/llama2c64.lbl -o $(BUILD)/llama2c64 $(C64_OBJECTS) none.lib
	tools/pack.sh $(BUILD)/llama2c64

.PRECIOUS: $(BUILD)/c64/%.s $(BUILD)/host/%.o

# --- tests -----------------------------------------------------------------
#
# A test is a program that speaks TAP: tests/*/test_*.c, linked with the host
# library and cmocka, or a script tests/*/test_*.sh. They find the build in
# $BUILD, the real model in $MODEL and $TOKENIZER (empty: skip what needs it),
# llama2.c's outputs in $GOLDEN; $QUICK is 1 in `make check`.

TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c tests/e2e/test_*.c))
TEST_SCRIPTS := $(wildcard tests/unit/test_*.sh tests/sim65/test_*.sh tests/e2e/test_*.sh)
EVERYDAY := $(filter-out tests/e2e/% $(BUILD)/tests/e2e/%,$(TEST_PROGRAMS) $(TEST_SCRIPTS))

TEST_SUPPORT := $(patsubst %.c,$(BUILD)/host/%.o,$(wildcard tests/support/*.c))

$(BUILD)/tests/%: $(BUILD)/host/tests/%.o $(TEST_SUPPORT) $(BUILD)/libllama2c64.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ $(HOST_LIBS) -lcmocka -o $@

GOLDEN ?= ../shared/golden
TEST_ENVIRONMENT = BUILD=$(abspath $(BUILD)) CMOCKA_MESSAGE_OUTPUT=TAP GOLDEN=$(GOLDEN) \
	MODEL="$$(tools/find-model.sh stories260K | sed -n 1p)" TOKENIZER="$$(tools/find-model.sh stories260K | sed -n 2p)"

.PHONY: test check
test:
	tools/install.sh
	$(MAKE) test-build
	$(TEST_ENVIRONMENT) tests/run.sh $(TEST_PROGRAMS) $(TEST_SCRIPTS)

check: test-build
	$(TEST_ENVIRONMENT) QUICK=1 tests/run.sh $(EVERYDAY)

# Writes the stored screens of test_screens, test_save and test_load anew: look at what changes.
.PHONY: screens
screens: test-build
	mkdir -p tests/e2e/screens
	UPDATE_SCREENS=1 $(TEST_ENVIRONMENT) $(BUILD)/tests/e2e/test_screens
	UPDATE_SCREENS=1 $(TEST_ENVIRONMENT) $(BUILD)/tests/e2e/test_save
	UPDATE_SCREENS=1 $(TEST_ENVIRONMENT) $(BUILD)/tests/e2e/test_load

# The same with the host's code under ASan and UBSan.
.PHONY: sanitize
sanitize:
	$(MAKE) check BUILD=build/sanitize CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"

.PHONY: test-build
test-build: all $(TEST_PROGRAMS)

# --- distribution ------------------------------------------------------------

# A .d81 with the program and the model that `make run` takes, for an REU of $(REU) KB.
REU ?= 512
.PHONY: disk
disk: all
	@model=$$(tools/find-model.sh) || { echo "disk: no model" >&2; exit 2; }; \
	set -- $$model; \
	$(BUILD)/mkreu "$$1" "$$2" -o $(BUILD)/disk.reu --reu $(REU) && \
	BUILD=$(BUILD) tools/disk.sh $(BUILD)/disk.reu $(BUILD)/llama2c64.d81
	@echo $(BUILD)/llama2c64.d81

.PHONY: dist
dist: all
	BUILD=$(BUILD) tools/dist.sh $(BUILD)/dist/llama2c64 $(BUILD)/dist/llama2c64.zip
	@echo $(BUILD)/dist/llama2c64.zip

# --- pictures for the README -------------------------------------------------

$(BUILD)/pictures: tools/pictures.c $(BUILD)/libllama2c64.a
	$(CC) $(HOST_CFLAGS) $^ $(HOST_LIBS) -o $@

# Writes docs/pictures anew; needs Debian's apngasm. Some minutes.
.PHONY: pictures
pictures: all $(BUILD)/pictures
	BUILD=$(BUILD) tools/pictures.sh

# --- measurements ------------------------------------------------------------

.PHONY: bench
bench: all bench-kernels
	@model=$$(tools/find-model.sh stories260K) || { echo "bench: no model" >&2; exit 2; }; \
	set -- $$model; \
	$(BUILD)/run64 "$$1" -z "$$2" -t 0 -n 60 -i Zoo --stats $(BUILD)/bench-exact.json >/dev/null && \
	$(BUILD)/run64 "$$1" -z "$$2" -t 0 -n 60 -i Zoo --engine fast --stats $(BUILD)/bench-fast.json >/dev/null && \
	$(BUILD)/run64 "$$1" -z "$$2" -t 0 -n 4 -i Zoo --engine fast --reu 512 --stats $(BUILD)/bench-fast-512.json >/dev/null && \
	$(BUILD)/run64 "$$1" -z "$$2" -t 0 -n 60 -i Zoo --engine fast --bits 16 --stats $(BUILD)/bench-fast-16.json >/dev/null && \
	$(BUILD)/run64 "$$1" -z "$$2" -t 0 -n 256 -i Zoo --engine fast --stats $(BUILD)/bench-fast-256.json >/dev/null && \
	$(BUILD)/eval64 "$$1" -z "$$2" --bits 8,16 --measure 0 $$([ -e $(GOLDEN)/stories260K.json ] && echo --stories $(GOLDEN)/stories260K.json) && \
	$(BUILD)/bench64 $(BUILD)/bench-exact.json $(BUILD)/bench-fast.json $(BUILD)/bench-fast-512.json $(BUILD)/bench-fast-16.json $(BUILD)/bench-fast-256.json

# The README's table of speed, measured anew.
.PHONY: speed
speed: all
	BUILD=$(BUILD) tools/speed.sh

# Cycles of the kernels under sim65; the parts add to it.
.PHONY: bench-kernels
bench-kernels:

# What the engines' parts cost, for the estimate on the parameter screen: to be measured
# anew when kernels have changed. Some minutes; COSTS_FOLDER= keeps the measurements.
.PHONY: costs
costs: all
	BUILD=$(BUILD) tools/costs.sh src/c64/ui/cost.c

# What each precision of the fast engine costs and gives, as the table and the picture of
# docs/fidelity.md: less than ten minutes.
.PHONY: plot
plot: all
	BUILD=$(BUILD) tools/plot.sh

# --- parts that bring rules of their own -------------------------------------

-include $(wildcard src/*/*.mk src/c64/*/*.mk tests/*/*.mk)
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf $(BUILD)
