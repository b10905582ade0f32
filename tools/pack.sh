#!/usr/bin/env bash
# Makes the self-extracting C64 programs of what ld65 has written (c64.cfg):
#   pack.sh NAME
# packs NAME (the resident part) and NAME.boot, NAME.screens, NAME.late, NAME.fast,
# NAME.settled, NAME.exact with the addresses of NAME.lbl, and writes NAME.prg with
# both engines and NAME-fast.prg, which is shorter, with the fast engine only. See
# src/unpack/unpack.s. What has been packed stays beside the files, as it takes
# some seconds.
set -eu
name=$1
tools=$(dirname "$0")
source=$tools/../src/unpack
pack=$(dirname "$name")/pack
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# packed FILE NAME: FILE packed, to $work/NAME; what NAME was made of is in FILE.was
packed() {
    if ! cmp -s "$1" "$1.was" || [ "$pack" -nt "$1.packed" ]; then
        "$pack" "$1" >"$1.packed" 2>"$1.margin"
        cp "$1" "$1.was"
    fi
    cp "$1.packed" "$work/$2"
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

tail -c +3 "$name" >"$name.main"
parts=(fast settled exact late screens)
margins=()
for part in main boot "${parts[@]}"; do
    packed "$name.$part" "$part" &
    margins+=("$name.$part.margin")
done
wait
margin=$(sed -n 's/^margin //p' "${margins[@]}" | sort -n | tail -n 1)

[ "$margin" -le 16 ] || { echo "pack.sh: start.s leaves a margin of 16 bytes, but $margin are needed" >&2; exit 1; }

# PROGRAM_..._BYTES of image.h are the room that the image has for the parts; see
# overlays.c.
room() {
    awk -v name="PROGRAM_$1_BYTES" '$2 == name { sub(/U$/, "", $3); print $3; found = 1 } END { exit !found }' "$tools/../src/common/image.h"
}
# fits BYTES NAME ROOM
fits() {
    [ "$1" -le $(($3)) ] || { echo "pack.sh: $2 has $1 bytes, but image.h leaves it $3" >&2; exit 1; }
}
bytes() {
    stat -c %s "$@" | awk '{ sum += $1 } END { print sum }'
}
# distance FROM TO: bytes between two labels
distance() {
    echo $(($(address "$2" | tr '$' x | sed 's/^/0/') - $(address "$1" | tr '$' x | sed 's/^/0/')))
}
fits "$(distance __BOOT_START__ __OVERLAY_LAST__)" "what belongs to the screens" "$(room SCREENS)"
fits "$(distance __FAST_START__ __FAST_COPIED_LAST__)" "the fast engine" "$(room ENGINE)"
fits "$(distance __EXACT_START__ __EXACT_LAST__)" "the exact engine" "$(room ENGINE)"

definitions=(-D "MARGIN=$margin")
for definition in MAIN_END=__MAIN_LAST__ BOOT=__BOOT_START__ BOOT_END=__BOOT_LAST__ STORY_END=story_end \
    UNDER_IO=__UNDER_IO_RUN__ SAVED=__SAVED_RUN__ TOP=__TOP_LAST__; do
    value=$(address "${definition#*=}")
    definitions+=(-D "${definition%%=*}=$value")
done
ca65 -t none "$source/../c64/unpack.s" -o "$work/unpack.o"

# program FILE: FILE of the parts in $work
program() {
    {
        for part in "${parts[@]}"; do
            word "$(stat -c %s "$work/$part")"
        done
        cat "${parts[@]/#/$work/}"
    } >"$work/waiting"
    fits "$(bytes "$work/waiting")" "what waits" "$(room WAITING)"
    ca65 -t none --bin-include-dir "$work" "${definitions[@]}" "$source/unpack.s" -o "$work/front.o"
    ld65 -C "$source/unpack.cfg" -o "$work/prg" "$work/front.o" "$work/unpack.o" none.lib
    mv "$work/prg" "$1"
}

both=$(mktemp "$work/XXXX")
program "$both"
: >"$work/exact"
program "$name-fast.prg"
mv "$both" "$name.prg"
