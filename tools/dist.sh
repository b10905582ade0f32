#!/usr/bin/env bash
# Makes the archive for people who don't build:  dist.sh FOLDER ZIP
# puts the files into FOLDER, which it makes anew, and zips them: the same bytes
# each time, so times are fixed, names are sorted and nothing of the machine gets in.
set -eu
[ $# -eq 2 ] || { echo "usage: dist.sh FOLDER ZIP" >&2; exit 2; }
build=${BUILD:-build}
case $1$2 in *[[:space:]]*) echo "dist.sh: no spaces in the names, please" >&2; exit 2 ;; esac
files=$(tools/find-model.sh stories64) || { echo "dist.sh: no models/stories64.bin" >&2; exit 2; }
model=$(sed -n 1p <<<"$files") tokenizer=$(sed -n 2p <<<"$files")
export LC_ALL=C TZ=UTC

rm -rf "$1" "$2"
mkdir -p "$1"
cp "$build/llama2c64.prg" "$build/llama2c64-fast.prg" LICENSE "$1/"
c1541 -format "llama2.c64,64" d64 "$1/llama2c64.d64" -write "$1/llama2c64.prg" llama2c64 -write "$1/llama2c64-fast.prg" llama2c64-fast >/dev/null
"$build/mkreu" "$model" "$tokenizer" -o "$1/stories64.reu" --engine fast >/dev/null
"$build/mkreu" "$model" "$tokenizer" -o "$1/stories64-both.reu" --engine both >/dev/null
tools/disk.sh "$1/stories64.reu" "$1/stories64.d81"
kib() {
    echo $(($(stat -c %s "$1") / 1024))
}
{
    cat <<END
llama2.c64: a Commodore 64 tells stories

You need an REU, or something that plays one: see "On a real C64" below.

llama2c64.prg       the program, packed; unpacks itself. Load it from a drive or
                    by DMA and start it with RUN
llama2c64-fast.prg  the same without the exact engine: $(kib "$1/llama2c64-fast.prg") KB instead of $(kib "$1/llama2c64.prg"), so it is
                    there sooner from a slow drive
llama2c64.d64       both on a disk: LOAD"LLAMA2C64",8 and RUN
stories64.d81       the program with the model stories64 for the fast engine, which it
                    loads into the REU by itself
stories64.reu       the model stories64 for the fast engine; $(kib "$1/stories64.reu") KB
stories64-both.reu  the same for both engines; $(kib "$1/stories64-both.reu") KB
                    Load one of the two into an REU of at least this size: VICE's
                    -reuimage, the REU file of an Ultimate.
SHA256SUMS          check with "sha256sum -c SHA256SUMS"

What follows is the project's README, without its pictures. \`build/...\`, \`docs/...\` and
\`make\` are those of its source.

END
    grep -v '^<!--' README.md | awk -v RS= -v ORS='\n\n' '!/^!\[/'
} >"$1/README.txt"
(cd "$1" && sha256sum -- LICENSE *.* >SHA256SUMS)

touch -d 1982-08-01T00:00:00Z "$1"/*
chmod 644 "$1"/*
folder=$(cd "$1" && pwd)
zip=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
(cd "$folder" && zip -q -X -9 "$zip" LICENSE README.txt SHA256SUMS llama2c64-fast.prg llama2c64.d64 llama2c64.prg stories64-both.reu stories64.d81 stories64.reu)
