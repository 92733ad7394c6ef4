#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh embedded.sh BINARY
binary=${1:?usage: embedded.sh BINARY}
short='--plugins 3000'
. "$(dirname "$0")/small.sh"

holds --workers 1 $short
says out '^checked: 3000 of 3000 plugins disposed of once; 0 blocks taken; 0 calls of new$'
says out 'parked [1-9][0-9]* times'
holds --workers 16 $short
refuses 'expected a number from 1 to 16, found "17"' --workers 17
refuses 'unexpected argument' somewhere
finish
