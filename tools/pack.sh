#!/usr/bin/env bash
# Makes the self-extracting C64 program of what ld65 has written (c64.cfg):
#   pack.sh NAME
# packs NAME (the resident part) and NAME.screens, NAME.late, NAME.fast, NAME.exact
# with the addresses of NAME.lbl, and writes NAME.prg. See src/unpack/unpack.s.
set -eu
name=$1
source=$(dirname "$0")/../src/unpack
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# block FILE: FILE as one block of LZ4.
block() {
    # The legacy format: 4 bytes of magic, 4 bytes of length, one block.
    lz4 -q -l -12 -c "$1" | tail -c +9
}

# word N: N as a 16-bit number, the low byte first.
word() {
    printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8)))"
}

# address LABEL: as a ca65 definition's value.
address() {
    awk -v label=".$1" '$3 == label { printf "$%s", substr($2, 3); found = 1 } END { exit !found }' "$name.lbl" ||
        { echo "pack.sh: $name.lbl has no $1" >&2; exit 1; }
}

tail -c +3 "$name" >"$work/main"
block "$work/main" >"$work/main.lz4"
for part in screens late fast exact; do
    block "$name.$part" >"$work/$part.lz4"
done
{
    for part in late fast exact; do
        word "$(stat -c %s "$work/$part.lz4")"
    done
    cat "$work"/{late,fast,exact}.lz4
} >"$work/waiting"

# PROGRAM_..._BYTES of image.h are the room that the image has for the parts.
room() {
    awk -v name="PROGRAM_$1_BYTES" '$2 == name { sub(/U$/, "", $3); print $3; found = 1 } END { exit !found }' "$(dirname "$0")/../src/common/image.h"
}
# fits FILE NAME
fits() {
    local bytes
    bytes=$(stat -c %s "$1")
    [ "$bytes" -le $(($(room "$2"))) ] || { echo "pack.sh: ${1##*/} has $bytes bytes, but image.h leaves it $(room "$2")" >&2; exit 1; }
}
fits "$name.screens" SCREENS
truncate -s +6 "$work/late.lz4" # the lengths are kept with it
fits "$work/late.lz4" LATE
fits "$work/fast.lz4" ENGINE
fits "$work/exact.lz4" ENGINE

definitions=()
for definition in MAIN_END=__MAIN_LAST__ SCREENS=__OVERLAY_START__ SCREENS_END=__OVERLAY_LAST__ STORY_END=story_end \
    UNDER_IO=__UNDER_IO_RUN__ SAVED=__SAVED_RUN__ TOP=__TOP_LAST__; do
    value=$(address "${definition#*=}")
    definitions+=(-D "${definition%%=*}=$value")
done
ca65 -t none --bin-include-dir "$work" "${definitions[@]}" "$source/unpack.s" -o "$work/unpack.o"
ld65 -C "$source/unpack.cfg" -o "$work/prg" "$work/unpack.o" none.lib
mv "$work/prg" "$name.prg"
