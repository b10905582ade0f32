#!/usr/bin/env bash
# Prints the C64 program: the file MAIN as it is, then each OVERLAY as a 16-bit
# length and so many bytes of LZ4.
#   pack.sh MAIN OVERLAY...
set -eu

cat "$1"
shift
packed=$(mktemp)
trap 'rm -f "$packed"' EXIT
for overlay in "$@"; do
    # The legacy format: 4 bytes of magic, 4 bytes of length, one block.
    lz4 -q -l -12 -f "$overlay" "$packed"
    n=$(($(stat -c %s "$packed") - 8))
    printf "\\x$(printf %02x $((n & 255)))\\x$(printf %02x $((n >> 8)))"
    tail -c +9 "$packed"
done
