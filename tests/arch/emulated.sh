#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh emulated.sh EMULATOR [OPTIONS] PROGRAM      runs the unit tests, as they were built to be emulated, but for those
#                                                  that an emulator cannot run; each of these has to exist
set -u

# What is left out: a part of its name, without a comma, and why.
left_out() {
  cat <<'END'
exec clears the registration|exec of a program for another architecture
what a vanished thread protected stays|qemu-user aborts when a child of fork starts a thread
the self-test says that the fence holds here|12 s to find that the host has the say; the stress of the fence is run
this machine: a thread runs code that another one writes|it maps memory twice, which stays stale; stale.cpp is run
END
}

status=0
specification="~[.]"
while IFS='|' read -r name why; do
  if "$@" --list-test-names-only "\"*$name*\"" </dev/null | grep -qF "$name"; then
    echo "SKIPPED: emulated: $name ...: $why"
    specification="$specification~\"*$name*\""
  else
    echo "FAILED: emulated.sh leaves out what there is not: $name"
    status=1
  fi
done <<END
$(left_out)
END
"$@" "$specification" || status=1
exit $status
