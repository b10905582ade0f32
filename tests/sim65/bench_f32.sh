#!/usr/bin/env bash
# Cycles of the f32 routines under sim65, as a table: mean and greatest of
# SAMPLES calls with everyday operands; for vectors, cycles an element. What the
# test program itself takes is measured with a routine that is an rts, and taken
# off; but a scalar routine's figure includes its jsr and rts.
set -eu -o pipefail
build=${BUILD:-build}/sim65
samples=${SAMPLES:-200}

cycles() { # SEED COUNT OP
    "$build/f32_vectors" bench "$1" "$2" "$3" | sim65 -c "$build/f32_test" | awk '{print $1}'
}

scalar_base=$(cycles 1 1 nothing)
vector_base=$(cycles 1 64 v_nothing)
echo "| routine | mean | greatest |"
echo "| --- | --- | --- |"
for op in add sub mul div sqrt exp less equal from_int from_uint to_int; do
    for seed in $(seq "$samples"); do cycles "$seed" 1 $op; done |
        awk -v base="$scalar_base" -v op=$op '
            { c = $1 - base + 12; sum += c; if (c > most) most = c }
            END { printf "| `f32_%s_zp` | %d | %d |\n", op, sum / NR + 0.5, most }'
done
echo
echo "| vector routine, an element | mean |"
echo "| --- | --- |"
for op in add mul scale div sum_squares sum max exp silu rotate; do
    for seed in $(seq 10); do cycles "$seed" 64 v_$op; done |
        awk -v base="$vector_base" -v op=$op '
            { sum += ($1 - base) / 64 }
            END { printf "| `f32v_%s` | %d |\n", op, sum / NR + 0.5 }'
done
