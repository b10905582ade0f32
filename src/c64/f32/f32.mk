# The tables of f32_exp, from its definition.

$(BUILD)/exptables: $(BUILD)/host/tools/exptables.o $(BUILD)/host/src/definition/f32_exp.o
	$(CC) $(CFLAGS) $^ -o $@

$(BUILD)/exp_tables.s: $(BUILD)/exptables
	$< > $@ || { rm -f $@; exit 1; }

$(BUILD)/c64/exp_tables.o: $(BUILD)/exp_tables.s
	@mkdir -p $(@D)
	ca65 $(CA65_FLAGS) $< -o $@

C64_OBJECTS += $(BUILD)/c64/exp_tables.o
$(BUILD)/llama2c64.prg: $(BUILD)/c64/exp_tables.o
