#!/usr/bin/env bash
# costs64: finds the costs that stories were made with, and says what it can't read.
set -u
build=${BUILD:-build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0

result() { # status description
    n=$((n + 1))
    [ "$1" -eq 0 ] || printf 'not '
    echo "ok $n - $2"
}

# Stats of 10 tokens of the fast engine at 300 cycles a weight and no other cost: DIM HIDDEN
# LAYERS VOCAB, multiples of 8.
story() {
    awk -v d="$1" -v h="$2" -v l="$3" -v v="$4" 'BEGIN {
        c = 10 * 300
        qkv = c * l * 2 * d * d; wo = c * l * d * d; up = c * l * 2 * h * d; down = c * l * d * h; out = c * v * d
        printf "{\"engine\": \"fast\", \"bits\": 8, \"planes\": 8, \"temperature\": 0.0, \"prompt_tokens\": 1, \"clock_hz\": 985248,\n"
        printf "\"model\": {\"dim\": %d, \"hidden_dim\": %d, \"n_layers\": %d, \"n_heads\": 4, \"n_kv_heads\": 2, \"vocab_size\": %d, \"seq_len\": 64},\n", d, h, l, v
        printf "\"cycles\": ["
        for (i = 0; i < 10; i++) printf "%s%d", i ? ", " : "", (qkv + wo + up + down + out) / 10
        printf "],\n\"step_cycles\": {\"qkv\": %d, \"wo\": %d, \"gate_up\": %d, \"down\": %d, \"classifier\": %d}}\n", qkv, wo, up, down, out
    }'
}
story 64 176 5 512 >"$work/a.json"
story 32 104 2 2000 >"$work/b.json"
story 128 344 1 300 >"$work/c.json"

"$build/costs64" "$work"/[abc].json >"$work/out" 2>"$work/err"
result $? "three stories"
grep -q 'at most 0\.0 %' "$work/err"
result $? "their estimates are right"
"$build/costs64" >"$work/out" 2>"$work/err"
[ $? -eq 2 ] && grep -q usage "$work/err"
result $? "no argument"
refused() { # description
    "$build/costs64" "$work/bad.json" >"$work/out" 2>"$work/err"
    [ $? -eq 2 ] && [ ! -s "$work/out" ] && [ "$(grep -c bad.json "$work/err")" -eq 1 ]
    result $? "$1"
}
echo '{"engine":' >"$work/bad.json"
refused "not JSON"
sed 's/"prompt_tokens": 1/"prompt_tokens": 4/' "$work/a.json" >"$work/bad.json"
refused "a story with a prompt"
sed 's/"cycles": \[.*\]/"cycles": null/' "$work/a.json" >"$work/bad.json"
refused "a story told by the host"
rm "$work/bad.json"
refused "no such file"
echo "1..$n"
