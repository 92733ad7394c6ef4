#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh mini_rcu.sh BINARY
binary=${1:?usage: mini_rcu.sh BINARY}
short='--milliseconds 200'
. "$(dirname "$0")/small.sh"

holds --readers 1 --updaters 1 $short
says out '^checked: 0 of [1-9][0-9]* sections'
says out '^control, without the wait: [1-9][0-9]* of'
refuses 'unexpected argument' somewhere
finish
