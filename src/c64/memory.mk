# Where the C64's memory has room for the common code and its variables: see
# c64.cfg.
$(BUILD)/c64/src/common/model.s $(BUILD)/c64/src/common/softmax.s: CC65_CFLAGS += --bss-name HIGH
$(BUILD)/c64/src/common/network.s: CC65_CFLAGS += --code-name EXACT --bss-name STORY
