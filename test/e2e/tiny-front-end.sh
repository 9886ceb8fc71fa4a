#!/bin/sh
# A build front end with the command line of barys that builds in milliseconds.
#   build/hold exists      waits, after saying so, until that file is gone
#   build/say.sh exists    runs it, to print what a build would print
#   TINY_FAIL=1            fails
#   TINY_SKIP=NAME         does not make that file
#   TINY_VERSION=V         builds as if VERSION said V
set -eu
cd "$(dirname "$0")/../.."
machine=
while [ $# -gt 0 ]; do
  if [ "$1" = --machine ]; then machine=$2; fi
  shift
done
version=${TINY_VERSION:-$(cat VERSION)}
images=build/tmp/deploy/images/$machine
mkdir -p "$images"
echo "building $version for $machine"
if [ -e build/say.sh ]; then sh build/say.sh; fi
if [ "${TINY_FAIL:-}" = 1 ]; then echo 'ERROR: do_compile failed'; exit 3; fi
# Slow enough to be hit by a kill, quick enough for a suite.
for _ in 1 2 3 4; do sleep 0.02; done
while [ -e build/hold ]; do sleep 0.02; done
make() { if [ "${TINY_SKIP:-}" != "$1" ]; then cat > "$images/$1"; fi; }
make "balena-image-$machine.balenaos-img" < balena-yocto-scripts/disk.img
make "balena-image-$machine.docker" < balena-yocto-scripts/hostapp.docker
echo "$version" | make VERSION_HOSTOS
echo v18.2.2 | make VERSION
echo 'busybox 1.36' | make "balena-image-$machine.manifest"
echo built
