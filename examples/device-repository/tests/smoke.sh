#!/bin/sh
# The smoke suite: looks at what was built and prints TAP.
#   OSREL_DEPLOY_DIR  the deploy folder of the version (image.json and VERSION_HOSTOS in it or below images/)
#   OSREL_IMAGE       the disk image
# SMOKE_FAIL=1 or a file tests/fail-marker makes the last test fail, to show what a failed suite does.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
deploy=${OSREL_DEPLOY_DIR:-}
image=${OSREL_IMAGE:-}
number=0
failures=0

ok() { number=$((number + 1)); echo "ok $number - $1"; }

# not_ok NAME MESSAGE
not_ok() {
  number=$((number + 1))
  failures=$((failures + 1))
  echo "not ok $number - $1"
  echo '  ---'
  echo "  message: \"$(printf '%s' "$2" | tr '"\\' "''")\""
  echo '  severity: fail'
  echo '  ...'
}

# The first file of that name in the deploy folder, beside the image, or in the folder of a machine.
find_file() {
  for candidate in "$deploy/$1" "$deploy/image/$1" "$(dirname "${image:-none/none}")/$1" "$deploy"/images/*/"$1"; do
    [ -f "$candidate" ] && { echo "$candidate"; return 0; }
  done
  return 1
}

size_of() { wc -c < "$1" | tr -d ' '; }

check_image() {
  if [ -z "$image" ] || [ ! -s "$image" ]; then
    not_ok 'the image exists' "OSREL_IMAGE names no file: ${image:-unset}"
    not_ok 'the image has a boot signature' 'there is no image'
    return
  fi
  ok 'the image exists'
  signature=$(od -A n -t x1 -j 510 -N 2 "$image" | tr -d ' \n')
  if [ "$signature" = 55aa ]; then ok 'the image has a boot signature'
  else not_ok 'the image has a boot signature' "bytes 510 and 511 are $signature, not 55aa"; fi
}

check_version() {
  name='VERSION_HOSTOS is the version of the repository'
  wanted=$(tr -d ' \n' < "$here/../VERSION")
  if ! file=$(find_file VERSION_HOSTOS); then not_ok "$name" "no VERSION_HOSTOS in ${deploy:-OSREL_DEPLOY_DIR, which is unset}"; return; fi
  built=$(tr -d ' \n' < "$file")
  if [ "$built" = "$wanted" ]; then ok "$name"; else not_ok "$name" "VERSION_HOSTOS is $built, VERSION is $wanted"; fi
}

# One line a part: file name, compressed size, plain size.
parts_of() {
  tr -d ' \t\n' < "$1" | tr '{}' '\n\n' | grep '"filename"' | while IFS= read -r part; do
    echo "$(field filename) $(field zLen) $(field len)"
  done
}
field() { printf '%s\n' ",$part," | sed -n "s/.*,\"$1\":\"\{0,1\}\([^\",]*\).*/\1/p"; }

# check_manifest NAME: image.json, image-flasher.json or image-raw.json with its parts.
check_manifest() {
  if ! manifest=$(find_file "$1"); then not_ok "$1 is there" "no $1 in ${deploy:-OSREL_DEPLOY_DIR, which is unset}"; return; fi
  ok "$1 is there"
  suffix=${1#image}
  folder=$(dirname "$manifest")/compressed${suffix%.json}
  listing=$(parts_of "$manifest")
  if [ -z "$listing" ]; then not_ok "$1 lists parts" "$manifest has no parts"; return; fi
  wrong=$(echo "$listing" | while read -r file compressed plain; do
    if [ ! -f "$folder/$file" ]; then echo "$file is missing;"
    elif [ "$(size_of "$folder/$file")" != "$compressed" ]; then echo "$file has $(size_of "$folder/$file") bytes, not $compressed;"
    fi
  done)
  if [ -z "$wrong" ]; then ok "every part of $1 is there in its size"; else not_ok "every part of $1 is there in its size" "$(echo $wrong)"; fi
  [ "$1" = image.json ] || return 0
  total=$(echo "$listing" | awk '{ sum += $3 } END { printf "%d", sum }')
  name='the parts add up to the image'
  if [ ! -s "$image" ]; then not_ok "$name" 'there is no image'
  elif [ "$total" = "$(size_of "$image")" ]; then ok "$name"
  else not_ok "$name" "the parts hold $total bytes, the image $(size_of "$image")"; fi
}

echo 'TAP version 13'
check_image
check_version
check_manifest image.json
for variant in image-flasher.json image-raw.json; do
  # Beside image.json: a folder below images/ may be that of another machine.
  if manifest=$(find_file image.json) && [ -f "$(dirname "$manifest")/$variant" ]; then check_manifest "$variant"; fi
done
if [ "${SMOKE_FAIL:-}" = 1 ] || [ -e "$here/fail-marker" ]; then
  not_ok 'nobody asked for a failure' 'SMOKE_FAIL=1 or tests/fail-marker is set'
else
  ok 'nobody asked for a failure'
fi
echo "1..$number"
[ "$failures" -eq 0 ]
