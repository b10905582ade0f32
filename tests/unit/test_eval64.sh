#!/usr/bin/env bash
# eval64's command line: the table, the plot, and what it says to bad input: one
# line that names file or option and cause, exit code 2, no file.
set -u
build=${BUILD:-build}
eval64=$build/eval64
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
n=0

result() { # status description
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

run() {
    "$eval64" "$@" >"$folder/out" 2>"$folder/err"
}

# refuses DESCRIPTION NAME CAUSE ARGUMENT...: the one line is "eval64: NAME: ...CAUSE..."
refuses() {
    local description=$1 name=$2 cause=$3 status problem=0
    shift 3
    run "$@"
    status=$?
    [ $status -eq 2 ] || problem=1
    [ "$(wc -l <"$folder/err")" -eq 1 ] || problem=1
    [ -s "$folder/out" ] && problem=1
    case $(cat "$folder/err") in "eval64: $name: "*"$cause"*) ;; *) problem=1 ;; esac
    compgen -G "$folder/new.*" >/dev/null && problem=1
    result $problem "$description"
    [ $problem -eq 0 ] || { echo "# exit $status"; sed 's/^/# /' "$folder/err"; }
}

model=$folder/model.bin tok=$folder/tok.bin
"$build/mkcheckpoint" -o "$model" -z "$tok" --dim 16 --hidden 12 --layers 2 --heads 4 --kv-heads 2 --vocab 300 --context 24 || exit 1

run "$model" -z "$tok" --bits 4-16 --sample 3 --measure 0 && [ "$(grep -c ' bits ' "$folder/out")" -eq 13 ] &&
    [ "$(grep -c '^float32 ' "$folder/out")" -eq 1 ] && [ ! -s "$folder/err" ]
result $? "a table of all precisions"
run "$model" -z "$tok" --bits 8 --sample 3 && [ "$(grep -c ' bits ' "$folder/out")" -eq 1 ]
result $? "one precision"
cp "$folder/out" "$folder/before"
run "$model" -z "$tok" --bits 8 --sample 3 -s 1 && cmp -s "$folder/out" "$folder/before"
result $? "the same again"
run "$model" -z "$tok" --bits 8 --sample 3 -s 2 && ! cmp -s <(tail -n 2 "$folder/out") <(tail -n 2 "$folder/before")
result $? "another seed, other stories"
run "$model" -z "$tok" --bits 4,6,8-9 --sample 2 --measure 0 && [ "$(awk '/ bits /{print $1}' "$folder/out" | tr '\n' ' ')" = "4 6 8 9 " ]
result $? "some precisions"
run "$model" -z "$tok" --bits 8 --sample 3 --save "$folder/told.txt" && [ "$(grep -c '^<|endoftext|>$' "$folder/told.txt")" -eq 3 ]
result $? "--save writes the stories"
printf 'Once upon a time.\n\nThe end of this one comes after the context of twenty-four tokens is full.\n' >"$folder/text.txt"
run "$model" -z "$tok" --bits 8 --text "$folder/text.txt" && grep -q "text.txt: [2-9] stories or parts, [0-9]* positions" "$folder/out"
result $? "a text"
echo '[{"tokens": [5, 6, 7]}, {"tokens": [8, 1]}]' >"$folder/stories.json"
run "$model" -z "$tok" --bits 8 --stories "$folder/stories.json" && grep -q "2 stories or parts, 5 positions" "$folder/out"
result $? "stories as JSON"
run "$model" -z "$tok" --bits 8 --stories "$folder/stories.json" --positions 4 && grep -q "2 stories or parts, 4 positions" "$folder/out"
result $? "no more than --positions"
run "$model" -z "$tok" --bits 8 --sample 3 --reu 16384 && cmp -s "$folder/out" "$folder/before"
result $? "the largest REU is what it takes without --reu"
if [ -n "${MODEL:-}" ]; then
    run "$MODEL" -z "$TOKENIZER" --bits 8 --sample 2 --positions 100 && cp "$folder/out" "$folder/before"
    run "$MODEL" -z "$TOKENIZER" --bits 8 --sample 2 --positions 100 --reu 512 &&
        grep -q '^ 8 bits' "$folder/out" && ! cmp -s <(tail -n 1 "$folder/out") <(tail -n 1 "$folder/before")
    result $? "a compact image has other figures"
else
    n=$((n + 1))
    echo "ok $n - a compact image # SKIP no model"
fi
run --help && grep -q '^usage: eval64 CHECKPOINT' "$folder/out"
result $? "--help"

refuses "no checkpoint" "CHECKPOINT or -z TOKENIZER" missing -z "$tok"
refuses "no tokenizer" "CHECKPOINT or -z TOKENIZER" missing "$model"
refuses "a checkpoint that isn't there" "$folder/none" "No such file" "$folder/none" -z "$tok"
refuses "a checkpoint that is none" "$tok" "" "$tok" -z "$tok"
refuses "a tokenizer that is none" "$model" "" "$model" -z "$model"
for bits in 3 17 8- -8 '' 8,7 8,8 12-10 4-17 eight; do
    refuses "--bits '$bits'" --bits "must be numbers from 4 to 16" "$model" -z "$tok" --bits "$bits"
done
refuses "a REU of no size there is" --reu "the size of a REU" "$model" -z "$tok" --reu 500
refuses "an unknown option" --speed "unknown option" "$model" -z "$tok" --speed 3
refuses "an option without value" --bits "needs a value" "$model" -z "$tok" --bits
refuses "two checkpoints" "$tok" "a file too many" "$model" "$tok" -z "$tok"
refuses "two texts" "--text, --stories" "only one" "$model" -z "$tok" --text a --stories b
refuses "a text and a seed" "--sample, -s, -t" "there is a text" "$model" -z "$tok" --text "$folder/text.txt" -s 4
refuses "no stories" --sample "from 1" "$model" -z "$tok" --sample 0
refuses "a temperature of zero" -t "from 0.001" "$model" -z "$tok" -t 0
refuses "a plot without cycles" --svg "needs the cycles" "$model" -z "$tok" --measure 0 --svg "$folder/new.svg"
refuses "a plot that can't be written" "$folder/no/new.svg" "" "$model" -z "$tok" --bits 8 --measure 1 --svg "$folder/no/new.svg"
refuses "a text that isn't there" "$folder/none.txt" "No such file" "$model" -z "$tok" --text "$folder/none.txt"
: >"$folder/empty.txt"
refuses "an empty text" "$folder/empty.txt" "" "$model" -z "$tok" --text "$folder/empty.txt"
echo '[{"tokens": [5, 300]}]' >"$folder/wrong.json"
refuses "a token beyond the vocabulary" "$folder/wrong.json" "token 1 of a story" "$model" -z "$tok" --stories "$folder/wrong.json"
echo '{"tokens": ' >"$folder/broken.json"
refuses "broken JSON" "$folder/broken.json" "" "$model" -z "$tok" --stories "$folder/broken.json"
echo '[]' >"$folder/none.json"
refuses "no story in JSON" "$folder/none.json" '"tokens"' "$model" -z "$tok" --stories "$folder/none.json"

echo "1..$n"
