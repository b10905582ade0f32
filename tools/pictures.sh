#!/usr/bin/env bash
# Writes docs/pictures anew: the program's screens, and story.png, an animation of a story
# being told (APNG, by Debian's apngasm). Looks at stories260K, else our own model.
set -eu
build=${BUILD:-build}
command -v apngasm >/dev/null || { echo "pictures: apngasm is missing (Debian: apt-get install apngasm)" >&2; exit 2; }
model=$(tools/find-model.sh stories260K || tools/find-model.sh stories64)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p docs/pictures "$work/frames"
"$build/mkreu" $model -o "$work/weights.reu" --engine both >/dev/null
"$build/pictures" "$build/rom" "$build/llama2c64.prg" "$work/weights.reu" docs/pictures "$work/frames"
apngasm docs/pictures/story.png "$work"/frames/000.png 1 10 -l0 >/dev/null
ls -l docs/pictures
