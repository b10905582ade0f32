#!/usr/bin/env bash
# Cycles of the fast engine's matrix product a multiply-accumulate, tables and DMA included, for the
# shapes of stories260K and others; next to the floor, one look-up of 7 cycles for each plane of 8
# columns. sim65 has no REU: what the stand-in takes is measured alone and taken off, and
# what the DMA takes is added: 18 a row, and the bytes. Measured alone the stand-in takes 5 a row more.
set -eu -o pipefail
build=${BUILD:-build}/sim65

cycles() { # ROWS COLUMNS PLANES HIGH product|fetch
    sim65 -c "$build/fast_bench" "$@" | sed -n 's/ cycles$//p'
}

# row NAME ROWS COLUMNS PLANES HIGH
row() {
    local all fetch
    all=$(cycles "${@:2}" product)
    fetch=$(cycles "${@:2}" fetch)
    awk -v name="$1" -v rows="$2" -v columns="$3" -v planes="$4" -v all="$all" -v fetch="$fetch" 'BEGIN {
        groups = int((columns + 7) / 8)
        for (left = groups; left > 0; left -= 8) {
            bytes = (left < 8 ? left : 8) * planes
            dma += rows * (bytes + 18 + 5)
        }
        c = (all - fetch + dma) / rows / columns
        printf "| %s | %d | %d | %d | %.1f | %.1f | %.2f |\n", name, rows, columns, planes, c, planes * 7 / 8, c / (planes * 7 / 8)
    }'
}

echo "| product | rows | columns | planes | cycles a multiply-accumulate | floor | ratio |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
row "wq, wk, wv" 128 64 8 5
row "wo" 64 64 8 5
row "w1, w3" 344 64 8 5
row "w2" 64 172 8 6
row "classifier" 512 64 8 5
for columns in 8 24 64 72 100 172 288; do
    row "others" 256 $columns 8 5
done
for planes in 4 6 12 16; do
    row "others" 256 64 $planes $((planes < 6 ? planes - 1 : 5))
done
