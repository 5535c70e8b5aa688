# Runs a boot sector (on stdin) under KVM and says how it ended:
#   code=N  exit status of QEMU; 33 is what the boot sector itself makes of it
#   ms=N    how long it took
#   tcg=N   how long it takes without KVM; said only where it took long with it
#   said=…  QEMU's first complaint
# $1 is the time limit in seconds. Nothing is left behind.

qemu=
for name in qemu-system-x86_64 qemu-kvm /usr/libexec/qemu-kvm; do
  if command -v "$name" >/dev/null 2>&1; then qemu=$name; break; fi
done
if [ -z "$qemu" ]; then echo code=127; exit 0; fi

scratch=$(mktemp -d) || { echo code=126; exit 0; }
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
# A disk smaller than a cylinder is none to SeaBIOS.
cat >"$scratch/sector" && truncate -s 1M "$scratch/sector" || { echo code=126; exit 0; }

# Hundredths of a second since the boot, without the point.
now() { read -r up _ </proc/uptime; echo "${up%.*}${up#*.}"; }

exit_device=isa-debug-exit,iobase=0xf4,iosize=0x04

# Sets code and ms.
run() { # SECONDS ACCELERATOR CPU
  before=$(now)
  timeout -s KILL "$1" "$qemu" -accel "$2" -machine q35 -cpu "$3" -m 16 -nodefaults -no-user-config -no-reboot \
    -display none -serial "file:$scratch/serial" -drive "file=$scratch/sector,format=raw,if=virtio,readonly=on" \
    ${exit_device:+-device "$exit_device"} </dev/null >/dev/null 2>"$scratch/said"
  code=$?
  ms=$((($(now) - before) * 10))
  # Without the device its letter on the serial line, and its reset, must do.
  if [ -z "$exit_device" ] && [ "$code" = 0 ] && grep -q K "$scratch/serial"; then code=33; fi
}

run "$1" kvm host
if [ "$code" = 1 ] && grep -q isa-debug-exit "$scratch/said"; then
  # Some builds have no such device.
  exit_device=
  run "$1" kvm host
fi
if [ "$code" = 33 ] && [ "$ms" -ge 1000 ]; then
  # QEMU may have come from a cold disk: once more, and then without KVM, to know how fast this host is at all.
  first=$ms
  run "$1" kvm host
  if [ "$code" != 33 ] || [ "$first" -lt "$ms" ]; then ms=$first; fi
  kvm_ms=$ms
  if [ "$ms" -ge 1000 ]; then
    run "$1" tcg max
    if [ "$code" = 33 ]; then echo "tcg=$ms"; fi
  fi
  code=33 ms=$kvm_ms
fi
echo "code=$code"
echo "ms=$ms"
printf 'said=%s\n' "$(head -c 300 "$scratch/said" | head -n 1)"
