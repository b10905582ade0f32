#!/usr/bin/env bash
# The 6502's checksums against their definition, under sim65.
set -eu
sim65 "${BUILD:-build}/sim65/checksum_test"
