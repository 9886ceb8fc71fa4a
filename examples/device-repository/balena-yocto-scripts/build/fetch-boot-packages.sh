#!/bin/sh
# Brings what the UEFI machine needs to boot: a Debian kernel, systemd's EFI stub and a static busybox.
# Files of this machine are used when they serve; the rest comes from the Debian archive and is unpacked into
# a folder. Nothing is installed and no root rights are needed. Already complete: nothing happens, offline too.
# Usage: fetch-boot-packages.sh [DIRECTORY]   (default: $OSREL_BOOT_PACKAGES, else <repository>/build-tools/debian)
# Always ends with status 0: without the packages barys builds the same images with no kernel in them.
set -u

script=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=${1:-${OSREL_BOOT_PACKAGES:-$script/../../build-tools/debian}}
stub=usr/lib/systemd/boot/efi/linuxx64.efi.stub

say() { echo "boot packages: $*"; }

have_kernel() { for found in "$target"/boot/vmlinuz-*; do [ -s "$found" ] && return 0; done; return 1; }
have_stub() { [ -s "$target/$stub" ]; }
have_busybox() { [ -s "$target/bin/busybox" ]; }
complete() { have_kernel && have_stub && have_busybox; }

# A copy appears under its name only when it is whole.
place() {
  mkdir -p "$(dirname "$2")" && cp -L "$1" "$2.part.$$" && chmod u+w "$2.part.$$" && mv "$2.part.$$" "$2"
}

# A static program of this processor that knows the applets the first root file system calls.
serves_as_busybox() {
  [ -x "$1" ] && ! ldd "$1" >/dev/null 2>&1 && "$1" --list 2>/dev/null | grep -qx poweroff
}

use_installed() {
  [ "$(uname -m)" = x86_64 ] || return 0
  have_stub || { [ -r "/$stub" ] && place "/$stub" "$target/$stub"; }
  have_busybox || { serves_as_busybox /bin/busybox && place /bin/busybox "$target/bin/busybox"; }
  if ! have_kernel; then
    for kernel in /boot/vmlinuz-*-amd64; do
      [ -r "$kernel" ] && place "$kernel" "$target/boot/$(basename "$kernel")" && break
    done
  fi
  return 0
}

apt_options() {
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  : > "$work/status"
  echo "-q -o APT::Architecture=amd64 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o Acquire::Retries=1 -o Debug::NoLocking=1"
}

# With the lists the machine has; then with private ones, fetched without root rights.
apt_system() { tool=$1; shift; (cd "$work" && "$tool" $options "$@"); }
apt_private() {
  tool=$1; shift
  (cd "$work" && "$tool" $options -o "Dir::State::lists=$work/lists" -o "Dir::State::status=$work/status" \
    -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" "$@")
}

# The name of the kernel package that the metapackage depends on, with its version number.
kernel_package() { "$1" apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1; }

download() {
  kernel=
  have_kernel || kernel=$(kernel_package "$1")
  have_kernel || [ -n "$kernel" ] || return 1
  wanted=$kernel
  have_stub || wanted="$wanted systemd-boot-efi"
  have_busybox || wanted="$wanted busybox-static"
  say "downloading:" $wanted
  "$1" apt-get download $wanted >"$work/log" 2>&1
}

unpack() {
  for package in "$work"/*.deb; do
    [ -e "$package" ] || return 1
    dpkg -x "$package" "$work/root" || return 1
  done
  [ -e "$work/root/$stub" ] && place "$work/root/$stub" "$target/$stub"
  for busybox in "$work/root/bin/busybox" "$work/root/usr/bin/busybox"; do
    [ -e "$busybox" ] && place "$busybox" "$target/bin/busybox" && break
  done
  for kernel in "$work"/root/boot/vmlinuz-*; do
    [ -e "$kernel" ] && place "$kernel" "$target/boot/$(basename "$kernel")"
  done
  for notice in "$work"/root/usr/share/doc/*/copyright; do
    [ -e "$notice" ] && place "$notice" "$target/usr/share/doc/$(basename "$(dirname "$notice")")/copyright"
  done
  return 0
}

fetch() {
  for tool in apt-get apt-cache dpkg; do
    command -v "$tool" >/dev/null 2>&1 || { say "$tool is not on this machine"; return 1; }
  done
  work=$target/download.$$
  mkdir -p "$work" || return 1
  work=$(CDPATH='' cd -- "$work" && pwd)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  options=$(apt_options)
  download apt_system || {
    say 'refreshing private package lists'
    apt_private apt-get update >"$work/log" 2>&1 && download apt_private
  } || { [ -s "$work/log" ] && tail -n 3 "$work/log"; return 1; }
  unpack
}

if complete; then
  say "complete in $target"
  exit 0
fi
mkdir -p "$target" || { say "cannot write $target"; exit 0; }
target=$(CDPATH='' cd -- "$target" && pwd)
use_installed
complete || fetch
if complete; then
  say "complete in $target"
else
  lacks=
  have_kernel || lacks="$lacks kernel"
  have_stub || lacks="$lacks efi-stub"
  have_busybox || lacks="$lacks busybox"
  say "lacking:$lacks; the images are built without a kernel"
fi
exit 0
