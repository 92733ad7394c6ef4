#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh tests/examples/tenants.sh BINARY
#
# The messages and exit status for invalid input; then short runs on each kind of valid input.
set -u
binary=$1
data=$(cd "$(dirname "$0")/../../examples/data" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

fail() {
  echo "FAILED: $1" >&2
  sed 's/^/  /' "$scratch/out" "$scratch/err" >&2
  failures=$((failures + 1))
}

# refuses TEXT ARGS...: exit status 2, nothing on standard output, TEXT in the one line on standard error
refuses() {
  text=$1
  shift
  "$binary" --seconds 0.2 "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  status=$?
  if [ $status != 2 ]; then fail "tenants $*: exit status $status, expected 2"; return; fi
  if [ -s "$scratch/out" ]; then fail "tenants $*: there is something on standard output"; return; fi
  if [ "$(wc -l <"$scratch/err")" -ne 1 ]; then fail "tenants $*: more than one line on standard error"; return; fi
  grep -qF -e "$text" "$scratch/err" || fail "tenants $*: no \"$text\" in the message"
}

# ran LABEL STATUS TEXT: after a run with its output in $scratch: a good one, with TEXT in its report
ran() {
  if [ "$2" != 0 ]; then fail "$1: exit status $2"; return; fi
  grep -qF -e "$3" "$scratch/out" || fail "$1: no \"$3\" in the report"
}

# tenant_rules TEXT: a folder with one tenant, shop, whose rules are TEXT
tenant_rules() {
  mkdir -p "$scratch/rules"
  printf "$1" >"$scratch/rules/shop.rules"
}

log=$data/sample.log

# The command line.
refuses '--frobnicate: unknown option' --frobnicate
refuses '--workers needs a value' --workers
refuses '--workers: expected a number from 1 to 1024, found "0"' --workers 0
refuses '--workers: expected a number from 1 to 1024, found "two"' --workers two
refuses '--seconds: expected a number above 0' --seconds -1
refuses '--seconds: expected a number above 0' --seconds nan
refuses '--policy: unknown policy "hopeful" (known: handoff, prompt, shootdown, refcounted)' --policy hopeful
refuses 'only one input is allowed' "$log" "$log"

# Slots and workers.
refuses '5 workers, but only 4 slots' --workers 5 --slots 4 "$log"

# The input.
refuses "$scratch/nowhere.log: cannot be opened" "$scratch/nowhere.log"
refuses "$scratch: is a folder" "$scratch"
refuses 'standard input: no lines' -
: >"$scratch/empty.log"
refuses "$scratch/empty.log: no lines" "$scratch/empty.log"
printf 'shop: GET /\n\nbank: transfer\n' >"$scratch/unknown.log"
refuses "$scratch/unknown.log:3: unknown tenant \"bank\" (known: auth, git, mail, media, metrics, shop)" "$scratch/unknown.log"
printf 'shop: GET /\nno tenant here\n' >"$scratch/without.log"
refuses "$scratch/without.log:2: no tenant" "$scratch/without.log"
refuses "$scratch/nowhere/examples/data: no such folder of rules" --source "$scratch/nowhere"
refuses "$scratch/nowhere: no text of lazyref's own is here" --source "$scratch/nowhere" --rules "$data"

# The rules.
refuses "$scratch/nowhere: no such folder of rules" --rules "$scratch/nowhere" "$log"
mkdir "$scratch/none"
refuses "$scratch/none: no tenants" --rules "$scratch/none" "$log"
tenant_rules ''
refuses 'shop.rules: no rules' --rules "$scratch/rules" "$log"
tenant_rules '# nothing\n\n  # but comments\n'
refuses 'shop.rules: no rules' --rules "$scratch/rules" "$log"
tenant_rules '# first\nallow prefix GET /\nforbid prefix PUT /\n'
refuses 'shop.rules:3: expected allow, deny, tag, limit or default, found "forbid"' --rules "$scratch/rules" "$log"
tenant_rules 'allow regex .*\n'
refuses 'shop.rules:1: expected prefix, suffix, contains or glob, found "regex"' --rules "$scratch/rules" "$log"
tenant_rules '\ndeny contains   \n'
refuses 'shop.rules:2: contains has no pattern' --rules "$scratch/rules" "$log"
tenant_rules 'tag\n'
refuses 'shop.rules:1: tag has no name' --rules "$scratch/rules" "$log"
tenant_rules 'limit length 12x\n'
refuses 'shop.rules:1: limit length "12x" is not a positive number' --rules "$scratch/rules" "$log"
tenant_rules 'limit width 12\n'
refuses 'shop.rules:1: expected "limit length N", found "limit width"' --rules "$scratch/rules" "$log"
tenant_rules 'default allow\r\ndefault maybe\r\n'
refuses 'shop.rules:2: a second default' --rules "$scratch/rules" "$log"
tenant_rules 'default maybe\n'
refuses 'shop.rules:1: expected "default allow" or "default deny", found "maybe"' --rules "$scratch/rules" "$log"

# Good input: a file, a pipe, a redirection, "-", nothing at all (the repository's own text), unknown tenants on request.
"$binary" --seconds 1 "$log" >"$scratch/out" 2>"$scratch/err" </dev/null
ran 'a file' $? 'sample.log: 240 lines, 6 tenants'
ran 'a file' 0 'leaked                                          0'
ran 'a file' 0 'handoff         prompt      shootdown     refcounted'
printf 'shop: GET /\nmail: from=<a@b>\n' | "$binary" --seconds 0.3 >"$scratch/out" 2>"$scratch/err"
ran 'a pipe' $? 'standard input: 2 lines'
"$binary" --seconds 0.3 <"$log" >"$scratch/out" 2>"$scratch/err"
ran 'a redirection' $? 'standard input: 240 lines'
(sleep 1; cat "$log") | "$binary" --seconds 0.3 - >"$scratch/out" 2>"$scratch/err"
ran 'a slow pipe, by -' $? 'standard input: 240 lines'
"$binary" --seconds 0.3 >"$scratch/out" 2>"$scratch/err" </dev/null
ran 'nothing' $? "lazyref's own text"
"$binary" --seconds 0.3 >"$scratch/out" 2>"$scratch/err" <&-
ran 'standard input closed' $? "lazyref's own text"
mkfifo "$scratch/silent"
sleep 60 >"$scratch/silent" &
"$binary" --seconds 0.3 <"$scratch/silent" >"$scratch/out" 2>"$scratch/err"
ran 'a pipe that stays silent' $? "lazyref's own text"
kill $! 2>/dev/null
"$binary" --seconds 0.3 --skip-unknown "$scratch/unknown.log" >"$scratch/out" 2>"$scratch/err" </dev/null
ran '--skip-unknown' $? '1 lines of unknown tenants skipped'
"$binary" --seconds 0.3 --plain "$scratch/without.log" >"$scratch/out" 2>"$scratch/err" </dev/null
ran '--plain' $? '2 lines, 6 tenants'
"$binary" --seconds 0.3 --workers 9 --slots 12 --json --quiet "$log" >"$scratch/out" 2>"$scratch/err" </dev/null
ran '--json' $? '"workers": 9, "slots": 12'
[ -s "$scratch/err" ] && fail '--quiet: there is something on standard error'
"$binary" --seconds 0.3 --policy refcounted --workers 1 --reload-every-us 0 "$log" >"$scratch/out" 2>"$scratch/err" </dev/null
ran 'one policy, one worker' $? 'refcounted'
"$binary" --seconds 1 --policy shootdown --reload-every-us 100 --json "$log" >"$scratch/out" 2>"$scratch/err" </dev/null
ran 'shootdown' $? '"name": "shootdown"'
sed -n '/rule_sets_bursts/s/.*"unparked": \([0-9]*\).*/\1/p' "$scratch/out" | grep -q '[1-9]' ||
  fail 'shootdown: nothing was taken back from a worker that slept'
"$binary" --help >"$scratch/out" 2>"$scratch/err" </dev/null
ran '--help' $? 'Exit status'

[ $failures = 0 ] || { echo "$failures failed" >&2; exit 1; }
echo "all good"
