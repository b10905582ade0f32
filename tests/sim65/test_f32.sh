#!/usr/bin/env bash
# The 6502's f32 against its definition, which is the host's FPU, under sim65:
# a million records for each scalar operation; 20,000 if QUICK is 1.
set -eu -o pipefail
build=${BUILD:-build}/sim65
count=1000000
[ "${QUICK:-0}" = 1 ] && count=20000
"$build/f32_vectors" test 1 $count | sim65 "$build/f32_test"
