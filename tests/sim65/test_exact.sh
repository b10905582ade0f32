#!/usr/bin/env bash
# The exact engine's 6502 code against its definition under sim65, every bit of
# every accumulator: all shapes with all kinds of values; some if QUICK is 1.
set -eu -o pipefail
build=${BUILD:-build}/sim65
cases=test
[ "${QUICK:-0}" = 1 ] && cases=quick
"$build/exact_vectors" $cases | sim65 "$build/exact_test"
