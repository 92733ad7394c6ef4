#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh snapshot_cache.sh BINARY
binary=${1:?usage: snapshot_cache.sh BINARY}
short='--milliseconds 300'
. "$(dirname "$0")/small.sh"

settings=$scratch/settings
printf '# good\r\n\r\nhost=localhost\r\nempty=\nequation=a=b\n' >"$settings"
holds $short "$settings"
says out "^$settings: 3 settings"
says out '(0 missing)'

# broken PLACE-AND-REASON TEXT: a file of TEXT is refused
broken() {
  printf "$2" >"$settings"
  refuses "$settings:$1" $short "$settings"
}
broken '2: expected KEY=VALUE, found "no setting"' 'a=1\nno setting\n'
broken '3: expected a key before the =' 'a=1\n\n=2\n'
broken '3: "a" is defined twice' 'a=1\nb=2\na=3\n'
broken ' contains no KEY=VALUE line' '# nothing\n'
broken ' contains no KEY=VALUE line' ''
refuses "$scratch/nowhere: cannot be opened" "$scratch/nowhere"
refuses "$scratch: cannot be" "$scratch"
refuses 'only one FILE is allowed' "$settings" "$settings"

# A file that becomes invalid while it is in use: the previous settings remain.
printf 'a=1\nb=2\n' >"$settings"
"$binary" --milliseconds 1500 "$settings" >"$scratch/out" 2>"$scratch/errors" </dev/null &
sleep 0.5
printf 'broken\n' >"$settings.next"
mv "$settings.next" "$settings"
wait $! || fail "$name, with a file that breaks: status $?"
says errors 'settings:1: expected KEY=VALUE, found "broken"; the previous settings remain'
says out '([1-9][0-9]* refused)'
finish
