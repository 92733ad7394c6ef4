#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh jit.sh BINARY
binary=${1:?usage: jit.sh BINARY}
short='--seconds 1'
. "$(dirname "$0")/small.sh"

# The first bytes of a program say whether it is a 64-bit one.
if [ "$(uname -m)" = x86_64 ] && [ "$(head -c 5 "$binary" | tail -c 1 | od -An -tu1 | tr -d ' ')" = 2 ]; then
  native='native code for x86-64'
else
  native='\(native code for\|interpreted\)'
fi

# Replaced while called.
data=$(cd "$(dirname "$0")/../../examples/data" && pwd)/polynomials.expressions
holds $short --workers 5 "$data"
says out "^functions: $native"
says out '^memory: [1-9][0-9]* bytes, mapped twice'
says out '^stale instructions: '
says out '^recompiled: [1-9][0-9]* functions'
says out 'reused: at least [1-9]'
says out '^checked: 0 of [1-9][0-9]* calls'
holds $short --flip --batch 10 --workers 1 --expression 'x*x + 3*y - 7' --expression '- 4611686018427387904 * x'
says out "^functions: $native"
says out '^memory: [1-9][0-9]* bytes, mapped once'
holds $short --batch 100 --bytes 65536 --each-executor --expression y "$data"
says out '^memory: 65536 bytes'
says out '\(interpreted\|discarded by each worker, after protect\)'
holds $short --interpret
says out '^functions: interpreted, as requested$'

# Nested frames, whose functions are replaced meanwhile: a part of each run above; then broken.
says out '^nested frames: 6 levels, [1-9][0-9]* functions replaced'
says out '^checked: 0 of [1-9][0-9]* nested calls'
for how in '--levels 2' '--levels 40 --workers 1' '--levels 100 --workers 4 --interpret'; do
  holds $short $how
  says out '^checked: 0 of [1-9][0-9]* nested calls'
done
for how in '' '--levels 2' '--workers 1' --interpret --each-executor; do
  ends 1 --break-nested $how
  says out '^checked: [1-9][0-9]* of [1-9][0-9]* nested calls'
  says out '^wrong: the code of an active frame was reclaimed'
  says out '^self-check: FAILED$'
done
refuses '--break-nested: it returns to rewritten code' --break-nested --flip
refuses 'expected a number from 2 to 100, found "1"' --levels 1

# With observers.
export JITDUMPDIR="$scratch"
holds $short --gdb
holds $short --perf --gdb --batch 100 --workers 5 "$data"
says out '^checked: 0 of [1-9][0-9]* calls'
ls "$scratch"/jit-*.dump >/dev/null || fail "$name --perf: no dump in JITDUMPDIR"
JITDUMPDIR=/nowhere
ends 2 --perf $short
says errors '^--perf: code_jitdump: the directory for the dump does not exist'

# The costs of calls.
if [ "$native" = 'native code for x86-64' ]; then
  holds --cost
  for row in 'call by an atomic function pointer' 'protect and call' 'nested call, both by atomic' 'nested call, protect' \
    'the same, where the domain has no free slot'; do
    says out "^  $row.* [0-9.]* ns  *[0-9.]*$"
  done
fi
ends 2 --cost --interpret
says errors '^jit: --cost: it needs native code'

# Compiled correctly.
for how in '' --flip --interpret --each-executor; do holds --self-test 3000 $how; done
says out '^checked: 0 of 120000 results are wrong$'
ends 1 --self-test 200 --break
says out '^checked: 64 of 8000 results are wrong$'
says out '^self-check: FAILED$'

# The command line.
refuses '--expression: needs a value' --expression
refuses '--break: it writes to published code' --break --flip
refuses 'only one FILE is allowed' "$data" "$data"
refuses "$scratch/nowhere: cannot be opened" "$scratch/nowhere"
refuses "$scratch: cannot be read" "$scratch"

# Valid files, in short runs of the self-test.
takes() {
  printf -- "$1" >"$scratch/input"
  holds --self-test 1 "$scratch/input"
}
# broken PLACE-AND-REASON COLUMN TEXT: refused, with a mark under that column of what is shown of the line; 0: no mark
broken() {
  printf -- "$3" >"$scratch/input"
  refuses "$scratch/input:$1" "$scratch/input"
  [ "$2" = 0 ] && return
  awk -v column="$2" 'END { exit !(NR == 3 && length($0) == column + 2 && substr($0, column + 2) == "^") }' \
    "$scratch/errors" || fail "$name: the mark is not under column $2"
}
# repeat N TEXT: N of them
repeat() { awk -v n="$1" -v text="$2" 'BEGIN { while (n-- > 0) printf "%s", text }'; }

takes 'x'
takes '# first\r\n\r\n x + 1 # second\r\n\t(y)\t'
takes '9223372036854775807 * -9223372036854775807 - 00000000000000000000001'
takes "$(repeat 100 '(')x$(repeat 100 ')')"
takes "$(repeat 100 -)x"
takes "$(repeat 999 'x*')y"
takes "$(repeat 256 'x\n')"

broken ' contains no expression' 0 ''
broken ' contains no expression' 0 '# nothing\n\n   \n'
broken '2:9: expected a number, x, y, - or (, found "\*"$' 9 'x\nx*x + 3**y\n'
broken '1:1: expected a number, x, y, - or (, found ")"$' 1 ')'
broken '1:4: expected a number, x, y, - or (, found the end of the line$' 4 'x + # y'
broken '1:3: expected a number, x, y, - or (, found "z"$' 3 'x*z'
broken '1:1: expected a number, x, y, - or (, found "x2"$' 1 'x2'
broken '1:3: expected +, -, \* or the end of the line, found "/"$' 3 'x / 2'
broken '1:2: expected +, -, \* or the end of the line, found "x"$' 2 '2x'
broken '1:9: expected +, -, \* or the end of the line, found ")"$' 9 '(x + y) ) '
broken '1:13: expected ) for the ( in column 5, found the end of the line$' 13 'y*  (x - (y)'
broken '3:7: expected ) for the ( in column 1, found "1"$' 7 'x\ny\n(x\t+y 1'
broken '1:5: the number is out of range' 5 'x + 9223372036854775808'
broken '1:2: the number is out of range' 2 "-$(repeat 5000 9)"
broken '1:101: nested too deeply: more than 100 ' 61 "$(repeat 100000 '(')"
broken '1:101: nested too deeply: more than 100 ' 61 "$(repeat 100000 -)x"
broken '1:2001: the expression is too long: it has more than 1000 operands' 61 "$(repeat 1001 x+)y"
broken '257: there are more than 256 expressions' 0 "$(repeat 300 'x\n')"
broken '1:3: expected +, -, \* or the end of the line, found "?"$' 3 'x \303\274'
broken '1:1: expected a number, x, y, - or (, found "?"$' 1 '\000\001\377'
broken ' is longer than 1 MiB' 0 "$(repeat 100000 '############')"

# More than fits, whatever a page is; then one that fits, but not beside the one that it replaces (with --break it is
# compiled as it is written, so that its size is known).
printf "$(repeat 256 "$(repeat 400 'x*')y\n")" >"$scratch/input"
ends 2 --bytes 1 "$scratch/input"
says errors '^jit: --bytes: 1 bytes are too few for these expressions$'
if [ "$native" = 'native code for x86-64' ]; then
  ends 2 $short --break --bytes 4096 --expression "$(repeat 300 'x*')y"
  says errors '^jit: nothing was recompiled: '
fi
finish
