#!/bin/bash
# Stands in for qemu on a host with `kvm: emulated`: what is asked to run on KVM runs on TCG.
args=()
while [ $# -gt 0 ]; do
  case $1 in
    -accel) args+=(-accel "${2/kvm/tcg}"); shift 2 ;;
    -cpu) cpu=${2/#host/max}; args+=(-cpu "${cpu//,migratable=on/}"); shift 2 ;;
    -machine) args+=(-machine "${2/accel=kvm,/accel=tcg,}"); shift 2 ;;
    *) args+=("$1"); shift ;;
  esac
done
exec -a qemu-system-x86_64 /usr/bin/qemu-system-x86_64.real "${args[@]}"
