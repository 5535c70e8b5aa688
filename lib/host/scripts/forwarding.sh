# Tries new forwarding rules on a host, keeps or undoes them. POSIX sh, run as root.
#   try DIR SECONDS   loads DIR/new; unless `keep DIR` comes in time, DIR/old is loaded again
#   keep DIR          over a connection made since: they stay, over reboots too
#   undo DIR          back to DIR/old at once
# One mkdir decides between keep and undo. Whatever else happens: what is loaded is DIR/old or DIR/new, whole.

verb=$1 dir=$2
etc=/etc/drawbridge
unit=/etc/systemd/system/drawbridge-forwarding.service
settings=/etc/sysctl.d/91-drawbridge-forwarding.conf
lock=/run/drawbridge/forwarding-lock
timer=drawbridge-forwarding-undo-${dir##*-}

say() { printf '=%s\n' "$*"; }
fail() { say "error $*"; exit 1; }
load() { sh "$dir/new/forwarding-load.sh" "$1" 2>"$dir/errors"; }
last_words() { tail -n 3 "$dir/errors" | tr '\n' ' '; }
# Nothing of this attempt stays.
clear() { rm -rf "$dir" "$lock"; }

undo_text='sleep "$3"; mkdir "$1/decided" 2>/dev/null || exit 0; sh "$1/new/forwarding-load.sh" "$1/old"; rm -rf "$1" "$2"'

# The settings of the kernel that the new rules change, as they are.
settings_now() {
  sed -n 's/^\([a-z][A-Za-z0-9_./-]*\) = .*/\1/p' "$dir/new/forwarding.sysctl" | while read -r key; do
    printf '%s = %s\n' "$key" "$(sysctl -n "$key")"
  done
}

take_lock() {
  mkdir "$lock" 2>/dev/null && return
  # Whoever took it is gone: an attempt takes seconds.
  find "$lock" -maxdepth 0 -mmin +2 -exec rmdir {} \; 2>/dev/null
  mkdir "$lock" 2>/dev/null
}

remember() {
  mkdir -p "$dir/old" || return
  for name in forwarding.nft forwarding.iptables forwarding.ip6tables; do
    if [ -f "$etc/$name" ]; then cp "$etc/$name" "$dir/old/$name"; else : >"$dir/old/$name"; fi || return
  done
  [ -s "$dir/old/forwarding.nft" ] || printf 'table inet drawbridge\ndelete table inet drawbridge\n' >"$dir/old/forwarding.nft" || return
  settings_now >"$dir/old/forwarding.sysctl"
}

arm() {
  if command -v systemd-run >/dev/null 2>&1 && [ -d /run/systemd/system ]; then
    systemd-run --quiet --collect --unit="$timer" sh -c "$undo_text" sh "$dir" "$lock" "$1"
  else
    setsid sh -c "$undo_text" sh "$dir" "$lock" "$1" >/dev/null 2>&1 </dev/null &
  fi
}

disarm() { if [ -d /run/systemd/system ]; then systemctl stop "$timer.service" 2>/dev/null; fi; }

try() { # SECONDS
  command -v nft >/dev/null 2>&1 || fail no-nft 'nft is missing on this host: install nftables.'
  nft -c -f "$dir/new/forwarding.nft" 2>"$dir/errors" || fail refused "$(last_words)"
  take_lock || fail busy 'Somebody else changes the forwarding of this host right now.'
  remember || { clear; fail write '/run/drawbridge can’t be written.'; }
  arm "$1" || { clear; fail no-timer 'The timer that undoes this could not be started.'; }
  if load "$dir/new"; then say loaded; else
    reason=$(last_words)
    undo_now
    fail refused "$reason"
  fi
}

undo_now() {
  mkdir "$dir/decided" 2>/dev/null || fail undone 'The rules were undone already.'
  load "$dir/old"
  disarm
  clear
}

# All of it is written before any of it counts.
stage() { cp "$dir/new/$1" "$2.new" && chmod "$3" "$2.new"; }

install_all() {
  mkdir -p "$etc" && chmod 0755 "$etc" || return
  for name in forwarding.json forwarding.nft forwarding.iptables forwarding.ip6tables forwarding.sysctl; do
    stage "$name" "$etc/$name" 0644 || return
  done
  stage forwarding-load.sh "$etc/forwarding-load.sh" 0755 && stage forwarding.sysctl "$settings" 0644 || return
  if [ -d /run/systemd/system ]; then stage drawbridge-forwarding.service "$unit" 0644 || return; fi
  for file in "$etc"/*.new "$settings.new" "$unit.new"; do
    if [ -f "$file" ]; then mv "$file" "${file%.new}" || return; fi
  done
  if [ ! -s "$settings" ]; then rm -f "$settings"; fi
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload && systemctl -q enable drawbridge-forwarding.service && systemctl -q start drawbridge-forwarding.service
  fi
}

remove_all() {
  if [ -f "$unit" ]; then
    systemctl -q disable --now drawbridge-forwarding.service
    rm -f "$unit"
    systemctl daemon-reload
  fi
  rm -f "$settings" "$etc"/forwarding.* "$etc/forwarding-load.sh"
  rmdir "$etc" 2>/dev/null
  return 0
}

keep() {
  mkdir "$dir/decided" 2>/dev/null || fail undone 'The rules were undone already.'
  if [ -s "$dir/new/forwarding.json" ]; then install_all; else remove_all; fi
  if [ $? -eq 0 ]; then
    disarm
    clear
    say kept
  else
    rm -f "$etc"/*.new "$settings.new" "$unit.new"
    load "$dir/old"
    disarm
    clear
    fail write "The files in $etc can’t be written, so everything is as before. Is the disk full, or read-only?"
  fi
}

case $verb in
  try) try "$3" ;;
  keep) keep ;;
  undo)
    undo_now
    say undone
    ;;
esac
