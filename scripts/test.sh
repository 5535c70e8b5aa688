# Sourced by ./drawbridge test. Runs every suite, says how long each took, and ends with one line of totals.
# shellcheck shell=sh
parts=
while [ $# -gt 0 ]; do
  case $1 in
    --only) [ $# -ge 2 ] || die "--only wants a part"; parts="$parts $2"; shift 2 ;;
    --faults) DRAWBRIDGE_FAULTS=all; export DRAWBRIDGE_FAULTS; shift ;;
    *) die "test does not know '$1'; see ./drawbridge help" ;;
  esac
done
[ -n "$parts" ] || parts='verify store build lab e2e'

started=$(date +%s)
# What failed, or passed only when tried again, is told once more at the end: scripts/failures.ts.
DRAWBRIDGE_FAILURES=$state/failures
export DRAWBRIDGE_FAILURES
passed=0
failed=0

# part NAME COMMAND…: one suite; a failing one does not keep the others from running.
part() {
  name=$1
  shift
  case " $parts " in *" $name "*) ;; *) return 0 ;; esac
  since=$(date +%s)
  printf '\n── %s\n' "$name"
  if "$@"; then
    passed=$((passed + 1)) word=passed
  else
    failed=$((failed + 1)) word=FAILED
  fi
  printf '── %s %s after %s s\n' "$name" "$word" $(($(date +%s) - since))
}

# format, lint, types and dead code tell their faults on stdout alone.
verify() {
  npm run -s verify >"$state/verify.log" 2>&1 && { cat "$state/verify.log"; return; }
  cat "$state/verify.log"
  tail -n 30 "$state/verify.log" >>"$DRAWBRIDGE_FAILURES"
  return 1
}

apt procps iproute2 openssh-client curl jq
prepare
: >"$DRAWBRIDGE_FAILURES"
case " $parts " in *' e2e '*) apt chromium fonts-noto-cjk ;; esac
next typegen >/dev/null

part verify verify
part store vitest run --project store
part build build
part lab vitest run --project lab --project lab-alone
part e2e playwright test

if [ -s "$DRAWBRIDGE_FAILURES" ]; then
  printf '\n── what failed, or passed only when tried again\n\n'
  cat "$DRAWBRIDGE_FAILURES"
fi
printf '\n%s s in all\n' $(($(date +%s) - started))
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
