#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh emulated.sh unit EMULATOR PROGRAM       runs the unit tests, as they were built to be emulated, but for those
#                                              that an emulator cannot run; each of these has to exist
#   sh emulated.sh stress EMULATOR PROGRAM     runs a stress program for as short as it can be; longer only where this
#                                              machine has so much else to do that too little was done
set -u
what=$1
shift

if [ "$what" = stress ]; then
  for seconds in 0.3 3 20; do
    output=$("$@" --seconds $seconds </dev/null)
    status=$?
    printf '%s\n' "$output"
    case $output in
      *"no power: next to nothing was done"*) echo "again, for longer" ;;
      *) break ;;
    esac
  done
  exit $status
fi

# What is left out: a part of its name, without a comma, and why. qemu-user means 7.2.
left_out() {
  cat <<'END'
exec clears the registration|exec of a program for another architecture
what a vanished thread protected stays|qemu-user aborts when a child of fork starts a thread
the self-test says that the fence holds here|12 s to find that the host has the say; the stress of the fence is run
each of which retires the next one|how deep disposers nest is the same everywhere, and a long chain takes long
without a deep stack|likewise
this machine: a thread runs code that another one writes|it maps memory twice, which stays stale; stale.cpp is run
fork nothing else comes to where the code was|qemu-user ignores MADV_DONTFORK
that has its parent's number is a child|qemu-user ignores MADV_WIPEONFORK and MADV_DONTFORK
mapped twice: the child has neither view|qemu-user ignores MADV_DONTFORK
mapped twice: a child that has its parent's process number|qemu-user ignores MADV_DONTFORK
no address space for one view|qemu-user ignores RLIMIT_AS
gdb: a child of fork has in its list what it has inherited|qemu-user ignores MADV_WIPEONFORK
unwind: a child of fork does not touch tables that it has not inherited|qemu-user ignores MADV_WIPEONFORK
END
}

status=0
specification="~[.]"
while IFS='|' read -r part why; do
  names=$("$@" --list-test-names-only "\"*$part*\"" </dev/null | grep -F "$part")
  if [ -n "$names" ]; then
    printf '%s\n' "$names" | sed "s/.*/SKIPPED: emulated: &: $why/"
    specification="$specification~\"*$part*\""
  else
    echo "FAILED: emulated.sh leaves out what there is not: $part"
    status=1
  fi
done <<END
$(left_out)
END
"$@" "$specification" || status=1
exit $status
