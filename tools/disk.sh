#!/usr/bin/env bash
# Makes a disk with the program and a model for it to load:
#   disk.sh IMAGE DISK.d81
# The data of the image in REU, without the work space behind it, go into files of
# 32 KB, weights.000 and so on: see src/c64/ui/load.c.
set -eu
[ $# -eq 2 ] || { echo "usage: disk.sh IMAGE DISK.d81" >&2; exit 2; }
build=${BUILD:-build}
case $1$2 in *[[:space:]]*) echo "disk.sh: no spaces in the names, please" >&2; exit 2 ;; esac
part=32768
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/mkreu" --info "$1" >/dev/null || exit 2
data=$(od --endian=little -An -tu4 -j24 -N4 "$1" | tr -d ' ') # data_bytes of struct image_header
head -c "$data" "$1" | split -b $part -d -a 3 - "$work/weights."

# A block holds 254 bytes; a .d81 has 3160 of them.
blocks=0
for file in "$build/llama2c64.prg" "$work"/weights.*; do
    blocks=$((blocks + ($(stat -c %s "$file") + 253) / 254))
done
[ $blocks -le 3160 ] || { echo "disk.sh: the model needs $blocks blocks, a .d81 has 3160" >&2; exit 2; }

write=()
for file in "$work"/weights.*; do
    write+=(-write "$file" "${file##*/},s")
done
rm -f "$2"
c1541 -format "llama2.c64,64" d81 "$2" -write "$build/llama2c64.prg" llama2c64 "${write[@]}" >"$work/log" ||
    { cat "$work/log" >&2; exit 2; }
