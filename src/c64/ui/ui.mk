# The screens before and after a story make room for the engine: see
# src/c64/overlays.h.
$(BUILD)/c64/src/c64/ui/%.s: CC65_CFLAGS += --code-name SCREENS --rodata-name SCREENS --data-name SCREENS_DATA --bss-name SCREENS_DATA
# These are there from the start.
$(patsubst %,$(BUILD)/c64/src/c64/ui/%.s,drive frame load problem): CC65_CFLAGS += --code-name BOOT --rodata-name BOOT --data-name BOOT_DATA --bss-name BOOT_DATA
# Their variables are of no use any more when a function has returned, or the file is written.
$(patsubst %,$(BUILD)/c64/src/c64/ui/%.s,seed story_file): CC65_CFLAGS += --bss-name SCREENS_HIGH
