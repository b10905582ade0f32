#!/usr/bin/env bash
# The fast engine's kernels on the 6502 against their definitions, byte for byte.
set -eu

"$BUILD/sim65/fast_vectors" 300 | sim65 "$BUILD/sim65/fast_test"
