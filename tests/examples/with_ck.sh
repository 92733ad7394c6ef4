#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh with_ck.sh BINARY
binary=${1:?usage: with_ck.sh BINARY}
short='--milliseconds 200'
. "$(dirname "$0")/small.sh"

holds --readers 1 $short
says out '^protect and end, alone: [0-9.]* ns by ck_hp_set_fence, [0-9.]* ns by light and heavy'
says out '^checked: 0 of [1-9][0-9]* reads by ck_hp_set_fence'
says out '^checked: 0 of [1-9][0-9]* reads by light and heavy'
ends 1 --break $short
says out '^checked: [1-9][0-9]* of [1-9][0-9]* reads'
refuses 'unexpected argument' somewhere
finish
