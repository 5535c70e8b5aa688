# The host's part of a network change: it puts a change in effect, and puts everything back unless somebody who reached
# the host by a new connection says keep. It needs no network and no dashboard to do so.
#
#   begin DIR       check, lock, snapshot, arm, prove, start to apply; DIR holds the change, unpacked
#   status ID       where it stands                undo ID            put everything back now
#   confirm ID      keep it; the token is on stdin  extend ID SECONDS  at least this long from now
#   active          id of the undecided change      history ID         its journal
#   watch ID, apply ID, guard ID, restore-at-boot    what the host runs by itself
#
# /var/lib/drawbridge/active is a symbolic link to the id of the change that is under way: symlink(2) makes lock and
# content at once. txn/ID/ holds the change. One file in it says how far it is, and one rename(2) of it decides:
#   pending → kept          or          pending → rolling.CAUSE → reverted.CAUSE.{complete,partial}
# Whatever is killed, resumes: every part can be done twice. Exit statuses of tools decide nothing, the state does.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset CDPATH ENV
umask 077
cd /
base=/var/lib/drawbridge
run=/run/drawbridge
unit=/etc/systemd/system/drawbridge-restore.service
wants=/etc/systemd/system/sysinit.target.wants/drawbridge-restore.service
hook=/etc/init.d/drawbridge-restore
hook_link=/etc/rcS.d/S00drawbridge-restore
tab=$(printf '\t')
verb=${1:-}
id=
t=
up=0

# ── small things ─────────────────────────────────────────────────────────────────────────────────────────────────

# CLOCK_BOOTTIME: it goes on through suspend and never jumps with the wall clock.
now() { read -r up _ </proc/uptime; up=${up%%.*}; }
boot() { read -r boot_id </proc/sys/kernel/random/boot_id; }
flush() { sync -- "$@" 2>/dev/null || sync; }
pause() { sleep "$1" 2>/dev/null || sleep 1; }
tidy() { printf '%s' "$1" | tr '\t\n\r' '   ' | head -c 1500; }
say() { # fields, joined by tabs
  line=
  for field; do line=$line${line:+$tab}$field; done
  printf '=%s\n' "$line" 2>/dev/null
}
put() { # FILE TEXT: whole and durable, or not at all
  printf '%s\n' "$2" >"$1.tmp" && flush "$1.tmp" && mv -f "$1.tmp" "$1" && flush "${1%/*}"
}
note() {
  now
  printf '%s +%s %s\n' "$(date -u +%FT%TZ)" "$up" "$(tidy "$*")" >>"$t/journal" 2>/dev/null && flush "$t/journal"
}
get() { value=; [ -r "$1" ] && IFS= read -r value <"$1" 2>/dev/null; [ -n "$value" ]; }
# Special built-ins (exec, :) would end the shell when a redirection fails; `command` takes that from them.
# In /run, so that nothing of it outlives a boot; a file that others may have open must not be deleted.
open_lock() { command exec 9>>/run/drawbridge.lock 2>/dev/null || command exec 9>>"$base/lock"; }
number() { case ${1:-x} in *[!0-9]* | '') return 1 ;; esac; }
is_id() { case ${1:-} in '' | *[!0-9A-Za-z]*) return 1 ;; esac; [ ${#1} -le 40 ]; }
sha_of() { # FILE → $sha, - when there is none
  sha=-
  [ -e "$1" ] || return 0
  sha=$(sha256sum <"$1" 2>/dev/null)
  sha=${sha%% *}
}
# Shared, and whoever wants the lock waits a little, so that looking never gets in the way.
locked() { [ -e "$1" ] && ! flock -s -n "$1" true 9>&- 2>/dev/null; }
has_systemd() { [ -d /run/systemd/system ]; }
error() { say error "$1" "$(tidy "$2")" "$(tidy "${3:-}")"; }

use() { # ID → $t
  is_id "$1" || { error unknown 'That is no id of a change.'; exit 1; }
  id=$1
  t=$base/txn/$id
  [ -d "$t" ] || t=$base/history/$id
}

# → $st none|pending|kept|rolling|reverted, $cause, $whole
look() {
  for try in 1 2 3 4; do
    [ -d "$t" ] || t=$base/history/$id
    for f in "$t"/reverted.* "$t"/rolling.* "$t"/kept "$t"/pending; do
      [ -e "$f" ] || continue
      f=${f##*/} whole= cause=
      st=${f%%.*}
      case $st in
        rolling) cause=${f#rolling.} ;;
        reverted) cause=${f#reverted.} whole=${cause#*.} cause=${cause%%.*} ;;
      esac
      return 0
    done
  done
  st=none cause= whole=
}
# Exactly one caller has success: rename(2) takes the name away from all others.
decide() {
  mv -f "$t/pending" "$t/$1" 2>/dev/null </dev/null || return 1
  flush "$t"
}
same_boot() { boot; get "$t/boot" && [ "$value" = "$boot_id" ]; }
left() { now; get "$t/deadline" && number "$value" && seconds=$((value - up)) || seconds=0; [ "$seconds" -ge 0 ] || seconds=0; }

marker() {
  look
  reason=
  get "$t/reason.$cause" && reason=$value
  case $st in
    none) say marker absent ;;
    pending)
      left
      if [ -e "$t/verified" ]; then say marker pending "$seconds"; else get "$t/step"; say marker applying "$seconds" "$value"; fi
      ;;
    rolling) get "$t/detail"; say marker rolling-back "$cause" "$reason" "$value" ;;
    kept) say marker kept ;;
    reverted) get "$t/detail"; say marker reverted "$cause" "$whole" "$reason" "$value" ;;
  esac
}

# ── what can be seen ─────────────────────────────────────────────────────────────────────────────────────────────

net=/sys/class/net
master_of() { # LINK → $master, - for none
  master=-
  [ -e "$net/$1/master" ] || return 0
  master=$(readlink "$net/$1/master")
  master=${master##*/}
}
vlans_of() { # LINK → $vlans: pvid, untagged, tagged
  pvid= untagged= tagged=
  while read -r a b; do
    case $a in
      "$1") set -- "$1" "$b" ;;
      port | '') continue ;;
      *) set -- "$1" "$a $b" ;;
    esac
    vid=${2%%[!0-9]*}
    [ -n "$vid" ] || continue
    case $2 in *PVID*) pvid=$vid ;; esac
    case $2 in *Untagged*) untagged=$untagged${untagged:+,}$vid ;; *) tagged=$tagged${tagged:+,}$vid ;; esac
  done <<END
$(bridge vlan show dev "$1" 2>/dev/null)
END
  vlans="${pvid:--}$tab${untagged:--}$tab${tagged:--}"
}
# One expectation, its fields as arguments; not true: $why says so.
holds() {
  kind=$1 l=$2
  case $kind in
    link) why="there is no $l"; [ -e "$net/$l" ] ;;
    no-link) why="$l is still there"; [ ! -e "$net/$l" ] ;;
    up) why="$l is not up"; read -r flags 2>/dev/null <"$net/$l/flags" && [ $((flags & 1)) = 1 ] ;;
    master)
      master_of "$l"
      why="$l is a port of ${master#-}"; [ "$master" != - ] || why="$l is no port of $3"
      [ -e "$net/$l" ] && [ "$master" = "$3" ]
      ;;
    mtu) get "$net/$l/mtu"; why="$l has the MTU $value, not $3"; [ "$value" = "$3" ] ;;
    mac) get "$net/$l/address"; why="$l has the MAC $value, not $3"; [ "$value" = "$3" ] ;;
    # Some hold a name and its number: `active-backup 1`.
    sysfs) get "$net/$l/$3"; why="$3 of $l is '$value', not '$4'"; [ "${value%% *}" = "$4" ] ;;
    address)
      why="$l has no address $3"
      shown=$(ip -o addr show dev "$l" 2>/dev/null | grep -F " $3 ") || return 1
      case $shown in
        *dadfailed*) why="somebody else has the address $3"; return 1 ;;
        # Without a carrier nobody is asked, and it stays so.
        *tentative*) why="whether somebody else has the address $3 was not known in time"; ! get "$net/$l/carrier" || [ "$value" != 1 ] ;;
      esac
      ;;
    no-address) why="$l still has the address $3"; ! ip -o addr show dev "$l" 2>/dev/null | grep -qF " $3 " ;;
    any-address) why="$l has no ${3} address"; ip -o -f "$3" addr show dev "$l" scope global 2>/dev/null | grep -q . ;;
    route)
      why="there is no route to $4 through $l"; [ "$5" = - ] || why="$why by $5"
      ip -o -f "$3" route show table "$6" exact "$4" 2>/dev/null | {
        while read -r line; do
          case $line in blackhole* | unreachable* | prohibit* | throw*) continue ;; esac
          case " $line " in *" dev $l "*) ;; *) continue ;; esac
          case " $line " in
            *" via $5 "* | *" via inet6 $5 "*) exit 0 ;;
            *" via "*) ;;
            *) [ "$5" != - ] || exit 0 ;;
          esac
        done
        exit 1
      }
      ;;
    vlans) vlans_of "$l"; why="the VLANs of $l are $(tidy "$vlans")"; [ "$vlans" = "$3$tab$4$tab$5" ] ;;
    *) why="'$kind' can't be judged"; false ;;
  esac
}
# All lines of a file; else $why names the first few that do not hold.
all_hold() {
  whys= count=0
  while IFS=$tab read -r a b c d e f; do
    [ -n "$a" ] || continue
    holds "$a" "$b" "$c" "$d" "$e" "$f" </dev/null && continue
    count=$((count + 1))
    [ "$count" -gt 4 ] || whys="$whys${whys:+; }$why"
  done <"$1"
  why=$whys
  [ "$count" = 0 ]
}
wait_for() { # FILE SECONDS
  now
  end=$((up + $2))
  while ! all_hold "$1"; do
    now
    [ "$up" -lt "$end" ] || return 1
    pause 0.25
  done
}
keep_taps() {
  lost=
  while read -r tap bridge; do
    [ -n "$tap" ] && [ -e "$net/$tap" ] || continue
    master_of "$tap"
    [ "$master" != "$bridge" ] || continue
    if [ -e "$net/$bridge" ]; then
      timeout 5 ip link set dev "$tap" master "$bridge" </dev/null >/dev/null 2>&1
      timeout 5 ip link set dev "$tap" up </dev/null >/dev/null 2>&1
      master_of "$tap"
      [ "$master" = "$bridge" ] && note "put $tap back on $bridge" && continue
    fi
    lost="$lost${lost:+, }$tap (of $bridge)"
  done <"$t/taps"
  [ -z "$lost" ]
}
answers() { # addresses on stdin → those that answer on stdout, in two seconds for all
  command -v ping >/dev/null 2>&1 || return 0
  while read -r address; do
    [ -n "$address" ] || continue
    (timeout 3 ping -n -c 1 -W 2 "$address" </dev/null >/dev/null 2>&1 && printf '%s\n' "$address") &
  done
  wait
}

# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────

each_file() { # COMMAND: with n path before after mode, and where it really lies
  each_rc=0
  while IFS=$tab read -r n path before after mode; do
    [ -n "$n" ] || continue
    real=$path
    [ ! -L "$path" ] || real=$(readlink -f "$path") || real=$path
    folder=${real%/*}
    old=$folder/.drawbridge-$id-$n.old
    new=$folder/.drawbridge-$id-$n.new
    "$1" </dev/null || { each_rc=1; [ "$1" = put_back ] || [ "$1" = judge_file ] || return 1; }
  done <"$t/files"
  return "$each_rc"
}
is_before() {
  sha_of "$real"
  [ "$sha" = "$before" ] && return 0
  why="$path is no longer what this change was planned from"
  return 1
}
is_after() {
  sha_of "$real"
  [ "$sha" = "$after" ] && return 0
  why="$path was edited by somebody else since"
  return 1
}
room_for_file() {
  at=$folder
  while [ ! -d "$at" ]; do at=${at%/*}; at=${at:-/}; done
  why="$at is not writable: is its file system mounted read-only?"
  [ -w "$at" ] || return 1
  free=$(df -Pk "$at" | sed -n '2{s/[[:space:]]\{1,\}/ /g;p;}' | cut -d' ' -f4)
  why="The file system of $at is full"
  ! number "$free" || [ "$free" -ge 256 ]
}
candidate_file() {
  to=$t/candidate$path
  mkdir -p "${to%/*}" || return 1
  rm -f "$to"
  [ "$after" = - ] || { cat "$t/new/$n" >"$to" && chmod "$mode" "$to"; }
}
# The present file gets a second name in its own folder: putting it back is then a rename, which needs no space and
# keeps inode, owner, mode and xattrs. Back-ends read no hidden files. Two copies more lie in the snapshot.
save_file() {
  [ "$before" != - ] || return 0
  why="$path can't be saved"
  cp -a "$real" "$t/old/$n" 2>/dev/null && flush "$t/old/$n" || return 1
  rm -f "$old"
  ln "$real" "$old" 2>/dev/null || cp -a "$real" "$old" 2>/dev/null || return 1
  flush "$old" "$folder"
}
write_file() {
  why="$path can't be written"
  while [ ! -d "$folder" ]; do
    at=$folder
    while [ ! -d "${at%/*}" ] && [ -n "${at%/*}" ]; do at=${at%/*}; done
    printf '%s\n' "$at" >>"$t/folders" && (umask 022 && mkdir "$at") || return 1
  done
  if [ "$after" = - ]; then
    rm -f "$real" || return 1
  else
    rm -f "$new"
    if [ -e "$real" ]; then
      cp -a "$real" "$new" && cat "$t/new/$n" >"$new" || { rm -f "$new"; return 1; }
    else
      cat "$t/new/$n" >"$new" && chmod "$mode" "$new" || { rm -f "$new"; return 1; }
    fi
    flush "$new"
    mv -f "$new" "$real" || return 1
  fi
  flush "$folder"
  is_after
}
# $stuck: it could not be written, which may be otherwise in a moment (the disk is full, or read-only).
put_back() {
  rm -f "$new" 2>/dev/null
  sha_of "$real"
  [ "$sha" != "$before" ] || return 0
  # Somebody's own work is never overwritten.
  if [ "$sha" != "$after" ]; then
    note "$path was edited by somebody else since: left as it is"
    return 1
  fi
  if [ "$before" = - ]; then
    rm -f "$real" || { stuck=$path; return 1; }
  else
    [ -d "$folder" ] || mkdir -p "$folder"
    sha_of "$old"
    if [ "$sha" = "$before" ]; then
      mv -f "$old" "$real" || { stuck=$path; return 1; }
    else
      copy_of_old || { note "$path: every saved copy is damaged"; return 1; }
      cp -a "$source" "$new" && flush "$new" && mv -f "$new" "$real" || { stuck=$path; return 1; }
    fi
  fi
  flush "$folder"
}
copy_of_old() {
  source=$t/old/$n
  sha_of "$source"
  [ "$sha" != "$before" ] || return 0
  rm -rf "$t/second" && mkdir "$t/second" || return 1
  { tar --xattrs --xattrs-include='*' -xf "$t/trees.tar" -C "$t/second" "${path#/}" || tar -xf "$t/trees.tar" -C "$t/second" "${path#/}"; } 2>/dev/null
  source=$t/second$path
  sha_of "$source"
  [ "$sha" = "$before" ]
}
judge_file() {
  is_before && return 0
  bad="$bad${bad:+; }$path is not as it was before"
  sha_of "$real"
  [ "$sha" = "$after" ] || bad="$bad (somebody else edited it since; the earlier one is $base/history/$id/old/$n)"
  return 1
}
drop_saved() { rm -f "$old" "$new"; }
remove_folders() {
  [ -s "$t/folders" ] || return 0
  sed '1!G;h;$!d' "$t/folders" | while read -r folder; do rmdir "$folder" 2>/dev/null; done
}

# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────

# Runs a command, its words one a line in FILE. timeout makes a process group of its own, by which the command and its
# children can be ended; daemons it leaves behind (a DHCP client) live on.
launch() { # FILE SECONDS OUTPUT
  word_file=$1 limit=$2 out=$3
  set --
  while IFS= read -r word; do
    while :; do
      case $word in
        *@candidate@*) word=${word%%@candidate@*}$t/candidate${word#*@candidate@} ;;
        *) break ;;
      esac
    done
    set -- "$@" "$word"
  done <"$word_file"
  [ $# -gt 0 ] || return 127
  launch_words "$@"
}
launch_words() {
  true 2>/dev/null >"$out" || out=/dev/null
  (
    umask 022
    echo 0 >/proc/self/oom_score_adj
    exec timeout -k 3 "$limit" "$@"
  ) </dev/null >"$out" 2>&1 &
  printf '%s\n' "$!" 2>/dev/null >"$t/run.pid"
  wait "$!"
  rc=$?
  rm -f "$t/run.pid"
  return "$rc"
}
edit_lines() { # DIR: removes and adds whole lines of a state file
  get "$1/path" || return 1
  file=$value
  [ -e "$file" ] || true >"$file"
  cp -a "$file" "$file.drawbridge" || return 1
  { if [ -s "$1/remove" ]; then grep -vxF -f "$1/remove" "$file"; else cat "$file"; fi; cat "$1/add"; } >"$file.drawbridge"
  mv -f "$file.drawbridge" "$file"
}
do_step() { # DIR OUTPUT
  get "$1/kind"
  step_kind=$value why= patient=30
  get "$1/seconds" && patient=$value
  case $step_kind in
    files) each_file write_file ;;
    run) launch "$1/argv" "$patient" "$2" ;;
    ip) limit=30 out=$2 && launch_words ip -batch "$1/lines" ;;
    wait) wait_for "$1/until" "$patient" ;;
    lines) edit_lines "$1" ;;
    *) false ;;
  esac
  rc=$?
  [ "$rc" != 0 ] || return 0
  [ "$rc" != 124 ] || [ "$step_kind" != run ] || why="it did not end within $patient s"
  [ -n "$why" ] || why="it ended with $rc$([ -s "$2" ] && printf ': ' && tail -c 400 "$2" | tr '\n\t' '  ')"
  return 1
}
steps_of() { ls "$t/$1" 2>/dev/null; }
words_of() { get "$1/words"; words=${value:-?}; }

# ── apply, undo ──────────────────────────────────────────────────────────────────────────────────────────────────

give_up() { # CAUSE REASON
  put "$t/reason.$1" "$(tidy "$2")"
  decide "rolling.$1" || return 1
  note "undoing it: $2"
}
apply() {
  command exec 8>>"$t/apply.lock" || exit 1
  flock -w 10 8 || exit 1
  # The lock stays with this shell, in a descriptor that no command inherits.
  applying 8>&-
}
applying() {
  look
  [ "$st" = pending ] && same_boot && [ ! -e "$t/begun" ] || exit 0
  printf '%s\n' "$$" >"$t/apply.pid"
  get "$t/apply-seconds"
  apply_seconds=$value
  now
  limit_at=$((up + apply_seconds))
  put "$t/begun" "$limit_at" || { give_up failed 'The journal of this change could not be written.' && roll; exit 0; }
  failed= k=0
  total=$(steps_of apply | wc -l)
  for step in $(steps_of apply); do
    k=$((k + 1))
    [ -e "$t/pending" ] || exit 0
    words_of "$t/apply/$step"
    put "$t/step" "$k/$((total)) $words" && note "step $k of $((total)): $words" ||
      { failed="The journal could not be written before step $k. Is the disk full?"; break; }
    now
    [ "$up" -lt "$limit_at" ] || { failed="Applying took longer than $apply_seconds s"; break; }
    do_step "$t/apply/$step" "$t/out/apply-$step"
    rc=$? said=$why
    [ -e "$t/pending" ] || exit 0
    keep_taps
    [ "$rc" = 0 ] && continue
    note "step $k: $said"
    [ ! -e "$t/apply/$step/may-fail" ] || continue
    failed="Step $k of $((total)) ($words): $said"
    break
  done
  put "$t/step" 'looking whether the host is as it should be'
  now
  patience=$((limit_at - up))
  [ "$patience" -ge 5 ] || patience=5
  # What a tool says of itself is worth little; what the kernel shows decides.
  [ -z "$failed" ] || patience=1
  if ! wait_for "$t/expect" "$patience"; then
    [ -n "$failed" ] && failed="$failed. And $why" || failed="After it was applied, $why"
  elif ! keep_taps; then
    failed="These VM ports could not be put back: $lost"
  elif ! probe; then
    failed="$silent answered before and does not answer any more"
  else
    failed=
  fi
  if [ -n "$failed" ]; then
    give_up failed "$failed" && roll
    exit 0
  fi
  put "$t/verified" yes || { give_up failed 'The journal of this change could not be written.' && roll; exit 0; }
  note 'applied, and the host is as it should be: waiting for a yes'
}
probe() {
  [ -s "$t/probes.answered" ] || return 0
  for try in 1 2 3 4 5; do
    answers <"$t/probes.answered" >"$t/probes.now"
    silent=$(grep -vxF -f "$t/probes.now" "$t/probes.answered" | tr '\n' ' ')
    [ -s "$t/probes.now" ] || silent=$(tr '\n' ' ' <"$t/probes.answered")
    silent=${silent% }
    [ -n "$silent" ] || return 0
    pause 1
  done
  return 1
}
end_apply() {
  get "$t/apply.pid" && number "$value" && [ "$value" != "$$" ] && locked "$t/apply.lock" && kill -KILL "$value" 2>/dev/null
  end_command
}
# A pid alone may be somebody else's by now.
end_command() {
  get "$t/run.pid" && number "$value" && get_comm "$value" && [ "$comm" = timeout ] && kill -KILL "-$value" 2>/dev/null
  rm -f "$t/run.pid"
}
get_comm() { comm=; IFS= read -r comm 2>/dev/null <"/proc/$1/comm"; }

roll() {
  command exec 7>>"$t/roll.lock" 2>/dev/null && flock -w 300 7
  rolling 7>&-
  exec 7>&-
}
stuck= stuck_before=
rolling() {
  look
  [ "$st" = rolling ] || [ -n "${forced:-}" ] || return 0
  if [ -n "$stuck_before" ]; then
    stuck=
    each_file put_back 2>/dev/null
    [ -z "$stuck" ] || return 0
  fi
  rm -f "$t/reserve"
  end_apply
  note "undo ($cause): begins"
  while read -r link; do
    [ -n "$link" ] && [ -e "$net/$link" ] || continue
    timeout 15 ip link set dev "$link" down </dev/null >/dev/null 2>&1
    timeout 15 ip link del dev "$link" </dev/null >/dev/null 2>&1
    note "deleted $link"
  done <"$t/created"
  each_file put_back
  remove_folders
  note 'the old files stand again'
  for step in $(steps_of undo); do
    words_of "$t/undo/$step"
    note "undo: $words"
    do_step "$t/undo/$step" "$t/out/undo-$step" || note "undo: $why"
    keep_taps
  done
  if ! wait_for "$t/expect-old" 10; then
    note "the tools did not bring it all back ($why): restoring the kernel's own state"
    for step in $(steps_of restore); do
      launch "$t/restore/$step" 15 "$t/out/restore-$step"
    done
    wait_for "$t/expect-old" 5
  fi
  # Tools that were run may have written files again.
  stuck= stuck_before=
  each_file put_back
  if [ -n "$stuck" ]; then
    stuck_before=yes
    put "$t/detail" "$stuck can't be written at the moment (read-only, or full): the host tries again until it can."
    note "$stuck can't be written at the moment: trying again until it can"
    return 0
  fi
  rm -f "$t/detail"
  bad=
  keep_taps || bad="VM ports without their bridge: $lost"
  all_hold "$t/expect-old" || bad="$bad${bad:+; }$why"
  each_file judge_file
  settle_undone "$bad"
}
settle_undone() { # what is wrong, or nothing
  if [ -n "$1" ]; then put "$t/detail" "$(tidy "$1")"; word=partial; else word=complete; fi
  note "undo: ended, $word${1:+: $1}"
  mv -f "$t/rolling.$cause" "$t/reverted.$cause.$word" 2>/dev/null || stuck_before=yes
  flush "$t"
}

# ── what the host runs by itself ─────────────────────────────────────────────────────────────────────────────────

watch() {
  command exec 8>>"$t/watch.lock" || exit 1
  flock -w 15 8 || exit 1
  watching 8>&-
}
watching() {
  trap 'exit 75' TERM INT
  mkdir -p "$run" 2>/dev/null
  seen= armed_at=
  while :; do
    now
    : "${armed_at:=$up}"
    look
    case $st in
      pending) watch_pending ;;
      rolling)
        roll
        [ -z "$stuck_before" ] || sleep 2
        continue
        ;;
      kept | reverted) settle; exit 0 ;;
      none) exit 0 ;;
    esac
    printf '%s\n' "$up" 2>/dev/null >"$run/$id.beat"
    sleep 1
  done
}
# When not even the name of the marker can be changed, nobody can keep it either: the network comes back all the same.
stop_it() { # CAUSE REASON
  give_up "$1" "$2" && return
  look
  [ "$st" = pending ] && [ -z "${forced:-}" ] || return 0
  forced=yes cause=$1
  roll
}
watch_pending() {
  if ! same_boot; then
    stop_it boot 'The host restarted before it was kept.'
    return
  fi
  left
  if [ "$seconds" = 0 ]; then
    command exec 6>>"$t/decide.lock" && flock -w 5 6
    left
    [ "$seconds" != 0 ] || stop_it timeout 'Nobody said keep in time.'
    exec 6>&-
    return
  fi
  [ ! -e "$t/verified" ] || return 0
  if locked "$t/apply.lock"; then
    seen=yes
    get "$t/begun" && number "$value" && [ "$up" -gt $((value + 20)) ] && stop_it overrun 'Applying it did not come to an end.'
  elif [ -n "$seen" ] || [ "$up" -gt $((armed_at + 10)) ]; then
    # It may have ended well between the two looks.
    [ -e "$t/verified" ] || [ ! -e "$t/pending" ] || stop_it died 'What applied the change was killed before it was done.'
  fi
}
guard() { until sh "$script" watch "$id"; do sleep 1; done; }

start_unit() { # NAME VERB, then properties
  unit_name=drawbridge-$1-$id what=$2
  shift 2
  systemctl reset-failed "$unit_name.service" >/dev/null 2>&1
  systemd-run --quiet --collect --no-block --no-ask-password --unit="$unit_name" --description="Drawbridge: a network change ($what)" \
    -p KillMode=process -p StandardInput=null "$@" -- /bin/sh "$script" "$what" "$id" </dev/null 9>&-
}
start_watch() {
  get "$t/script" && script=$value
  if has_systemd; then
    # A manual stop would leave the host without its safety net.
    start_unit watch watch -p Restart=on-failure -p RestartSec=200ms -p StartLimitIntervalSec=0 -p OOMScoreAdjust=-1000 \
      -p OOMPolicy=continue -p CPUWeight=10000 -p IOWeight=10000 -p RefuseManualStop=yes ||
      start_unit watch watch -p Restart=on-failure -p RestartSec=200ms -p OOMScoreAdjust=-1000
  else
    setsid sh "$script" guard "$id" </dev/null >/dev/null 2>&1 9>&- &
  fi
}
start_apply() {
  if has_systemd; then
    start_unit apply apply -p OOMPolicy=continue || start_unit apply apply
  else
    setsid sh "$script" apply "$id" </dev/null >/dev/null 2>&1 9>&- &
  fi
}
# Whoever comes by sees to it that an undecided change is watched.
heal() {
  look
  case $st in
    pending | rolling) [ "${t%/*}" = "$base/txn" ] && [ -e "$t/armed" ] && ! locked "$t/watch.lock" && start_watch >/dev/null 2>&1 ;;
  esac
}

boot_unit() {
  if has_systemd; then
    {
      mkdir -p "${wants%/*}" && chmod 755 "${wants%/*}"
      cat >"$unit.tmp" <<END
[Unit]
Description=Drawbridge: restore the network, which was being changed when the host went down
Documentation=file:$base
DefaultDependencies=no
After=local-fs.target systemd-remount-fs.service
Wants=network-pre.target
Before=network-pre.target systemd-networkd.service NetworkManager.service networking.service cloud-init-local.service
Conflicts=shutdown.target
RequiresMountsFor=$base /etc
ConditionPathExists=$script

[Service]
Type=oneshot
ExecStart=/bin/sh $script restore-at-boot
TimeoutStartSec=60
END
    } && chmod 644 "$unit.tmp" && flush "$unit.tmp" && mv -f "$unit.tmp" "$unit" && ln -sfn ../drawbridge-restore.service "$wants" &&
      flush "$unit" "${unit%/*}" "${wants%/*}"
  elif [ -d /etc/rcS.d ] || [ -d /etc/init.d ]; then
    printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: drawbridge-restore\n# Required-Start: $local_fs\n# Required-Stop:\n# X-Start-Before: networking\n# Default-Start: S\n# Default-Stop:\n### END INIT INFO\n[ "$1" = start ] || exit 0\nexec /bin/sh %s restore-at-boot\n' "$script" >"$hook" &&
      chmod 755 "$hook" && mkdir -p "${hook_link%/*}" && ln -sfn ../init.d/drawbridge-restore "$hook_link" && flush "$hook" "${hook%/*}" "${hook_link%/*}"
  else
    false
  fi
}
# In one command with the scripts: power that fails between two would leave one of them for ever.
remove_boot_unit() {
  set -- "$wants" "$unit" "$unit.tmp" "$hook" "$hook_link"
  is_idle && set -- "$@" "$base"/commit-*.sh
  rm -f "$@"
  for folder in /etc/systemd/system /etc/init.d; do [ ! -d "$folder" ] || flush "$folder"; done
}
restore_at_boot() {
  open_lock
  flock -w 30 9
  held=yes
  if ! active; then remove_boot_unit; exit 0; fi
  use "$value"
  look
  case $st in
    pending | rolling)
      if same_boot; then heal; exit 0; fi
      [ "$st" = rolling ] || give_up boot 'The host restarted before it was kept.' || exit 1
      look
      rm -f "$t/reserve" "$t/detail"
      stuck=
      note 'the host starts: restoring the files before any network comes up'
      each_file put_back
      remove_folders
      if grep -q "$tab/etc/netplan/" "$t/files" && command -v netplan >/dev/null 2>&1; then
        # Its generator ran before this unit, from the new files.
        (umask 022 && timeout 40 netplan generate) </dev/null >"$t/out/boot" 2>&1 || note "netplan generate: $(tail -c 300 "$t/out/boot")"
      fi
      if [ -n "$stuck" ]; then
        note "$stuck can't be written at the moment: trying again once the host is up"
        start_watch
        exit 0
      fi
      bad=
      each_file judge_file
      settle_undone "$bad"
      ;;
  esac
  settle
}

# ── the end: only the history stays ──────────────────────────────────────────────────────────────────────────────

active() { value=$(readlink "$base/active" 2>/dev/null) && is_id "$value"; }
is_idle() { [ ! -e "$base/active" ] && [ ! -L "$base/active" ]; }
remove_scripts() { ! is_idle || rm -f "$base"/commit-*.sh; }
held=
settle() {
  if [ -z "$held" ]; then
    open_lock
    flock -w 60 9
    settle_locked 9>&-
    exec 9>&-
  else
    settle_locked
  fi
}
# Can be cut off anywhere: until the lock is gone the boot unit stands, and goes on with it at the next start.
settle_locked() {
  if [ -d "$base/txn/$id" ]; then
    t=$base/txn/$id
    each_file drop_saved
    rm -rf "$t/candidate" "$t/second" "$t/reserve" "$t/new" "$t"/*.lock "$t/apply.pid" "$t/run.pid"
    find "$t/out" -type f -size +256 -exec truncate -s 131072 {} + 2>/dev/null
    rm -f "$run/$id.beat"
    look
    mkdir -p "$base/history"
    if [ "$st" = none ]; then rm -rf "$t"; else rm -rf "$base/history/$id"; mv -f "$t" "$base/history/$id"; fi
  fi
  if active && [ "$value" = "$id" ]; then
    rm -f "$base/active"
    flush "$base"
    remove_boot_unit
  fi
  rmdir "$base/txn" "$run" 2>/dev/null
  remove_scripts
  prune
  flush "$base"
}
prune() {
  kept=0 size=0
  ls -t "$base/history" 2>/dev/null | while read -r entry; do
    is_id "$entry" || continue
    kept=$((kept + 1))
    kib=$(du -sk "$base/history/$entry" 2>/dev/null)
    size=$((size + ${kib%%[!0-9]*}))
    [ "$kept" -le 20 ] && { [ "$size" -le 20480 ] || [ "$kept" = 1 ]; } || rm -rf "$base/history/$entry"
  done
}

# ── begin ────────────────────────────────────────────────────────────────────────────────────────────────────────

refuse() { # CODE TITLE [DETAIL]: nothing was touched, and nothing stays
  trap - EXIT
  if [ -n "$ours" ]; then
    rm -f "$t/pending" "$t/armed"
    settle_locked
    active && [ "$value" = "$id" ] && rm -f "$base/active"
    remove_scripts
  fi
  rm -rf "$incoming"
  rmdir "$base/txn" 2>/dev/null
  error "$@"
  exit 1
}
begin() {
  # A broken connection must not end it half-way.
  trap '' HUP PIPE
  incoming=$1 ours=
  t=$incoming
  [ "$(id -u)" = 0 ] || refuse preflight 'Changing the network needs root on the host.'
  get "$incoming/id" && is_id "$value" || refuse unknown 'The change came without an id.'
  id=$value
  missing=
  for tool in flock timeout ip sha256sum tar cp mv ln sync stat readlink df dd find grep sed tr head tail date sleep setsid; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing${missing:+, }$tool"
  done
  ! has_systemd || command -v systemd-run >/dev/null 2>&1 || missing="$missing${missing:+, }systemd-run"
  [ -z "$missing" ] || refuse preflight "This host lacks $missing, without which a change can't be undone safely."
  for f in "$incoming"/apply/*/argv "$incoming"/check/*/argv; do
    [ -e "$f" ] && IFS= read -r word <"$f" || continue
    command -v "$word" >/dev/null 2>&1 || refuse preflight "This host lacks $word, which the change needs."
  done
  mkdir -p "$run" 2>/dev/null && true 2>/dev/null >"$run/.try" && rm -f "$run/.try" || refuse preflight '/run is not writable on this host.'
  open_lock
  flock -w 5 9 || refuse busy 'Another change is just being begun on this host. Try again in a moment.'
  held=yes
  begin_locked 9>&-
}
begin_locked() {
  sweep
  [ ! -d "$base/history/$id" ] || refuse decided 'This change was decided before: plan it anew.'
  ln -sn "$id" "$base/active" 2>/dev/null || refuse busy 'Another change is under way on this host.'
  ours=yes
  trap 'refuse unknown "Beginning the change was interrupted."' EXIT
  mkdir -p "$base/txn" "$base/history" && mv "$incoming" "$base/txn/$id" || refuse preflight "$base can't be written."
  t=$base/txn/$id
  mkdir -p "$t/old" "$t/out" "$t/candidate" "$t/runtime" || refuse preflight "$base can't be written. Is the disk full?"
  for f in folders watch.lock apply.lock roll.lock decide.lock; do true >"$t/$f" || refuse preflight "$base can't be written. Is the disk full?"; done
  preflight
  snapshot
  arm
  true >"$t/armed"
  flush "$t"
  trap - EXIT
  start_apply >"$t/out/start" 2>&1 || {
    give_up failed 'The host did not start to apply the change.'
    said=$(tail -c 300 "$t/out/start" 2>/dev/null)
    roll
    settle_locked
    error watchdog 'The host did not start to apply the change; it is as it was before.' "$said"
    exit 1
  }
  marker
}
# Whatever an earlier change left undecided and unwatched is undone first.
sweep() {
  for dir in "$base"/in.*; do
    pid=${dir##*.}
    [ "$dir" = "$incoming" ] || ! number "$pid" || kill -0 "$pid" 2>/dev/null || rm -rf "$dir"
  done
  active || { [ ! -L "$base/active" ] || rm -f "$base/active"; return 0; }
  other=$value mine=$id
  [ "$other" != "$mine" ] || { t=$base/txn/$mine; [ ! -d "$t" ] || { marker; rm -rf "$incoming"; exit 0; }; }
  id=$other
  t=$base/txn/$id
  look
  if [ "$st" = pending ] || [ "$st" = rolling ]; then
    if [ -e "$t/armed" ]; then
      if same_boot && locked "$t/watch.lock"; then refuse busy 'Another change is still undecided on this host: keep or undo it first.' "$id"; fi
      [ "$st" = rolling ] || give_up died 'What watched over the change had ended.'
      roll
    else
      rm -f "$t/pending"
    fi
  fi
  settle_locked
  [ ! -L "$base/active" ] || rm -f "$base/active"
  id=$mine
  t=$incoming
}
preflight() {
  for f in $(grep -ls netplan /proc/[0-9]*/cmdline 2>/dev/null); do
    case "$(tr '\0' ' ' 2>/dev/null <"$f")" in *netplan*' try '*) refuse preflight '“netplan try” is running on this host. Let it end first.' ;; esac
  done
  if command -v busctl >/dev/null 2>&1; then
    points=$(timeout 3 busctl --no-pager get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager org.freedesktop.NetworkManager Checkpoints --auto-start=no 2>/dev/null)
    case $points in 'ao '[1-9]*) refuse preflight 'NetworkManager holds a checkpoint of another tool on this host. Let it end first.' ;; esac
  fi
  each_file room_for_file || refuse preflight "$why."
  mib=$(du -sk "$t" 2>/dev/null)
  mib=$((${mib%%[!0-9]*} / 1024 + 2))
  { fallocate -l "${mib}M" "$t/reserve" 2>/dev/null || dd if=/dev/zero of="$t/reserve" bs=1048576 count="$mib" 2>/dev/null; } &&
    flush "$t/reserve" || refuse preflight "There is not enough space in $base: $mib MiB are needed."
  each_file is_before || refuse stale "$why."
  while read -r link; do
    [ -z "$link" ] || [ ! -e "$net/$link" ] || refuse stale "There is a link named $link already."
  done <"$t/created"
  # An IPv6 address that has just come (a boot, the change before) is asked about for a second or two.
  wait_for "$t/expect-old" 5 || refuse stale "The host is no longer as it was when this change was planned: $why."
  answers <"$t/probes" >"$t/probes.answered"
}
snapshot() {
  set --
  for path in etc/netplan etc/systemd/network etc/network etc/NetworkManager etc/resolv.conf etc/sysctl.conf etc/sysctl.d \
    etc/cloud/cloud.cfg.d run/netplan run/systemd/network run/NetworkManager/system-connections run/network; do
    [ ! -e "/$path" ] || set -- "$@" "$path"
  done
  while IFS=$tab read -r _ path before _; do
    [ "$before" = - ] || case $path in /etc/netplan/* | /etc/systemd/network/* | /etc/network/* | /etc/NetworkManager/* | /etc/sysctl.d/*) ;; *) set -- "$@" "${path#/}" ;; esac
  done <"$t/files"
  [ $# -gt 0 ] || set -- etc/hostname
  tar --xattrs --xattrs-include='*' -C / -cf "$t/trees.tar" "$@" 2>/dev/null || tar -C / -cf "$t/trees.tar" "$@" 2>/dev/null
  [ -s "$t/trees.tar" ] || refuse preflight 'The present configuration could not be saved. Is the disk full?'
  flush "$t/trees.tar"
  tar -xf "$t/trees.tar" -C "$t/candidate" 2>/dev/null
  each_file candidate_file || refuse preflight 'The new files could not be laid out for checking. Is the disk full?'
  for step in $(steps_of check); do
    words_of "$t/check/$step"
    do_step "$t/check/$step" "$t/out/check-$step" || [ -e "$t/check/$step/may-fail" ] || refuse check "The host’s own check refuses the new configuration ($words)." "$why"
  done
  each_file save_file || refuse preflight "$why. Is the disk full?"
  r=$t/runtime
  (timeout 5 ip -j -d addr >"$r/addr.json"; timeout 5 ip -j -d route show table all >"$r/route.json"; timeout 5 ip -j -6 -d route show table all >"$r/route6.json"
    timeout 5 ip -j rule >"$r/rule.json"; timeout 5 ip -j -6 rule >"$r/rule6.json") 2>/dev/null </dev/null &
  (timeout 5 bridge -j vlan >"$r/vlan.json"; timeout 5 bridge -j -d link >"$r/bridge.json"; timeout 5 bridge -j fdb >"$r/fdb.json"
    timeout 5 tc -j qdisc >"$r/qdisc.json"; timeout 5 nft -j list ruleset | head -c 4194304 >"$r/nft.json"; timeout 5 sysctl net >"$r/sysctl") 2>/dev/null </dev/null &
  wait
}
arm() {
  script=$base/commit-$(sha256sum <"$t/commit.sh" | cut -c1-64).sh
  cat "$t/commit.sh" >"$script.tmp" && chmod 700 "$script.tmp" && flush "$script.tmp" && mv -f "$script.tmp" "$script" || refuse preflight "$base can't be written. Is the disk full?"
  boot
  get "$t/window"
  window=$value
  put "$t/script" "$script" && put "$t/boot" "$boot_id" && put "$t/step" 'about to begin' || refuse preflight "$base can't be written. Is the disk full?"
  boot_unit 2>/dev/null || refuse preflight "The host can't be told to restore itself at its next start: /etc can't be written, or it has neither systemd nor init scripts."
  now
  put "$t/deadline" "$((up + window))" && put "$t/pending" "$id" && note 'snapshot taken' || refuse preflight "$base can't be written. Is the disk full?"
  flush "$base" "$base/txn"
  rm -f "$run/$id.beat"
  start_watch >"$t/out/start" 2>&1 || refuse watchdog 'The watchdog could not be started, so nothing was touched.' "$(tail -c 300 "$t/out/start")"
  for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
    if [ -s "$run/$id.beat" ] && locked "$t/watch.lock" && { ! has_systemd || systemctl -q is-active "drawbridge-watch-$id.service"; }; then
      note "the watchdog is awake: this host restores itself in $window s unless somebody says keep"
      return 0
    fi
    pause 0.25
  done
  refuse watchdog 'The watchdog did not wake up, so nothing was touched.'
}

# ── what a person says ───────────────────────────────────────────────────────────────────────────────────────────

confirm() {
  [ -n "${token:-}" ] || IFS= read -r token || token=${token:-}
  look
  [ "$st" != none ] || { error decided 'This host knows nothing of that change.'; exit 1; }
  given=$(printf '%s' "$token" | sha256sum)
  get "$t/token"
  [ "${given%% *}" = "$value" ] || { error token 'That is not the token of this change.'; exit 1; }
  if [ "$st" = pending ]; then
    [ -e "$t/verified" ] || { error decided 'The change is still being applied.'; exit 1; }
    left
    same_boot && [ "$seconds" -gt 0 ] || { heal; error decided 'The time was over: the host is putting everything back.'; exit 1; }
    each_file is_after || { error stale "$why, so the change can't be kept. Undo it and plan anew." ; exit 1; }
    note 'somebody who reached this host says keep'
    decide kept && note 'kept'
  fi
  look
  [ "$st" != kept ] || settle
  marker
}
undo() {
  look
  case $st in
    none) error decided 'This host knows nothing of that change.'; exit 1 ;;
    pending) give_up undo 'Somebody asked for it.' ;;
  esac
  look
  [ "$st" != kept ] || { error decided 'The change was kept already. Revert it by a new change.'; exit 1; }
  heal
  marker
}
extend() {
  number "${1:-}" && [ "$1" -ge 1 ] && [ "$1" -le 86400 ] || { error unknown 'Extend by 1 to 86400 seconds.'; exit 1; }
  heal
  command exec 6>>"$t/decide.lock" && flock -w 5 6
  look
  [ "$st" = pending ] || { error decided 'The change is decided already.'; exit 1; }
  left
  [ "$seconds" -ge "$1" ] || { [ "$seconds" -gt 0 ] && put "$t/deadline" "$((up + $1))" && note "extended: $1 s from now"; } ||
    { error decided 'The time was over already, or could not be written down.'; exit 1; }
  exec 6>&-
  marker
}

case $verb in
  begin) begin "$2" ;;
  active)
    if active; then
      use "$value"
      look
      case $st in
        pending | rolling) heal; say active "$id" ;;
        *)
          # Left by a `begin` that was killed, unless one is at work.
          open_lock && flock -n 9 && held=yes && settle_locked 9>&- && rm -f "$base/active"
          say active
          ;;
      esac
    else
      say active
    fi
    ;;
  restore-at-boot) script=$0; restore_at_boot ;;
  status | confirm | undo | extend | history | watch | apply | guard)
    use "${2:-}"
    script=$0
    case $verb in
      status) heal; marker ;;
      history) [ ! -r "$t/journal" ] || tail -c 200000 "$t/journal" | sed 's/^/-/' ;;
      extend) extend "${3:-}" ;;
      *) "$verb" ;;
    esac
    ;;
  *) error unknown 'There is no such command.'; exit 1 ;;
esac
