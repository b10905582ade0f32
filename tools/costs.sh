#!/usr/bin/env bash
# What the engines' parts cost, measured: tools/costs.sh src/c64/ui/cost.c
# Tells stories on the emulated C64, by models of several shapes at several
# precisions, and lets costs64 fit the estimate's costs to their cycles. Some minutes.
# COSTS_FOLDER keeps the measurements, and those that are in it are not made again.
set -eu
if [ $# -ne 1 ]; then
    echo "usage: tools/costs.sh FILE" >&2
    exit 2
fi
build=${BUILD:-build}
folder=${COSTS_FOLDER:-}
if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder"

# name and the options of mkcheckpoint
model() {
    local name=$1
    shift
    "$build/mkcheckpoint" -o "$folder/$name.bin" -z "$folder/$name.tok" "$@"
}
model a --dim 32 --hidden 100 --layers 3 --heads 4 --kv-heads 2 --vocab 300
model b --dim 128 --hidden 344 --layers 2 --heads 8 --kv-heads 8 --vocab 1000
model c --dim 96 --hidden 250 --layers 3 --heads 8 --kv-heads 8 --vocab 2000
model d --dim 256 --hidden 688 --layers 1 --heads 4 --kv-heads 2 --vocab 600
model e --dim 48 --hidden 130 --layers 4 --heads 12 --kv-heads 6 --vocab 400
cp models/stories64.bin "$folder/t.bin"
cp models/stories64.tok "$folder/t.tok"

# run64's arguments: model, tokens, temperature, engine, then bits and planes. Sampling costs by how
# far a model makes up its mind, so only the trained one tells.
jobs() {
    local bits
    echo t 90 0 fast 8
    echo t 16 1 fast 8
    echo t 30 0 fast 16
    echo t 16 1 fast 16
    for bits in 8 16; do
        echo t 6 0 fast $bits
        echo a 4 0 fast $bits
        echo a 50 0 fast $bits
        echo b 4 0 fast $bits
        echo c 4 0 fast $bits
        echo d 4 0 fast $bits
        echo e 16 0 fast $bits
    done
    echo t 6 0 fast 8 16
    echo b 3 0 fast 6 8
    echo t 4 0 fast 10 16
    echo t 6 0 fast 4
    echo b 4 0 fast 6
    echo e 8 0 fast 5
    echo t 6 0 fast 10
    echo b 3 0 fast 12
    echo e 8 0 fast 14
    echo t 2 0 exact
    echo t 12 0 exact
    echo a 6 0 exact
    echo a 40 0 exact
    echo b 2 0 exact
    echo c 2 0 exact
    echo t 2 1 exact
    echo d 2 0 exact
    echo e 12 0 exact
}
measure() {
    local stats=$folder/$4$5-$6-$1-$2-$3.json
    [ -e "$stats" ] && return
    "$build/run64" "$folder/$1.bin" -z "$folder/$1.tok" -s 1 -n "$2" -t "$3" --engine "$4" ${5:+--bits "$5"} ${6:+--planes "$6"} \
        --stats "$stats" >/dev/null
}
export -f measure
export build folder
jobs | xargs -d '\n' -P 2 -I{} bash -c 'set -- {} "" ""; measure "$@" || exit 255'

"$build/costs64" "$folder"/*.json >"$folder/cost.c"
mv "$folder/cost.c" "$1"
