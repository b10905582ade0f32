#!/usr/bin/env bash
# mkreu's command line: what it makes, and what it says to bad input: one line
# that names file and cause, exit code 2, no output file.
set -u
build=${BUILD:-build}
mkreu=$build/mkreu
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
n=0

result() { # status description
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

# What mkreu prints goes to $folder/out and $folder/err.
run() {
    rm -f "$folder/x.reu"
    "$mkreu" "$@" >"$folder/out" 2>"$folder/err"
}

# The image or a temporary file for it is there.
output_left() {
    compgen -G "$folder/x.reu*" >/dev/null
}

# refuses DESCRIPTION FILE CAUSE ARGUMENT...: the one line is "mkreu: FILE: ...CAUSE..."
refuses() {
    local description=$1 file=$2 cause=$3 status problem=0
    shift 3
    run "$@"
    status=$?
    [ $status -eq 2 ] || problem=1
    [ "$(wc -l <"$folder/err")" -eq 1 ] || problem=1
    [ -s "$folder/out" ] && problem=1
    case $(cat "$folder/err") in "mkreu: $file: "*"$cause"*) ;; *) problem=1 ;; esac
    output_left && problem=1
    result $problem "$description"
    [ $problem -eq 0 ] || { echo "# exit $status"; sed 's/^/# /' "$folder/err"; }
}

# bytes OFFSET ESCAPES FILE: overwrites bytes of a file
bytes() {
    printf %b "$2" | dd of="$3" bs=1 seek="$1" conv=notrunc status=none
}

model=$folder/model.bin tok=$folder/tok.bin image=$folder/x.reu bad=$folder/bad.bin
"$build/mkcheckpoint" -o "$model" -z "$tok" --dim 16 --hidden 12 --layers 2 --heads 4 --kv-heads 2 --vocab 300 --context 32 || exit 1
size=$(stat -c %s "$model")

run "$model" "$tok" -o "$image" && [ "$(stat -c %s "$image")" -eq 131072 ] && [ ! -s "$folder/err" ] &&
    [ "$(cat "$folder/out")" = "$image: fast engine, 32 tokens of context, for a REU of 128 KB" ]
result $? "an image of 128 KB for a small model, for the fast engine"
run "$model" "$tok" --engine both -o "$image" && [ "$(stat -c %s "$image")" -eq 524288 ] && grep -q ': fast and exact engine, 32 tokens' "$folder/out"
result $? "an image for both engines"
run "$model" "$tok" --engine exact -o "$image" && [ "$(stat -c %s "$image")" -eq 262144 ] && grep -q ': exact engine, 32 tokens' "$folder/out"
result $? "an image for the exact engine"
"$build/mkcheckpoint" -o "$folder/512.bin" -z "$folder/512.tok" --dim 64 --hidden 172 --layers 5 --heads 8 --kv-heads 4 --vocab 512 --context 512 || exit 1
run "$folder/512.bin" "$folder/512.tok" -o "$image" --reu 512 && [ "$(stat -c %s "$image")" -eq 524288 ] && [ ! -s "$folder/err" ] &&
    grep -q ': fast engine, 512 tokens of context, for a REU of 512 KB$' "$folder/out"
result $? "512 positions of a model like stories260K in a REU of 512 KB"
"$build/mkcheckpoint" -o "$folder/6.bin" -z "$folder/6.tok" --dim 64 --hidden 172 --layers 6 --heads 8 --kv-heads 4 --vocab 512 --context 512 || exit 1
run "$folder/6.bin" "$folder/6.tok" -o "$image" --reu 512 && [ "$(stat -c %s "$image")" -eq 524288 ] &&
    grep -q "^mkreu: $folder/6.bin: the context is shortened from 512 to [23][0-9][0-9] tokens, more do not fit$" "$folder/err"
result $? "a context shortened for a REU of 512 KB, and said so"
run "$folder/512.bin" "$folder/512.tok" -o "$image" --engine both && [ "$(stat -c %s "$image")" -eq 2097152 ] && [ ! -s "$folder/err" ] &&
    grep -q ': fast and exact engine, 512 tokens of context, for a REU of 2048 KB$' "$folder/out"
result $? "both engines with 512 positions in a REU of 2 MB"
refuses "a model too big for the REU" "$folder/512.bin" "is too big: it would need" "$folder/512.bin" "$folder/512.tok" -o "$image" --reu 256
run "$model" "$tok" -o "$image"
cp "$image" "$folder/good.reu"
"$mkreu" -o "$folder/good2.reu" "$model" "$tok" >/dev/null && cmp -s "$folder/good.reu" "$folder/good2.reu"
result $? "the same image again, options first"
run --info "$folder/good.reu" && grep -q 'dim 16, hidden 12, layers 2, heads 4, kv heads 2, head size 4' "$folder/out" && grep -q 'checksum *ok' "$folder/out"
result $? "--info describes it"
run --help && grep -q '^usage: mkreu CHECKPOINT TOKENIZER -o' "$folder/out" && [ ! -s "$folder/err" ]
result $? "--help"

refuses "no checkpoint there" "$folder/none.bin" "No such file" "$folder/none.bin" "$tok" -o "$image"
refuses "no tokenizer there" "$folder/none.bin" "No such file" "$model" "$folder/none.bin" -o "$image"
refuses "a folder as checkpoint" "$folder" "is a directory" "$folder" "$tok" -o "$image"
refuses "a folder as tokenizer" "$folder" "is a directory" "$model" "$folder" -o "$image"
mkfifo "$folder/pipe"
refuses "a pipe as checkpoint" "$folder/pipe" "not a regular file" "$folder/pipe" "$tok" -o "$image"
: >"$bad"
refuses "an empty checkpoint" "$bad" "is empty" "$bad" "$tok" -o "$image"
refuses "an empty tokenizer" "$bad" "is empty" "$model" "$bad" -o "$image"
for bytes_left in 1 27 28 29 1000 $((size - 1)) $((size - 4)); do
    head -c $bytes_left "$model" >"$bad"
    refuses "a checkpoint of $bytes_left bytes" "$bad" "is truncated" "$bad" "$tok" -o "$image"
done
{ cat "$model"; printf x; } >"$bad"
refuses "a checkpoint with a byte more" "$bad" "is too long" "$bad" "$tok" -o "$image"
head -c 100000 /dev/zero >"$bad"
refuses "zeros as checkpoint" "$bad" "dim is 0" "$bad" "$tok" -o "$image"
refuses "a text as checkpoint" "$0" "impossible header" "$0" "$tok" -o "$image"
refuses "the tokenizer as checkpoint" "$tok" "" "$tok" "$tok" -o "$image"
refuses "the checkpoint as tokenizer" "$model" "" "$model" "$model" -o "$image"
refuses "an image as checkpoint" "$folder/good.reu" "" "$folder/good.reu" "$tok" -o "$image"

field() { # FIELD ESCAPES CAUSE: one number of the header changed
    cp "$model" "$bad"
    bytes $((4 * $1)) "$2" "$bad"
    refuses "a header with: $3" "$bad" "$3" "$bad" "$tok" -o "$image"
}
field 0 '\0\0\0\0' "dim is 0"
field 0 '\0377\0377\0377\0377' "dim is -1"
field 0 '\0377\0377\0377\0177' "do not divide dim 2147483647"
field 1 '\0\0\0\0' "hidden_dim is 0"
field 2 '\0\0\0\0200' "n_layers is -2147483648"
field 2 '\0377\0377\0377\0177' "is truncated"
field 3 '\0\0\0\0' "n_heads is 0"
field 3 '\03\0\0\0' "3 heads do not divide dim 16"
field 3 '\020\0\0\0' "head size 1 is odd"
field 4 '\03\0\0\0' "3 kv heads do not divide 4 heads"
field 4 '\0\0\0\0' "n_kv_heads is 0"
field 5 '\0\0\0\0' "vocab_size is 0"
field 5 '\0\0\0\0200' "vocab_size is -2147483648"
field 6 '\0\0\0\0' "seq_len is 0"
field 6 '\0377\0377\0377\0177' "is truncated"

cp "$model" "$bad"
bytes 28 '\0\0\0300\0177' "$bad"
refuses "a NaN" "$bad" "token_embedding_table[0] is not a number" "$bad" "$tok" -o "$image"
cp "$model" "$bad"
bytes $((28 + 4 * 300 * 16 + 8)) '\0\0\0200\0377' "$bad"
refuses "an infinity" "$bad" "rms_att_weight[2] is infinite" "$bad" "$tok" -o "$image"

tok_size=$(stat -c %s "$tok")
for bytes_left in 2 4 100 $((tok_size - 1)); do
    head -c $bytes_left "$tok" >"$bad"
    refuses "a tokenizer of $bytes_left bytes" "$bad" "" "$model" "$bad" -o "$image"
done
{ cat "$tok"; printf x; } >"$bad"
refuses "a tokenizer with a byte more" "$bad" "1 bytes are left over" "$model" "$bad" -o "$image"
cp "$tok" "$bad"
bytes 8 '\0377\0377\0377\0377' "$bad"
refuses "a piece of -1 bytes" "$bad" "token 0 is -1 bytes long" "$model" "$bad" -o "$image"
"$build/mkcheckpoint" -o "$bad" -z "$folder/tok299.bin" --vocab 299
"$build/mkcheckpoint" -o "$bad" -z "$folder/tok301.bin" --vocab 301
refuses "a tokenizer of 299 tokens" "$folder/tok299.bin" "does not fit the checkpoint" "$model" "$folder/tok299.bin" -o "$image"
refuses "a tokenizer of 301 tokens" "$folder/tok301.bin" "does not fit the checkpoint" "$model" "$folder/tok301.bin" -o "$image"

"$build/mkcheckpoint" -o "$bad" -z "$folder/tok32000.bin" --dim 160 --vocab 32000 --context 64
refuses "a model too big for 16 MB" "$bad" "is too big: it would need 2" "$bad" "$folder/tok32000.bin" -o "$image" --engine exact
"$build/mkcheckpoint" -o "$bad" -z "$folder/tok300.bin" --dim 514 --heads 1 --kv-heads 1 --vocab 300 --context 64
refuses "a dim beyond the engine's" "$bad" "dim 514" "$bad" "$folder/tok300.bin" -o "$image"

"$build/mkcheckpoint" -o "$folder/long.bin" --dim 16 --hidden 12 --heads 4 --kv-heads 2 --vocab 300 --context 9000
run "$folder/long.bin" "$tok" -o "$image" && [ -s "$image" ] &&
    grep -q "^mkreu: $folder/long.bin: the context is shortened from 9000 to 8192 tokens" "$folder/err"
result $? "a context beyond the engine's is shortened, and said so"

refuses "an output in a folder that is not there" "$folder/none/x.reu" "cannot be written: No such file" "$model" "$tok" -o "$folder/none/x.reu"
refuses "a folder as output" "$folder" "cannot be written: is a directory" "$model" "$tok" -o "$folder"
refuses "a device as output" "/dev/null" "cannot be written: is not a regular file" "$model" "$tok" -o /dev/null
if [ -w / ]; then
    [ -c /dev/null ]
    result $? "the device is still one"
fi

# A write that fails after the file was made: a file size limit stands in for a full disk.
rm -f "$image"
(trap '' XFSZ; ulimit -f 8; exec "$mkreu" "$model" "$tok" -o "$image") >"$folder/out" 2>"$folder/err"
[ $? -eq 2 ] && grep -q "^mkreu: $image: cannot be written: " "$folder/err" && ! output_left
result $? "a disk without room"

head -c 100000 "$folder/good.reu" >"$bad"
refuses "--info of a truncated image" "$bad" "is truncated" --info "$bad"
cp "$folder/good.reu" "$bad"
bytes 3000 '\0252' "$bad"
refuses "--info of a damaged image" "$bad" "is damaged" --info "$bad"
cp "$folder/good.reu" "$bad"
bytes 12 '\01' "$bad"
refuses "--info of an image of version 1" "$bad" "version 1" --info "$bad"
refuses "--info of a checkpoint" "$model" "is not an image" --info "$model"
refuses "--info of nothing" "$folder/none.reu" "No such file" --info "$folder/none.reu"

usage() { # DESCRIPTION ARGUMENT...
    local description=$1 problem=0
    shift
    run "$@"
    [ $? -eq 2 ] || problem=1
    [ "$(wc -l <"$folder/err")" -eq 1 ] || problem=1
    output_left && problem=1
    result $problem "$description"
}
usage "no arguments"
usage "no tokenizer" "$model" -o "$image"
usage "no output" "$model" "$tok"
usage "-o without a name" "$model" "$tok" -o
usage "three files" "$model" "$tok" "$tok" -o "$image"
usage "an unknown option" "$model" "$tok" --fast -o "$image"
for kib in 127 300 32768 -512 x ''; do
    usage "--reu '$kib'" "$model" "$tok" --reu "$kib" -o "$image"
done
usage "--info with more files" --info "$folder/good.reu" "$model"

echo "1..$n"
