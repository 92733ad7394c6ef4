#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh code_tour.sh BINARY
binary=${1:?usage: code_tour.sh BINARY}
short='--milliseconds 300'
"$binary" --milliseconds 10 >/dev/null
[ $? != 77 ] || exec "$binary" --milliseconds 10
. "$(dirname "$0")/small.sh"

holds $short
says out '^checked: the program is in reach of a direct call$'
says out '^checked: memory grows from nothing to [1-9][0-9]* KiB, and back$'
says out '^[1-9][0-9]* functions, one after the other, in 1024 KiB; [1-9][0-9]* profiler ticks in them$'
says out '^checked: 0 ticks found no function'
says out '^checked: 0 calls had a wrong result$'

# Code that is called without protection, and code that is placed anywhere.
ends 1 --break $short
says out '^checked: [1-9][0-9]* ticks found no function'
ends 1 --break-near $short
says out '^checked: the program is out of reach of a direct call$'
says out '^self-check: FAILED$'
refuses 'unexpected argument' somewhere
finish
