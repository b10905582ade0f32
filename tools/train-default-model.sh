#!/usr/bin/env bash
# Makes the default model anew from a teacher checkpoint: samples stories from
# it, trains a tokenizer and the network on them.
# usage: tools/train-default-model.sh TEACHER TEACHER_TOKENIZER [FOLDER]
# FOLDER (default: models) receives stories64.bin, .tok, .csv and .svg. What is
# made on the way is kept in build/training, and not made again: an interrupted
# run goes on where it stopped.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
teacher=$(realpath "$1") teacher_tokenizer=$(realpath "$2") folder=$(realpath -m "${3:-$(dirname "$0")/../models}")
cd "$(dirname "$0")/.."
work=build/training
make -s build/sample64 build/tok64 build/train64
mkdir -p "$work" "$folder"

sample() { # text tokens seed
    [ -f "$1" ] || build/sample64 "$teacher" -z "$teacher_tokenizer" -o "$1" --tokens "$2" -s "$3"
}

# train NAME OPTION...: to its end, from its state if there is one
train() {
    local name=$1 resume=()
    shift
    [ -f "$work/$name.done" ] && return
    [ -f "$work/$name.bin.state" ] && resume=(--resume)
    build/train64 "$work/stories.txt" -z "$work/stories64.tok" -o "$work/$name.bin" --held-out "$work/held-out.txt" \
        "$@" "${resume[@]}" | tee "$work/$name.log"
    touch "$work/$name.done"
}

sample "$work/held-out.txt" 300000 1000
for seed in 1 2 3 4 5 6 7 8; do sample "$work/stories$seed.txt" 5000000 "$seed"; done
cat "$work"/stories[1-8].txt >"$work/stories.txt"
[ -f "$work/stories64.tok" ] || build/tok64 "$work/stories.txt" -o "$work/stories64.tok" --vocab 512

train float --dim 64 --hidden 208 --layers 4 --heads 8 --kv-heads 4 --context 512 \
    --steps 16000 --batch 4096 --rate 3e-3 --last-rate 0.25 --warm-up 200 --evaluate-every 200
train quantised --from "$work/float.bin" --qat-bits 4 \
    --steps 22000 --batch 4096 --rate 1.5e-3 --last-rate 0.01 --warm-up 200 --evaluate-every 200
# The weights that are used unrounded, or with 5 bits and more, gain the most here.
train stories64 --from "$work/quantised.bin" \
    --steps 1100 --batch 4096 --rate 4e-4 --last-rate 0.01 --warm-up 20 --evaluate-every 100

cp "$work/stories64.bin" "$work/stories64.tok" "$work/stories64.csv" "$work/stories64.svg" "$folder"
for bits in 4 5 6 8; do
    echo "$bits bits:"
    build/train64 --evaluate "$folder/stories64.bin" -z "$folder/stories64.tok" "$work/held-out.txt" --qat-bits $bits
done
echo "float32:"
build/train64 --evaluate "$folder/stories64.bin" -z "$folder/stories64.tok" "$work/held-out.txt"
echo "the teacher:"
build/train64 --evaluate "$teacher" -z "$teacher_tokenizer" "$work/held-out.txt"
