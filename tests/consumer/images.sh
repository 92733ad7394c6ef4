#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   images.sh ROOT WORK    which images of a process share their state, and what happens where they do not
#
# Builds an executable and a plugin (or two plugins) in each layout, by each pair of compilers, and compares what they can
# do for each other with images/expected. Columns: is there one registry of hazard pointers; what becomes of objects that
# one image protects and the other retires, without and with checks; the same with one owner of the state, a shared
# library or the executable; whether the plugin is gone after dlclose.
#
#   works     and so do domains, threads that come and go, closing and opening again
#   refused   where an object was made in another image than retires it, the program stops with a sentence that names
#             LAZYREF_STATE; where it was only protected in another one, it is disposed of meanwhile, and nobody says so
#   wrong     an object is disposed of while it is protected, and nobody says so
#   broken    it ends in another way
#
# Then the fences of domains where images have decided differently. Exit status 77: a tool is missing. Tries the headers
# in $LAZYREF_INCLUDE, if that is set (beside them, arch).
set -eu
root=$(cd "$1" && pwd)
here=$root/tests/consumer/images
include=${LAZYREF_INCLUDE:-$root/include}
rm -rf "${2:?}/images"
mkdir -p "$2/images"
cd "$2/images"
work=$PWD
failed=0 exported= bound= optimise=-O2 cache=. side=
exec 3>&1

fail() { echo "FAILED: images: $*" >&3; failed=1; }
skip() { echo "SKIPPED: consumer: images: $*" >&3; }
command -v g++ >/dev/null || { skip "no g++"; exit 77; }
pairs="gg"
if command -v clang++ >/dev/null; then pairs="gg gc cg cc"; else skip "the rows with clang++: it is not here"; fi

compiler() { case $1 in g) echo g++ ;; c) echo clang++ ;; esac; }

# Compiles and links once what is asked for by these words.
object() {  # COMPILER SOURCE FLAGS...; sets $made
  who=$1 source=$2
  shift 2
  made=$cache/$(printf '%s' "$who $source $optimise $include $*" | cksum | tr ' ' -).o
  makes "$(compiler "$who")" -std=c++17 $optimise -I "$include" "$@" -c "$here/$source.cpp"
}
link() {  # COMPILER ARGUMENTS...; sets $made
  made=$cache/$(printf '%s' "$*" | cksum | tr ' ' -).image
  who=$1
  shift
  makes "$(compiler "$who")" "$@" -ldl -pthread
}
makes() {  # the other half of the table may make the same
  [ -e "$made" ] || { "$@" -o "$made.$side" >log 2>&1 && mv "$made.$side" "$made"; } || { cat log >&2; exit 1; }
}

echo '{ global: image_here; local: *; };' >only.map
echo '{ _ZN7lazyref*; };' >state.list

# --- one layout, one pair of compilers, one way to build

layouts="open open_global rdynamic needed hidden hidden_needed script script_needed symbolic symbolic_needed not_unique
  not_unique_needed no_pie no_pie_needed static_pie two two_global two_hidden two_script two_symbolic two_not_unique
  two_not_unique_global"

# What a name says: $host, $plugin: compiled so; $export, $shared: linked so; $scope; $needed: the executable is linked
# with the plugin; $two: the executable has no image of its own, and opens two plugins.
describe() {  # LAYOUT
  host=-fPIE plugin=-fPIC export=-rdynamic shared= scope=local needed= two=
  case $1 in *global) scope=global ;; esac
  case $1 in *needed) needed=yes export= ;; esac
  case $1 in two*) two=yes host=-fPIC export= ;; esac
  case $1 in
    open | open_global) export= ;;
    hidden* | two_hidden)
      host="$host -fvisibility=hidden -fvisibility-inlines-hidden"
      plugin="$plugin -fvisibility=hidden -fvisibility-inlines-hidden" ;;
    script* | two_script) shared=-Wl,--version-script=only.map ;;
    symbolic* | two_symbolic) shared=-Wl,-Bsymbolic ;;
    not_unique* | two_not_unique*)
      host="$host -fno-gnu-unique"
      plugin="$plugin -fno-gnu-unique" ;;
    no_pie*) host=-fno-pie export="$export -no-pie" ;;
    static_pie) export=-static-pie ;;
  esac
}

# clang++ has no unique symbols, and no word for it.
words_for() { [ "$1" = g ] && echo "$2" || echo "$2" | sed 's/-fno-gnu-unique//'; }

# OWNER: each (has a copy), library, host. CHECKS: of the first and of the second image. Sets $program $first $second.
build() {  # LAYOUT PAIR OWNER CHECKS [FIRST'S FLAGS [SECOND'S FLAGS]]
  describe "$1"
  a=${2%?} b=${2#?} name="$1 $2 $3 $4"
  state= owner= with=
  case $3 in
    library)
      state=-DLAZYREF_STATE=LAZYREF_STATE_EXTERN
      object "$a" state -fPIC
      link "$a" -shared "$made" $bound
      with=$made ;;
    host)
      state=-DLAZYREF_STATE=LAZYREF_STATE_EXTERN
      [ -n "$export" ] || export=-Wl,--dynamic-list=state.list
      export=${exported:-$export}
      object "$a" state $(words_for "$a" "$host")
      owner=$made ;;
  esac
  object "$b" image $(words_for "$b" "$plugin") $state "-DLAZYREF_CHECKS=${4#?}" ${6-}
  link "$b" -shared "$made" $shared $with
  second=$made
  object "$a" image $(words_for "$a" "$host") $state "-DLAZYREF_CHECKS=${4%?}" ${5-}
  first=$made
  object "$a" main
  main=$made
  if [ "$two" ]; then
    link "$a" -shared "$first" $shared $with -Wl,-soname,first  # also where the second is built alike
    first=$made
    link "$a" "$main"
  else
    link "$a" "$main" "$first" $owner $export $with ${needed:+-Wl,--no-as-needed "$second"}
    first=-
  fi
  program=$made
}

# Executables and plugins by two compilers: where symbols may be unique in one of the two and not in the other.
pairs_of() {  # LAYOUT
  for pair in $pairs; do
    case $pair-$1 in gg-* | cc-* | *-two* | *-open | *-rdynamic | *-needed) echo $pair ;; esac
  done
}

is_possible() {  # LAYOUT OWNER
  case $1-$2 in
    two*-host) return 1 ;;              # the executable has no image
    static_pie-library) return 1 ;;     # it is linked with no shared library
  esac
}

answers() {  # runs $program; sets $merged, $outcome, $closed
  $program "$first" "$second" $scope use >answers 2>said || fail "$name: $(cat said)"
  get() { sed -n "s/^$1 //p" answers; }
  merged=$(get merged) closed=$(get reopen2)
  case "$(get across) $(get made) $(get apart) $(get domains) $(get threads) $(get stay)" in
    "works works works works works works") outcome=works ;;
    "wrong refused works works works works") outcome=refused ;;
    "wrong works+wrong works works works works") outcome=wrong ;;
    *broken*) outcome=broken ;;
    "     ") outcome=$merged merged=- closed=- ;;
    *) outcome=$(tr ' \n' '=,' <answers) ;;
  esac
  case $closed in gone | kept | -) ;; *) [ "$outcome" = broken ] || outcome="$outcome,closed=$closed" ;; esac
  case $(get reopen1) in gone | kept | '') ;; *) outcome="$outcome,first=$(get reopen1)" ;; esac
  [ "$outcome" != broken ] || merged=- closed=-
  { echo "== $name: $(tr '\n' ' ' <answers)"; cat said; } >>log.txt
}

row() {  # LAYOUT PAIR
  optimise=-O2
  build "$1" "$2" each 00
  answers
  columns="$merged $outcome" gone=$closed
  optimise=-O0  # functions that are not inlined can be taken from the other image
  build "$1" "$2" each 11
  answers
  columns="$columns $outcome"
  for owner in library host; do
    case $owner in library) optimise=-O2 ;; host) optimise=-O0 ;; esac
    if is_possible "$1" $owner; then
      build "$1" "$2" $owner 10
      answers
      case $merged in yes | -) ;; *) outcome=$outcome,merged=$merged ;; esac
      columns="$columns $outcome"
    else
      columns="$columns -"
    fi
  done
  echo "$1 $2 $columns $gone"
}

# --- fences
#
# The images have decided differently. Where their states are one, or a domain takes its state along, nothing may go
# wrong, whoever has made the handles. The controls are copies of the headers in which fences go by the image that runs,
# and in which slots do not carry a mark until light fences are free.

headers=$include
spoil() {  # NAME LINES SED-SCRIPT: headers that are so changed, in so many lines, in NAME/include
  mkdir "$1"
  cp -r "$headers" "$headers/../arch" "$1"
  sed "$3" "$headers/lazyref/sync.hpp" >"$1/include/lazyref/sync.hpp"
  [ "$(diff "$headers/lazyref/sync.hpp" "$1/include/lazyref/sync.hpp" | grep -c '^>')" = "$2" ] ||
    fail "the control $1 does not fit the headers any more"
}
spoil by_the_running_image 3 's/state_->heavy(order)/detail::process_fence.heavy(order)/
  s/= not_known_free_.load(std::memory_order_relaxed)/= \&detail::process_fence/'
spoil unmarked 2 's/process_fence.is_free() ? nullptr : &process_fence/nullptr/
  s/whole.is_free() ? nullptr : whole.state_/nullptr/'
spoil by_the_attaching_image 1 's/whole.is_free() ? nullptr : whole.state_/process_fence.is_free() ? nullptr : \&process_fence/'

# HEADERS LAYOUT PAIR OWNER FIRST'S-MODE SECOND'S [full]. In what order images decide does not depend on how they are
# linked: all modes once.
contests() {
  for layout in "open gg each" "open cc each" "rdynamic gg each" "open gg library"; do
    case $layout in *cc*) case $pairs in *cc*) ;; *) continue ;; esac ;; esac
    for modes in "AUTO AUTO full" "AUTO REQUIRED full" "SYMMETRIC REQUIRED" "SYMMETRIC AUTO" "AUTO REQUIRED" \
      "REQUIRED SYMMETRIC"; do
      case $layout-$modes in "open gg each"* | *full | *"SYMMETRIC REQUIRED") echo "$headers $layout $modes" ;; esac
    done
  done
}
controls() { for name in by_the_running_image unmarked by_the_attaching_image; do control_of $name; done; }
control_of() {  # NAME
  case $1 in
    by_the_running_image) echo "$work/$1/include open gg each AUTO AUTO full" ;;
    unmarked) echo "$work/$1/include open gg each AUTO REQUIRED full" ;;
    by_the_attaching_image) echo "$work/$1/include open gg each SYMMETRIC AUTO" ;;
  esac
}
some() { contests | grep ' gg each '; }  # which share what is compiled for them
others() { contests | grep -v ' gg each '; controls; }
mode() { echo "-DLAZYREF_FENCE_MODE=LAZYREF_FENCE_$1"; }
build_contest() {  # like a line of `contests`
  include=$1
  build "$2" "$3" "$4" 00 "$(mode "$5")" "$(mode "$6")"
  include=$headers
}
build_contests() { while read -r contest; do build_contest $contest; done; }  # reads lines

# Half of the table, run in a folder of its own, and half of what the contests below compile: two halves keep two
# processors busy. Each begins with the rows of one compiler: two that made the same object at the same time would each
# compile it.
half() {  # NAME CONTESTS PAIRS...
  side=$1 cache=..
  mkdir "half_$1"
  cd "half_$1"
  cp ../only.map ../state.list .
  ahead=$2
  shift 2
  for wanted; do
    for layout in $layouts; do
      case " $(echo $(pairs_of $layout)) " in *" $wanted "*) row "$layout" "$wanted" ;; esac
    done
  done >measured
  optimise=-O2
  $ahead | build_contests
  exit $failed
}
(half g some gg gc) &
first_half=$!
(half c others cc cg) &
second_half=$!
wait $first_half || failed=1
wait $second_half || failed=1
cat half_?/measured >measured
cat half_?/log.txt >log.txt

# Who the state's owner shows it to: an executable must export it; a library must leave it to the loader, since g++ has
# executables refer to it by a copy.
exports() {  # NAME PAIR OWNER EXPORT [LIBRARY]
  exported=$4 bound=${5-}
  build open "$2" "$3" 10
  answers
  case $merged in yes | -) ;; *) outcome=$outcome,merged=$merged ;; esac
  echo "$1 $2 $outcome"
  exported= bound=
}
for pair in $pairs; do
  case $pair in gg | cc) ;; *) continue ;; esac
  exports host_rdynamic $pair host -rdynamic
  exports host_dynamic_list $pair host -Wl,--dynamic-list=state.list
  exports host_export_dynamic_symbol $pair host '-Wl,--export-dynamic-symbol=_ZN7lazyref*'
  exports host_exports_nothing $pair host -Wl,-z,now
  sed -n 's/.*undefined symbol: /the loader: undefined symbol: /p' said | sort -u | head -n 1 >&3
  exports library_symbolic $pair library '' -Wl,-Bsymbolic
done >>measured

# Rows for `any` pair of compilers, where all that were tried say the same.
short() {
  awk '{ key = $1; rest = $0; sub(/^[^ ]+ [^ ]+ /, "", rest); n[key]++; row[key, n[key]] = $0; cells[key, n[key]] = rest
         if (n[key] == 1) order[++rows] = key; else if (rest != cells[key, 1]) differ[key] = 1 }
       END { for (r = 1; r <= rows; r++) { k = order[r]
               if (!differ[k]) print k, "any", cells[k, 1]; else for (i = 1; i <= n[k]; i++) print row[k, i] } }' "$1"
}
# The same rows without the last column, which is compared only where no unique symbol keeps the plugin.
compared() { awk '$1 !~ /^(host|library)_|not_unique(_global)?$/ { NF-- } { print }' measured; }
# Those of the pairs that were tried.
wanted() {
  sed '/^#/d; /^$/d' "$1" | awk -v pairs="$pairs" '
    BEGIN { n = split(pairs, pair, " ") }
    $2 == "any" { for (i = 1; i <= n; i++) { if ($1 !~ /^(two.*|open|rdynamic|needed)$/ && pair[i] !~ /gg|cc/) continue
                    row = $0; sub(/ any /, " " pair[i] " ", row); print row } ; next }
    index(" " pairs " ", " " $2 " ")'
}
wanted "$here/expected" | sort >expected
compared | sort >compared
echo "layout compilers one_state unchecked checked library host closed"
short measured
diff -u expected compared || fail "the table is another one than images/expected; what was said: $PWD/log.txt"
sed '1s/works/wrong/' expected >twin
! diff -q twin compared >/dev/null || fail "a wrong table was not noticed"

# --- the contests between images, by the clock

milliseconds=50  # of each; the controls have as long
race() {  # like a line of `contests`; sets $result: violations, of own handles and of lent
  build_contest "$@"
  status=0
  $program "$first" "$second" $scope fences $milliseconds ${7-} >answers 2>said || status=$?
  case $status in
    0) ;;
    77) skip "fences: there is one CPU"; return 77 ;;
    *) fail "fences $*: $(cat said)" ;;
  esac
  ran=$(sed -n 's/^rounds //p' answers)
  rounds=$((rounds + ${ran:-0}))
  result=$(grep -v '^rounds ' answers | tr '\n' ' ')
  { echo "== fences $*: $result"; cat said; } >>log.txt
}
control() {  # WHAT CONTESTS NAME: each of these contests has to go wrong
  what=$1 rounds=0
  for contest in $2; do
    for try in 1 2 3 4 5 6 7 8; do
      race $(control_of "$3") || return 0
      seen=$(sed -n "s/^$contest \([0-9]*\) .*/\1/p" answers)
      [ "$seen" -lt 5 ] || break
    done
    echo "control: $what: $contest: $seen violations"
    [ "$seen" -ge 5 ] || skip "fences: no power: $what: $contest: $seen violations in $rounds rounds of all contests"
  done
}

if race "$headers" open gg each AUTO AUTO full; then
  contests >contests
  while read -r contest; do
    rounds=0
    race $contest
    echo "fences: ${contest#* }: $result in $rounds rounds"
    [ "$result" = "protect 0 lent 0 hazard 0 lent 0 deactivate 0 lent 0 release 0 lent 0 " ] || {
      cat said
      fail "fences: ${contest#* }"
    }
  done <contests
  control "fences go by the image that runs" "protect deactivate release" by_the_running_image
  control "slots are not marked" "protect deactivate release" unmarked
  control "slots belong to the image that adds them" "protect deactivate" by_the_attaching_image
fi
exit $failed
