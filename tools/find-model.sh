#!/usr/bin/env bash
# Prints the checkpoint and the tokenizer to use, one a line: the first of
# $MODEL (with $TOKENIZER), models/, ../shared/models/. Fails if there is none.
#   find-model.sh NAME    looks for the model of this name, in the two folders
set -u
cd "$(dirname "$0")/.." || exit 2

tokenizer_of() { # checkpoint: the tokenizer beside it
    local folder=${1%/*} name=${1##*/} file
    for file in "${1%.bin}.tok" "$folder/tok512.bin" "$folder/tokenizer.bin"; do
        [ -f "$file" ] && { echo "$file"; return; }
    done
}

if [ $# -gt 0 ]; then
    candidates=(models/"$1".bin ../shared/models/"$1".bin)
else
    candidates=("${MODEL:-}" models/*.bin ../shared/models/stories260K.bin)
fi
for model in "${candidates[@]}"; do
    case ${model##*/} in '' | tok*) continue ;; esac
    [ -f "$model" ] || continue
    tokenizer=$(tokenizer_of "$model")
    [ "$model" = "${MODEL:-}" ] && tokenizer=${TOKENIZER:-$tokenizer}
    [ -n "$tokenizer" ] || continue
    printf '%s\n%s\n' "$model" "$tokenizer"
    exit 0
done
exit 1
