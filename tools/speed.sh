#!/usr/bin/env bash
# Measures how fast stories260K is told, and puts the table into the README between its two
# marks. On a PAL C64 with its screen on.
set -eu
build=${BUILD:-build}
model=$(tools/find-model.sh stories260K) || { echo "speed: no model" >&2; exit 2; }
checkpoint=${model%%$'\n'*} tokenizer=${model#*$'\n'}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# tell OPTION...: stats of "Zoo" on stdout
tell() {
    "$build/run64" "$checkpoint" -z "$tokenizer" -t 0 -n 60 -i Zoo --stats "$work/stats.json" "$@" >/dev/null
    cat "$work/stats.json"
}
for bits in 4 8 16; do
    tell --engine fast --bits $bits >"$work/fast-$bits.json"
done
tell --engine fast --bits 8 -t 1 -p 0.9 -s 1 >"$work/fast-sampled.json"
tell >"$work/exact.json"
"$build/bench64" --speed "$work"/fast-{4,8,sampled,16}.json "$work/exact.json" >"$work/table"
awk -v table="$work/table" '
    /<!-- end of make speed -->/ { inside = 0 }
    !inside
    /<!-- make speed -->/ { inside = 1; while ((getline line <table) > 0) print line }' README.md >"$work/README"
cat "$work/README" >README.md
cat "$work/table"
