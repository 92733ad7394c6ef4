#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh biased_lock.sh BINARY
binary=${1:?usage: biased_lock.sh BINARY}
short='--acquisitions 1000000'
. "$(dirname "$0")/small.sh"

holds $short
says out '^biased to a thread: checked: [1-9][0-9]* acquisitions, [1-9][0-9]* of them revocations'
says out '^\(SKIPPED: biased to a CPU: .\|biased to a CPU: checked: [1-9]\)'
sed -n 's/^SKIPPED/&/p' "$scratch/out"
refuses 'unexpected argument' somewhere
finish
