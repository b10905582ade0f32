#!/usr/bin/env bash
# The command lines of tok64, train64 and sample64: what they make, that an
# interrupted training goes on as if nothing had happened, and what they say to
# bad input: one line that names file and cause, exit code 2, and the file that
# stood in the output's place untouched.
set -u
build=${BUILD:-build}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
n=0

result() { # status description
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

# refuses DESCRIPTION PROGRAM FILE CAUSE ARGUMENT...: the one line is "PROGRAM: FILE: ...CAUSE..."
refuses() {
    local description=$1 program=$2 file=$3 cause=$4 status problem=0
    shift 4
    echo precious >"$folder/output"
    "$build/$program" "$@" >"$folder/out" 2>"$folder/err"
    status=$?
    [ $status -eq 2 ] || problem=1
    [ "$(wc -l <"$folder/err")" -eq 1 ] || problem=1
    [ -s "$folder/out" ] && problem=1
    case $(cat "$folder/err") in "$program: $file: "*"$cause"*) ;; *) problem=1 ;; esac
    [ "$(cat "$folder/output")" = precious ] || problem=1
    compgen -G "$folder/*.tmp" >/dev/null && problem=1
    result $problem "$description"
    [ $problem -eq 0 ] || { echo "# exit $status"; sed 's/^/# /' "$folder/err"; }
}

echo "1..45"

# --- a text of our own ---------------------------------------------------------

text=$folder/text
for i in $(seq 1 120); do
    case $((i % 4)) in
    0) animal=cat ;; 1) animal=dog ;; 2) animal=bird ;; *) animal=fish ;;
    esac
    printf 'The %s went out to play. It saw %d balls and took %d home.\nThe %s was happy.\n<|endoftext|>\n' $animal $((i % 9)) $((i % 5)) $animal
done >"$text"
: >"$folder/empty"
printf 'one\0two\n' >"$folder/binary"
printf ' \n\n' >"$folder/blank"
printf 'There is only one story here.\n' >"$folder/single"

# --- tok64 ----------------------------------------------------------------------

tokenizer=$folder/tokenizer
"$build/tok64" "$text" -o "$tokenizer" --vocab 330
result $? "tok64 trains a tokenizer"
"$build/tok64" "$text" -o "$folder/again" --vocab 330 && cmp -s "$tokenizer" "$folder/again"
result $? "the same text gives the same tokenizer"
refuses "tok64: missing text" tok64 "$folder/none" "No such file" "$folder/none" -o "$folder/output"
refuses "tok64: empty text" tok64 "$folder/empty" "empty" "$folder/empty" -o "$folder/output"
refuses "tok64: text of white space" tok64 "$folder/blank" "no stories" "$folder/blank" -o "$folder/output"
refuses "tok64: binary text" tok64 "$folder/binary" "byte 0x00 at offset 3" "$folder/binary" -o "$folder/output"
refuses "tok64: vocabulary beyond what the text supports" tok64 "$text" "more than the text supports: at most" "$text" -o "$folder/output" --vocab 30000
refuses "tok64: vocabulary without room for the bytes" tok64 --vocab "must be an integer from 260 to" "$text" -o "$folder/output" --vocab 200
refuses "tok64: a vocabulary that is no number" tok64 --vocab "must be an integer from" "$text" -o "$folder/output" --vocab many
refuses "tok64: unknown option" tok64 --what "unknown option" "$text" -o "$folder/output" --what 1
refuses "tok64: output that is a folder" tok64 "$folder" "is a directory" "$text" -o "$folder" --vocab 330

# --- train64 --------------------------------------------------------------------

shape="--dim 16 --hidden 24 --layers 2 --heads 2 --kv-heads 1 --context 64"
small="$shape --batch 512 --warm-up 5 --evaluate-every 20"
model=$folder/model.bin

# shellcheck disable=SC2086
"$build/train64" "$text" -z "$tokenizer" -o "$model" $small --steps 300 >"$folder/out" 2>"$folder/err"
result $? "train64 trains a model"
grep -q '^held out: .* perplexity' "$folder/out"
result $? "it closes with the held-out loss"
grep -q '^step 300 of 300, loss .* held out .* tokens/s, 0:00:00 left' "$folder/err"
result $? "it shows its progress"
[ "$(wc -l <"$folder/model.csv")" -eq 16 ] && grep -q '</svg>' "$folder/model.svg" && [ ! -e "$model.state" ]
result $? "it leaves the curve as CSV and SVG, and no state"
awk -F, 'NR == 2 { first = $5 } END { exit !($5 < 0.5 * first && $5 < 1.5) }' "$folder/model.csv"
result $? "it learns"
"$build/mkreu" "$model" "$tokenizer" -o "$folder/model.reu" >/dev/null
result $? "mkreu takes the model and the tokenizer"

# It learned what every story begins with.
if [ -x "$build/run64" ]; then
    "$build/run64" "$model" -z "$tokenizer" --host -t 0 -n 40 -i "The" | grep -E 'The (cat|dog|bird|fish) w' >/dev/null
    result $? "run64 tells what the text tells"
else
    echo "ok $((n += 1)) - run64 tells what the text tells # SKIP no run64"
fi

# shellcheck disable=SC2086
"$build/train64" "$text" -z "$tokenizer" -o "$folder/part.bin" $small --steps 300 --threads 2 >/dev/null 2>&1 &
pid=$!
while [ ! -e "$folder/part.bin.state" ] && kill -0 $pid 2>/dev/null; do sleep 0.05; done
kill -INT $pid
wait $pid
[ $? -eq 130 ] && [ -e "$folder/part.bin.state" ]
result $? "an interrupted training says so and keeps its state"
# shellcheck disable=SC2086
refuses "train64: resume with another shape" train64 "$folder/part.bin.state" "another shape: hidden 24, not 32" "$text" -z "$tokenizer" -o "$folder/part.bin" $small --steps 300 --resume --hidden 32
# shellcheck disable=SC2086
refuses "train64: resume with other options" train64 "$folder/part.bin.state" "other options" "$text" -z "$tokenizer" -o "$folder/part.bin" $small --steps 301 --resume
# shellcheck disable=SC2086
"$build/train64" "$text" -z "$tokenizer" -o "$folder/part.bin" $small --steps 300 --resume >"$folder/out2" 2>/dev/null
cmp -s "$model" "$folder/part.bin" && cmp -s "$folder/model.csv" "$folder/part.csv"
result $? "resumed it ends with the same model and the same curve"

"$build/train64" --evaluate "$model" -z "$tokenizer" "$text" >"$folder/out"
grep -Eq '^held out: [0-9]+ tokens, [0-9]+ bytes: loss 0\.' "$folder/out"
result $? "train64 --evaluate measures a checkpoint"
# shellcheck disable=SC2086
"$build/train64" "$text" -z "$tokenizer" -o "$folder/quantised.bin" --from "$model" --steps 20 --batch 512 --rate 1e-3 --qat-bits 4 >/dev/null 2>&1
result $? "train64 goes on from a checkpoint, quantisation-aware"

common=("$text" -z "$tokenizer" -o "$folder/output")
refuses "train64: missing text" train64 "$folder/none" "No such file" "$folder/none" -z "$tokenizer" -o "$folder/output"
refuses "train64: empty text" train64 "$folder/empty" "empty" "$folder/empty" -z "$tokenizer" -o "$folder/output"
refuses "train64: binary text" train64 "$folder/binary" "is not a text" "$folder/binary" -z "$tokenizer" -o "$folder/output"
refuses "train64: a text of one story" train64 "$folder/single" "one story only" "$folder/single" -z "$tokenizer" -o "$folder/output"
refuses "train64: a tokenizer that is none" train64 "$text" "is not a tokenizer" "$text" -z "$text" -o "$folder/output"
refuses "train64: heads that do not divide dim" train64 "impossible shape" "7 heads do not divide dim 64" "${common[@]}" --heads 7 --kv-heads 7
refuses "train64: kv heads that do not divide heads" train64 "impossible shape" "3 kv heads do not divide 8 heads" "${common[@]}" --kv-heads 3
refuses "train64: odd head size" train64 "impossible shape" "head size 3 is odd" "${common[@]}" --dim 24
refuses "train64: zero layers" train64 --layers "from 1 to" "${common[@]}" --layers 0
refuses "train64: a rate that is no number" train64 --rate "must be a number" "${common[@]}" --rate fast
refuses "train64: bits beyond the engine's" train64 --qat-bits "must be an integer from" "${common[@]}" --qat-bits 17
refuses "train64: a shape beside --from" train64 --from "brings its own shape" "${common[@]}" --from "$model" --dim 32
refuses "train64: --from something else" train64 "$text" "impossible header" "${common[@]}" --from "$text"
refuses "train64: nothing to resume" train64 "$folder/output.state" "No such file" "${common[@]}" --resume
refuses "train64: a folder that is not there" train64 "$folder/none/model.bin" "cannot be written" "$text" -z "$tokenizer" -o "$folder/none/model.bin" --steps 1

# --- a full disk ------------------------------------------------------------------

# A limit on the size of files stands for it: writing fails after 8 KB.
cp "$model" "$folder/before"
# shellcheck disable=SC2086
(trap '' XFSZ && ulimit -f 8 && exec "$build/train64" "$text" -z "$tokenizer" -o "$model" $small --steps 1 2>"$folder/err" >/dev/null)
[ $? -eq 2 ] && [ "$(grep -c "^train64: $model: cannot be written" "$folder/err")" -eq 1 ] && cmp -s "$model" "$folder/before" && ! compgen -G "$folder/*.tmp" >/dev/null
result $? "on a full disk train64 fails and leaves the old model"

# --- sample64 -------------------------------------------------------------------

"$build/sample64" "$model" -z "$tokenizer" -o "$folder/sampled" --tokens 3000 -s 5 --threads 2 2>/dev/null &&
    "$build/sample64" "$model" -z "$tokenizer" -o "$folder/sampled2" --tokens 3000 -s 5 --threads 1 2>/dev/null &&
    cmp -s "$folder/sampled" "$folder/sampled2"
result $? "sample64 gives the same text for a seed, whatever the threads"
[ "$(grep -Ec '^The (cat|dog|bird|fish) went out to play' "$folder/sampled")" -gt 20 ] && [ "$(tail -n 1 "$folder/sampled")" = '<|endoftext|>' ]
result $? "its stories are the model's"
"$build/tok64" "$text" -o "$folder/again2" --vocab 320
refuses "sample64: a tokenizer of another vocabulary" sample64 "$folder/again2" "does not fit" "$model" -z "$folder/again2" -o "$folder/output" 2>/dev/null

# --- the example of docs/training.md ---------------------------------------------

tools=$(dirname "$0")/../../tools
"$tools/village-stories.sh" 200 >"$folder/village" && [ "$(grep -c '^<|endoftext|>$' "$folder/village")" -eq 200 ]
result $? "the example's corpus has as many stories as were asked for"
"$build/tok64" "$folder/village" -o "$folder/village.tok" --vocab 400 &&
    "$build/train64" "$folder/village" -z "$folder/village.tok" -o "$folder/village.bin" --dim 16 --hidden 24 --layers 1 --heads 2 --kv-heads 1 --context 256 --steps 5 --batch 512 >/dev/null 2>&1
result $? "tok64 and train64 take it"
