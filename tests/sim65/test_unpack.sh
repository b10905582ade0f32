#!/usr/bin/env bash
# What build/pack packs, unpack.s unpacks to the same bytes, in place, and the
# margin it states is enough.
set -u
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# check DESCRIPTION FILE: packed and unpacked again it is the same
check() {
    local margin
    n=$((n + 1))
    if "$build/pack" "$2" >"$work/packed" 2>"$work/margin" && margin=$(sed -n 's/^margin //p' "$work/margin") &&
        sim65 "$build/sim65/unpack_test" "$work/packed" "$(stat -c %s "$2")" "$margin" >"$work/unpacked" &&
        cmp -s "$2" "$work/unpacked"; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
    fi
}

printf 'a' >"$work/one"
check "a single byte" "$work/one"
head -c 3000 /dev/zero >"$work/zeros"
check "zeros" "$work/zeros"
# noise BYTES SEED: without pattern
noise() {
    awk -v n="$1" -v x="$2" 'BEGIN { for (i = 0; i < n; i++) { x = x * 75 % 65537; printf "%c", x % 127 + 1 } }'
}
noise 6000 1 >"$work/noise"
check "noise" "$work/noise"
{ noise 3000 1 && noise 20000 9 && noise 3000 1; } >"$work/far"
check "a match of thousands of bytes, far away" "$work/far"
{ noise 2000 1 && noise 32000 9 && noise 2000 1; } >"$work/too_far"
check "farther than the greatest offset" "$work/too_far"
for part in boot screens; do
    check "the program: $part" "$build/llama2c64.$part"
done
awk 'BEGIN { for (i = 0; i < 4000; i++) printf "%s", substr("ab", i % 2 + 1, 1) (i % 7 ? "" : "c") }' >"$work/short"
check "repeated offsets" "$work/short"

n=$((n + 1))
: >"$work/nothing"
"$build/pack" "$work/nothing" >/dev/null 2>"$work/error"
if [ $? -eq 2 ] && grep -q 'pack: .*: empty' "$work/error"; then echo "ok $n - an empty file is refused"; else echo "not ok $n - an empty file is refused"; fi
echo "1..$n"
