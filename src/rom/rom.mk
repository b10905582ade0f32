# The boot ROM and font, for an emulator without Commodore's ROMs:
# build/rom/kernal.bin, basic.bin, chargen.bin.

ROMS := $(BUILD)/rom/kernal.bin $(BUILD)/rom/basic.bin $(BUILD)/rom/chargen.bin

.PHONY: roms
roms: $(ROMS)
all: roms

$(BUILD)/rom/%.o: src/rom/%.s
	@mkdir -p $(@D)
	ca65 $< -o $@

$(BUILD)/rom/kernal.bin $(BUILD)/rom/basic.bin &: $(BUILD)/rom/boot.o $(BUILD)/rom/serial.o src/rom/boot.cfg
	cd $(@D) && ld65 -C $(CURDIR)/src/rom/boot.cfg boot.o serial.o

$(BUILD)/rom/chargen.bin: $(BUILD)/rom/font.o src/rom/font.cfg
	cd $(@D) && ld65 -C $(CURDIR)/src/rom/font.cfg font.o
