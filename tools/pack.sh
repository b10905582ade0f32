#!/usr/bin/env bash
# Makes the self-extracting C64 program of what ld65 has written (c64.cfg):
#   pack.sh NAME
# packs NAME (the resident part with the screens), NAME.fast and NAME.exact, with
# the addresses of NAME.lbl, and writes NAME.prg. See src/unpack/unpack.s.
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
block "$name.fast" >"$work/fast.lz4"
block "$name.exact" >"$work/exact.lz4"
{
    word "$(stat -c %s "$work/fast.lz4")"
    word "$(stat -c %s "$work/exact.lz4")"
    cat "$work/fast.lz4" "$work/exact.lz4"
} >"$work/engines"

main_end=$(address __OVERLAY_LAST__) story_end=$(address story_end)
under_io=$(address __UNDER_IO_RUN__) saved=$(address __SAVED_RUN__) top=$(address __TOP_LAST__)
ca65 -t none --bin-include-dir "$work" -D "MAIN_END=$main_end" -D "STORY_END=$story_end" \
    -D "UNDER_IO=$under_io" -D "SAVED=$saved" -D "TOP=$top" "$source/unpack.s" -o "$work/unpack.o"
ld65 -C "$source/unpack.cfg" -o "$work/prg" "$work/unpack.o" none.lib
mv "$work/prg" "$name.prg"
