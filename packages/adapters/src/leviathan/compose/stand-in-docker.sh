#!/bin/sh
# Plays docker and its plugin compose for tests: notes its calls, and answers what the test has put beside it.
state=${0%/*}/../state
printf '%s\036' "$(printf '%s\037' "$@")" >> "$state/calls"
env | grep -E '^(BALENA|QEMU_|FLASHER_|WORKER_TYPE|DEVICE_TYPE|WORKSPACE|REPORTS|SUITES)' | sort > "$state/environment"

# docker itself: the first word, and the second for commands of two; compose: the word after its options
command=$1
case $1 in
  image | network | volume) command=$1-$2 ;;
  compose)
    shift
    while [ $# -gt 0 ]; do
      case $1 in
        --file) cat "$2" > "$state/last-file"; shift 2 ;;
        --project-name) project=$2; shift 2 ;;
        --project-directory | --env-file) shift 2 ;;
        *) break ;;
      esac
    done
    command=compose-$1 ;;
esac

name=$command
[ "$command" = compose-port ] && name=compose-port-$2
[ "$command" = compose-up ] && : > "$state/up-$project"
[ "$command" = compose-down ] && rm -f "$state/up-$project"
[ -f "$state/$name.exec" ] && exec sh "$state/$name.exec" "$@"
[ -f "$state/$name.hang" ] && exec sleep 1000
[ -f "$state/$name.stderr" ] && cat "$state/$name.stderr" >&2
[ -f "$state/$name.stdout" ] && cat "$state/$name.stdout"
[ -f "$state/$name.exit" ] && exit "$(cat "$state/$name.exit")"
exit 0
