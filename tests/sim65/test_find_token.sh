#!/usr/bin/env bash
# The search for a token's text on the 6502 against its definition, under sim65.
set -eu
sim65 "${BUILD:-build}/sim65/find_token_test"
