#!/usr/bin/env bash
# Cycles of the exact engine a multiply-accumulate, for the shapes of
# stories260K with normally distributed weights and x. sim65 has no REU: what the
# stand-in takes is measured alone and taken off, and what the DMA takes is added
# (src/c64/exact/fetch.s: 1,560 a column, 85 + the bytes a block).
set -eu -o pipefail
build=${BUILD:-build}/sim65

cycles() { # BLOCKS BLOCK_ROWS ROWS COLS product|fetch
    "$build/exact_vectors" bench "$@" | sim65 -c "$build/exact_test" | sed -n 's/ cycles$//p'
}

echo "| product | rows | columns | cycles | a multiply-accumulate |"
echo "| --- | --- | --- | --- | --- |"
while read -r name blocks block_rows rows cols; do
    all=$(cycles "$blocks" "$block_rows" "$rows" "$cols" product)
    stand_in=$(cycles "$blocks" "$block_rows" "$rows" "$cols" fetch)
    c=$((all - stand_in + cols * (1560 + blocks * (85 + 4 * block_rows))))
    awk -v n="$name" -v r="$rows" -v k="$cols" -v c="$c" \
        'BEGIN { printf "| %s | %d | %d | %d | %.0f |\n", n, r, k, c, c / r / k }'
done <<END
qkv 1 128 128 64
wo 1 64 64 64
gate_up 2 172 344 64
down 1 64 64 172
classifier 2 256 512 64
keys,_32_positions 1 64 32 8
values,_32_positions 1 8 8 32
END
