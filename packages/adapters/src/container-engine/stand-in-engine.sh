#!/bin/sh
# Plays a container engine for tests: the state is a folder beside it, a container is a process of this machine.
state=${0%/*}/../state
PATH=$PATH:/usr/bin:/bin
printf '%s\036' "$(printf '%s\037' "$@")" >> "$state/calls"

say() { # an answer the test has put there: what to print, where, and the exit code
  [ -f "$state/$1.hang" ] && exec sleep 1000
  if [ -f "$state/$1.times" ]; then # only so often
    times=$(cat "$state/$1.times")
    [ "$times" -gt 0 ] || return 0
    echo $((times - 1)) > "$state/$1.times"
  fi
  [ -f "$state/$1.stderr" ] && cat "$state/$1.stderr" >&2
  [ -f "$state/$1.stdout" ] && cat "$state/$1.stdout"
  [ -f "$state/$1.exit" ] && exit "$(cat "$state/$1.exit")"
  return 0
}

find_container() { # by name or id
  for folder in "$state"/containers/*; do
    [ -d "$folder" ] || continue
    [ "${folder##*/}" = "$1" ] || [ "$(cat "$folder/name" 2>/dev/null)" = "$1" ] || continue
    echo "$folder"
    return 0
  done
  echo "Error: No such container: $1" >&2
  return 1
}

signal_container() { # the entry script and what it started
  kill "-$2" "-$(cat "$1/pid")" 2>/dev/null
}

run() {
  while [ $# -gt 0 ]; do
    case $1 in
      --name) name=$2; shift 2 ;;
      --label=*) label=${1#--label=}; shift ;;
      -v) case $2 in *:/work) work=${2%:/work} ;; *:/run/osrel/secrets.conf:ro) secrets=${2%%:*} ;; esac; shift 2 ;;
      -e) export "$2"; shift 2 ;;
      --env-file) file=$2; while read -r line; do export "$line"; done < "$2"; shift 2 ;;
      -*) shift ;;
      *) break ;;
    esac
  done
  shift 2 # the image and its entry script, in whose place entry.sh of the repository runs
  ls -l "$file" > "$state/environment-file"; cat "$file" >> "$state/environment-file"
  folder=$state/containers/$(printf '%064x' $$)
  mkdir -p "$folder"; echo "$name" > "$folder/name"; echo "$label" > "$folder/label"
  echo "$work" > "$folder/work"
  export WORK="$work" SECRETS="$secrets"
  # Nothing of a container outlives its first process, not even what is held by SIGSTOP.
  setsid sh -c '
    trap : TERM
    folder=$1
    shift
    echo $$ > "$folder/pid"
    sh "$WORK/entry.sh" "$@" > "$folder.log" 2>&1
    echo $? > "$folder.exit"
    rm -rf "$folder"
    kill -KILL -$$
  ' sh "$folder" "$@" < /dev/null > /dev/null 2>&1 &
  trap 'signal_container "$folder" TERM' TERM INT
  while [ -d "$folder" ]; do sleep 0.02; done
  cat "$folder.log" 2>/dev/null
  exit "$(cat "$folder.exit" 2>/dev/null || echo 137)"
}

stop() {
  folder=$(find_container "$3") || exit 1
  group=$(cat "$folder/pid")
  kill -TERM "-$group" 2>/dev/null
  tries=0
  while [ -d "$folder" ] && [ $tries -lt 25 ]; do sleep 0.02; tries=$((tries + 1)); done
  kill -KILL "-$group" 2>/dev/null
  rm -rf "$folder"
  echo "$3"
}

case "$1 $2" in
  'info '*) say info ;;
  'pull '*) say pull ;;
  'image inspect') say image ;;
  'run '*) say run; shift; run "$@" ;;
  'exec '*)
    say exec
    folder=$(find_container "$2") || exit 1
    # The last word is a path of the repository, which is /work in a container.
    exec "$3" "$4" "$5" "$6" "$(cat "$folder/work")${7#/work}" ;;
  'stop '*) say stop; stop "$@" ;;
  'rm '*) say rm; folder=$(find_container "$4") || exit 1; signal_container "$folder" KILL; rm -rf "$folder" ;;
  'container inspect') folder=$(find_container "$5") && sed 's/^[^=]*=//' "$folder/label" ;;
  'ps '*)
    say ps
    for folder in "$state"/containers/*; do
      [ -d "$folder" ] || continue
      case "$(cat "$folder/label")" in "${6#label=}" | "${6#label=}="*) echo "${folder##*/}" ;; esac
    done ;;
  *) echo "unknown command $*" >&2; exit 64 ;;
esac
