#!/usr/bin/env bash
# eval64 measures on the emulated C64, and draws what it measured.
set -u
build=${BUILD:-build}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
n=0

result() { # status description
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

echo 1..4
model=$folder/model.bin tok=$folder/tok.bin
"$build/mkcheckpoint" -o "$model" -z "$tok" --dim 16 --hidden 12 --layers 2 --heads 4 --kv-heads 2 --vocab 300 --context 24 || exit 1
"$build/eval64" "$model" -z "$tok" --bits 4,12 --sample 2 --measure 3 --svg "$folder/plot.svg" >"$folder/out" 2>"$folder/err" && [ ! -s "$folder/err" ]
result $? "measures on the C64"
# shellcheck disable=SC2046
set -- $(awk '/ bits /{print $(NF-1)}' "$folder/out")
[ $# -eq 2 ] && [ "$1" -gt 20000 ] && [ "$2" -gt "$1" ]
result $? "12 bits take longer than 4"
[ "$(grep -o '<circle' "$folder/plot.svg" | wc -l)" -eq 2 ] && grep -q '>4 bits, ' "$folder/plot.svg" && grep -q '>12 bits, ' "$folder/plot.svg" &&
    tail -n 1 "$folder/plot.svg" | grep -q '</svg>$'
result $? "both are in the plot"
rm "$folder/plot.svg"
"$build/eval64" "$model" -z "$tok" --bits 8 --sample 2 --measure 3 --emulator /nonexistent/x64 --svg "$folder/plot.svg" >"$folder/out" 2>"$folder/err"
[ $? -eq 3 ] && [ "$(wc -l <"$folder/err")" -eq 1 ] && [ ! -e "$folder/plot.svg" ]
result $? "without an emulator: exit code 3, no plot"
