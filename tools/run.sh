#!/usr/bin/env bash
# make run: a C64 tells a story. With a display, VICE opens with the program's
# own screens; without one, the story is told in the terminal.
set -u
cd "$(dirname "$0")/.." || exit 2

files=$(tools/find-model.sh) || { tools/fetch-model.sh && files=$(tools/find-model.sh); } || exit 2
model=$(sed -n 1p <<<"$files") tokenizer=$(sed -n 2p <<<"$files")
echo "Model: $model"

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    echo "No display: the C64 runs out of sight and its story appears here."
    echo "Engine: fast (run64 without --engine is exact)"
    exec build/run64 "$model" -z "$tokenizer" --engine fast -t 0 -n "${STEPS:-60}" -i "${PROMPT-Once upon a time}"
fi

build/mkreu "$model" "$tokenizer" -o build/weights.reu || exit 2
kib=$(($(stat -c %s build/weights.reu) / 1024))
roms=()
# Without Commodore's ROMs, which Debian may not ship, our boot ROM does.
find /usr/share/vice/C64 /usr/lib/vice/C64 /usr/local/share/vice/C64 ~/.local/share/vice/C64 ~/.vice/C64 \
    -name 'kernal*' 2>/dev/null | grep -q . ||
    roms=(-kernal build/rom/kernal.bin -basic build/rom/basic.bin -chargen build/rom/chargen.bin)
# Drive 8 and the printer, played by VICE itself.
[ -e build/stories.d64 ] || c1541 -format stories,64 d64 build/stories.d64 >/dev/null || exit 2
devices=(+drive8truedrive -virtualdev8 -8 build/stories.d64 -virtualdev4 -device4 1 -pr4drv ascii -pr4output text -prtxtdev1 build/printed.txt)
echo "Saved stories go to build/stories.d64, printed ones to build/printed.txt."
echo "Alt+W in VICE's window switches warp speed on and off."
exec x64sc -default "${roms[@]}" "${devices[@]}" -reu -reusize "$kib" -reuimage build/weights.reu -autostartprgmode 1 build/llama2c64.prg
