# The boot ROM and font, for an emulator without Commodore's ROMs:
# build/rom/kernal.bin, basic.bin, chargen.bin.

ROMS := $(BUILD)/rom/kernal.bin $(BUILD)/rom/basic.bin $(BUILD)/rom/chargen.bin $(BUILD)/rom/kernal128.bin

.PHONY: roms
roms: $(ROMS)
all: roms

$(BUILD)/rom/%.o: src/rom/%.s
	@mkdir -p $(@D)
	ca65 $< -o $@

$(BUILD)/rom/keyboard.o: src/c64/keyboard.s src/c64/c64.inc
	@mkdir -p $(@D)
	ca65 $< -o $@

ROM_OBJECTS := boot.o serial.o keyboard.o
$(BUILD)/rom/kernal.bin $(BUILD)/rom/basic.bin &: $(ROM_OBJECTS:%=$(BUILD)/rom/%) src/rom/boot.cfg
	cd $(@D) && ld65 -C $(CURDIR)/src/rom/boot.cfg $(ROM_OBJECTS)

# And basic128.bin, chargen128.bin.
$(BUILD)/rom/kernal128.bin: src/rom/boot128.s src/rom/boot128.cfg $(BUILD)/rom/kernal.bin $(BUILD)/rom/chargen.bin
	ca65 --bin-include-dir $(@D) $< -o $(@D)/boot128.o
	cd $(@D) && ld65 -C $(CURDIR)/src/rom/boot128.cfg boot128.o

$(BUILD)/rom/chargen.bin: $(BUILD)/rom/font.o src/rom/font.cfg
	cd $(@D) && ld65 -C $(CURDIR)/src/rom/font.cfg font.o
