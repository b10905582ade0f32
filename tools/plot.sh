#!/usr/bin/env bash
# What each precision of the fast engine costs and what it gives, for stories260K: draws
# docs/precision.svg, and puts the table into docs/fidelity.md between its two marks.
set -eu
build=${BUILD:-build}
model=$(tools/find-model.sh stories260K) || { echo "plot: no model" >&2; exit 2; }
checkpoint=${model%%$'\n'*} tokenizer=${model#*$'\n'}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/eval64" "$checkpoint" -z "$tokenizer" --sample 30 --svg docs/precision.svg | tee "$work/out"
{
    sed -n '1s/$/:/p' "$work/out"
    echo
    echo "| bits | perplexity | KL | same arg-max | cycles a token | seconds |"
    echo "| ---: | ---: | ---: | ---: | ---: | ---: |"
    awk '$1 == "float32" && $2 + 0 > 0 { printf "| float32 | %s | | | | |\n", $2 }
        $2 == "bits" { printf "| %s | %s | %s | %s %% | %s | %s |\n", $1, $3, $4, $5, $(NF - 1), $NF }' "$work/out"
} >"$work/table"
awk -v table="$work/table" '
    /<!-- end of make plot -->/ { inside = 0 }
    !inside
    /<!-- make plot -->/ { inside = 1; while ((getline line <table) > 0) print line }' docs/fidelity.md >"$work/fidelity"
cat "$work/fidelity" >docs/fidelity.md
