#!/usr/bin/env bash
# Downloads stories260K and its tokenizer from their public home (karpathy's
# tinyllamas on Hugging Face, MIT licence) into models/, checked by sha256.
set -u
cd "$(dirname "$0")/.." || exit 2
home=https://huggingface.co/karpathy/tinyllamas/resolve/main/stories260K

fetch() { # file sha256
    local part=models/$1.part
    curl --fail --location --silent --show-error --connect-timeout 20 -o "$part" "$home/$1" || {
        rm -f "$part"
        echo "fetch-model.sh: $home/$1: download failed; put a llama2.c checkpoint and its tokenizer into models/ instead" >&2
        exit 2
    }
    echo "$2  $part" | sha256sum --check --quiet - >&2 || {
        rm -f "$part"
        echo "fetch-model.sh: $1: its sha256 is not the expected one" >&2
        exit 2
    }
    mv "$part" "models/$1"
}

mkdir -p models
fetch tok512.bin 037cb335abb25d1fa9e8ecae30ed2a3a8ace9302862ebcdc05d51a6bbb10c312
fetch stories260K.bin b0a507e7ad0f626624f17112325e66691f9076d622e1d3274d103d00299f2696
