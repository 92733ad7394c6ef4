#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh gc_safepoint.sh BINARY
binary=${1:?usage: gc_safepoint.sh BINARY}
short='--milliseconds 200'
. "$(dirname "$0")/small.sh"

holds --mutators 1 $short
says out '^leave and enter managed code, alone: .* with a full fence'
says out '^checked: 0 of [1-9][0-9]* reads'
ends 1 --break $short
says out '^checked: [1-9][0-9]* of [1-9][0-9]* reads'
refuses 'unexpected argument' somewhere
finish
