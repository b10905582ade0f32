# The trainer's inner loops (train_kernels.h) are worth the highest
# optimisation, and their multiply-adds may be fused.
$(BUILD)/host/src/host/train_kernels.o: HOST_CFLAGS += -O3 -ffp-contract=fast
$(BUILD)/host/src/host/train_quantise.o $(BUILD)/host/src/host/fast_calibration.o $(BUILD)/host/src/host/fast_writer.o: HOST_CFLAGS += -O3 -fopenmp
$(BUILD)/host/src/host/fast_rounding.o: HOST_CFLAGS += -O3
$(BUILD)/host/src/host/trainer.o $(BUILD)/host/src/host/main/train64.o $(BUILD)/host/src/host/main/sample64.o $(BUILD)/host/src/host/main/eval64.o: HOST_CFLAGS += -fopenmp
$(BUILD)/host/tests/unit/test_fast_rounding.o: HOST_CFLAGS += -fopenmp
HOST_LIBS += -fopenmp
