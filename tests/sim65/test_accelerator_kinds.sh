#!/usr/bin/env bash
# accelerator.s under sim65; then the program: the bytes of an instruction that writes the
# REU's command stand nowhere but where there is one, so that `accelerate` changes no other.
set -eu
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sim65 "$build/sim65/accelerator_test" >"$work/out" || true
grep -v '^1\.\.' "$work/out"
n=$(grep -c '^\(not \)\?ok' "$work/out" || true)

# Instructions, in ca65's listings: an expanded macro's bytes follow its call, so they are
# gone through by the lengths of instructions.
instructions=0
for source in $(grep -rl --include=*.s 'REU_COMMAND\|fast_fetch.inc' src/c64); do
    ca65 -t none -Isrc/c64 -l "$work/listing" --list-bytes 0 "$source" -o "$work/object"
    found=$(awk '
        function bytes(op,   low) {
            low = op % 16
            if (op == 32 || low >= 12 || (low == 9 && int(op / 16) % 2)) return 3
            if (op == 0 || op == 64 || op == 96 || low == 8 || low == 10) return 1
            return 2
        }
        function go_through(   i) {
            for (i = 0; i < n; i += bytes(index(digits, substr(hex[i], 1, 1)) * 16 + index(digits, substr(hex[i], 2)) - 17))
                if (hex[i] ~ /^8[CDE]$/ && hex[i + 1] == "01" && hex[i + 2] == "DF")
                    count++
            n = 0
        }
        /^[0-9A-F]+r? +[0-9]/ {
            for (i = 3; i <= NF && $i ~ /^[0-9A-Frx][0-9A-Frx]$/; i++)
                ;
            if (i <= NF || NF == 2) # else the line goes on with the bytes of the one before
                go_through()
            if (!/\.(byte|addr|word|res|repeat)/)
                for (i = 3; i <= NF && $i ~ /^[0-9A-Frx][0-9A-Frx]$/; i++)
                    hex[n++] = $i
        }
        END { go_through(); print count + 0 }' digits=0123456789ABCDEF "$work/listing")
    instructions=$((instructions + found))
done
places=0
for part in main late boot screens fast exact; do
    found=$(od -An -v -tx1 "$build/llama2c64.$part" | tr -d ' \n' | sed 's/../& /g' | grep -oE '8[cde] 01 df' | wc -l)
    places=$((places + found))
done
n=$((n + 1))
[ "$instructions" -gt 0 ] && [ "$instructions" -eq "$places" ] || printf 'not '
echo "ok $n - $instructions instructions, in $places places"
n=$((n + 1))
grep -rqE '^[^;]*stx +REU_COMMAND' src/c64 && printf 'not '
echo "ok $n - none of them is stx"
echo "1..$n"
