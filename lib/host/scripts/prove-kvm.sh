# Runs a boot sector (on stdin) under KVM and says how it ended:
#   code=N  exit status of QEMU; 33 is what the boot sector itself makes of it
#   ms=N    how long it took
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

run() {
  timeout -s KILL "$1" "$qemu" -accel kvm -machine q35 -cpu host -m 16 -nodefaults -no-user-config -no-reboot \
    -display none -serial "file:$scratch/serial" -drive "file=$scratch/sector,format=raw,if=virtio,readonly=on" \
    ${2:+-device "$2"} </dev/null >/dev/null 2>"$scratch/said"
}

before=$(now)
run "$1" isa-debug-exit,iobase=0xf4,iosize=0x04
code=$?
if [ "$code" = 1 ] && grep -q isa-debug-exit "$scratch/said"; then
  # Some builds have no such device. Then the sector's letter on the serial line, and its reset, must do.
  before=$(now)
  run "$1" ''
  code=$?
  if [ "$code" = 0 ] && grep -q K "$scratch/serial"; then code=33; fi
fi
echo "code=$code"
echo "ms=$((($(now) - before) * 10))"
printf 'said=%s\n' "$(head -c 300 "$scratch/said" | head -n 1)"
