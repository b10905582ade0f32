# Where the C64's memory has room for the common code and its variables: see
# c64.cfg.
$(BUILD)/c64/src/common/model.s: CC65_CFLAGS += --code-name BOOT --rodata-name BOOT --bss-name HIGH
$(BUILD)/c64/src/common/softmax.s: CC65_CFLAGS += --bss-name HIGH
$(patsubst %,$(BUILD)/c64/src/common/%.s,heap tokenizer xorshift): CC65_CFLAGS += --code-name LATE
$(patsubst %,$(BUILD)/c64/src/common/%.s,sampler softmax): CC65_CFLAGS += --code-name EXACT
$(BUILD)/c64/src/common/sampler.s: CC65_CFLAGS += --bss-name STORY
$(BUILD)/c64/src/common/network.s: CC65_CFLAGS += --code-name EXACT --bss-name STORY
$(BUILD)/c64/src/common/fast_network.s: CC65_CFLAGS := $(subst --static-locals,,$(CC65_CFLAGS)) --code-name FAST --rodata-name FAST --bss-name FAST_STORY
$(BUILD)/c64/src/common/fast_sampler.s: CC65_CFLAGS += --code-name FAST --rodata-name FAST --bss-name FAST_STORY
$(BUILD)/c64/src/common/fast_attention.s: CC65_CFLAGS += --code-name FAST --rodata-name FAST --bss-name FAST_HIGH
# Needed before and after stories only.
$(patsubst %,$(BUILD)/c64/src/common/%.s,cost encode first_position): CC65_CFLAGS += --code-name SCREENS --rodata-name SCREENS --bss-name SCREENS_HIGH
