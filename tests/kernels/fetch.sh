#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh fetch.sh ISA SUITE FLAVOUR FILE       puts Debian's kernel linux-image-FLAVOUR for ISA into FILE
#   sh fetch.sh ISA SUITE libraries FOLDER   puts what programs in C++ are linked with there: a tree with lib and lib64
#
# By apt, from the mirror that this machine uses, but with lists and settings of its own, beside FILE: what is installed
# here does not matter and is not touched. Exit status 77, and a sentence, where it cannot be had in time.
set -u
isa=$1 suite=$2 flavour=$3 file=$4

give_up() {
  echo "SKIPPED: kernels: $isa: $1"
  exit 77
}
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || give_up "Debian's kernels come by apt-get and dpkg-deb"

mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Origin: Debian' 2>/dev/null | awk '$2 !~ /-/ {print $1; exit}')
[ -n "$mirror" ] || give_up "apt knows no mirror of Debian (apt-get update?)"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keys ] || give_up "$keys is missing (debian-archive-keyring)"

mkdir -p "$(dirname "$file")" && folder=$(cd "$(dirname "$file")" && pwd) || exit 1
root=$folder/apt-$isa-$suite-$flavour
rm -rf "$root"
mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/parts" "$root/new" "$root/out" || exit 1
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM
: >"$root/status"
echo "deb [signed-by=$keys] $mirror $suite main" >"$root/sources.list"
cat >"$root/apt.conf" <<END
APT { Architecture "$isa"; Architectures { "$isa"; }; Sandbox::User "root"; };
Acquire { Languages "none"; Retries "3"; http::Timeout "20"; https::Timeout "20"; };
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Dir::State { Lists "$root/lists"; Status "$root/status"; };
Dir::Cache "$root";
Dir::Etc { SourceList "$root/sources.list"; SourceParts "$root/parts"; PreferencesParts "$root/parts"; };
END
export APT_CONFIG="$root/apt.conf"

timeout 90 apt-get -qq update >"$root/log" 2>&1 || give_up "no list of Debian's $suite: $(tail -n 1 "$root/log")"
if [ "$flavour" = libraries ]; then
  (cd "$root/new" && timeout 120 apt-get -qq download libc6 libgcc-s1 libstdc++6) >"$root/log" 2>&1 ||
    give_up "no C++ library in $suite on $mirror: $(tail -n 1 "$root/log")"
  for deb in "$root"/new/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root/out" --exclude '*/gconv' --wildcards './usr/lib*.so*' || exit 1
  done
  mkdir -p "$root/out/usr/lib64"
  ln -s usr/lib usr/lib64 "$root/out"
  rm -rf "$file"
  mv "$root/out" "$file"
  echo "fetched $(cd "$root/new" && echo *.deb)"
  exit
fi
newest=$(apt-cache depends "linux-image-$flavour" 2>/dev/null | awk '/Depends: linux-image/ {print $2; exit}')
# The mirror may have no file for the newest one, but for one before.
for package in $newest $(apt-cache pkgnames linux-image- | grep -- "[0-9]-$flavour\$" | sort -rV | head -n 3); do
  # From 7.2 on that package only depends on the one with the kernel.
  binary=linux-binary-${package#linux-image-}
  [ -z "$(apt-cache pkgnames "$binary")" ] || package=$binary
  (cd "$root/new" && timeout 120 apt-get -qq download "$package") >"$root/log" 2>&1 && break
done
deb=$(ls "$root/new/"*.deb 2>/dev/null | head -n 1)
[ -n "$deb" ] || give_up "no linux-image-$flavour in $suite on $mirror"
dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root/out" --wildcards '*/vmlinu[xz]*' --transform 's,.*/,,' &&
  mv "$root"/out/vmlinu* "$file" ||
  give_up "$(basename "$deb") has no kernel in it"
echo "fetched $(basename "$deb")"
