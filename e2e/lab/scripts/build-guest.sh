#!/bin/bash
# build-guest.sh OUT: an overlay layer with a tiny guest: vmlinuz + initrd.img (busybox), guest.qcow2 (boots by itself, by BIOS and UEFI), seed.iso.
set -euo pipefail
out=$1
here=$(cd "$(dirname "$0")" && pwd)
part=$out.part
rm -rf --one-file-system "$part" "$part".d
images=$part/var/lib/libvirt/images
scratch=$part.d
mkdir -p "$images" "$scratch"
chmod 711 "$images"

cd "$scratch"
package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ {print $2; exit}')
[ -n "$package" ] || { echo "apt knows no linux-image-cloud-amd64: the lab's guest needs Debian's cloud kernel" >&2; exit 1; }
apt-get -qq -o APT::Sandbox::User=root download "$package"
dpkg -x linux-image-*.deb kernel
modules=$(ls -d kernel/lib/modules/*)
version=${modules##*/}
cp "kernel/boot/vmlinuz-$version" "$images/vmlinuz"

root=$scratch/initrd
mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,mnt,etc,root,modules}
cp /bin/busybox "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
for module in $(cat "$here/guest-modules") pktgen; do
  file=$(find "$modules" -name "$module.ko" -print -quit)
  [ -n "$file" ] && cp "$file" "$root/modules/"
done
cp "$here/guest-modules" "$root/modules/order"
install -m755 "$here/guest-init.sh" "$root/init"
mknod -m600 "$root/dev/console" c 5 1
(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -6 >"$images/initrd.img"

# A second initrd with the guest agent: twice the size, so only guests that want it load it.
mkdir agent packages
(cd packages && apt-get -qq -o APT::Sandbox::User=root download qemu-guest-agent libc6 libglib2.0-0 libnuma1 libudev1 liburing2 libpcre2-8-0)
for file in packages/*.deb; do dpkg -x "$file" agent-files; done
loader=$scratch/agent-files/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
libraries=$scratch/agent-files/lib/x86_64-linux-gnu:$scratch/agent-files/usr/lib/x86_64-linux-gnu
mkdir -p agent/{lib64,lib,usr/sbin,var/run,modules}
install -m755 "$loader" agent/lib64/
install -m755 agent-files/usr/sbin/qemu-ga agent/usr/sbin/
"$loader" --library-path "$libraries" --list agent-files/usr/sbin/qemu-ga | awk '/=> \// {print $3}' | while read -r library; do
  case $library in "$scratch"/*) install -m644 "$library" agent/lib/ ;; *) echo "the guest agent wants $library, which no package brought" >&2; exit 1 ;; esac
done
cp "$(find "$modules" -name virtio_console.ko -print -quit)" agent/modules/
(cd agent && find . | cpio -o -H newc --quiet) | gzip -6 >agent.img
cat "$images/initrd.img" agent.img >"$images/initrd-agent.img"

# For UEFI: Debian's shim and GRUB, signed as the kernel is, so that secure boot lets all three pass. Only their files are wanted.
(cd packages && rm -f ./*.deb && apt-get -qq -o APT::Sandbox::User=root download shim-signed grub-efi-amd64-signed)
for file in packages/*.deb; do dpkg -x "$file" efi-files; done

# MBR + FAT16 + syslinux, made in a plain file: no loop device needed.
disk=$scratch/disk.raw
truncate -s 48M "$disk"
printf '2048,,0x0e,*\n' | sfdisk -q "$disk"
mkfs.vfat -F16 -n LABGUEST --offset 2048 -S 512 "$disk" $((48 * 1024 - 1024)) >/dev/null
printf 'DEFAULT l\nPROMPT 0\nTIMEOUT 1\nSERIAL 0 115200\nLABEL l\n KERNEL vmlinuz\n INITRD initrd.img\n APPEND %s\n' \
  "$(cat "$here/guest-cmdline")" >syslinux.cfg
export MTOOLS_SKIP_CHECK=1
mcopy -i "$disk@@1M" "$images/vmlinuz" syslinux.cfg ::/
mcopy -i "$disk@@1M" "$images/initrd-agent.img" ::/initrd.img
printf 'serial --unit=0 --speed=115200\nterminal_output serial\nsearch --set=root --file /initrd.img\nlinux /vmlinuz %s\ninitrd /initrd.img\nboot\n' \
  "$(cat "$here/guest-cmdline")" >grub.cfg
mmd -i "$disk@@1M" ::/EFI ::/EFI/BOOT ::/EFI/debian
mcopy -i "$disk@@1M" efi-files/usr/lib/shim/shimx64.efi.signed ::/EFI/BOOT/BOOTX64.EFI
mcopy -i "$disk@@1M" efi-files/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed ::/EFI/BOOT/grubx64.efi
mcopy -i "$disk@@1M" grub.cfg ::/EFI/debian/grub.cfg
syslinux --offset $((2048 * 512)) --install "$disk"
dd if=/usr/lib/syslinux/mbr/mbr.bin of="$disk" bs=440 count=1 conv=notrunc status=none
qemu-img convert -f raw -O qcow2 "$disk" "$images/guest.qcow2"

mkdir seed
printf 'instance-id: i-lab\nlocal-hostname: seeded-guest\n' >seed/meta-data
printf '#cloud-config\nssh_authorized_keys: []\n' >seed/user-data
xorriso -as mkisofs -quiet -V cidata -J -r -o "$images/seed.iso" seed
# Tier 2 boots the same kernel with all its modules.
mkdir -p "$part/kernel"
cp -a "$modules" "$part/kernel/"
cd /
rm -rf --one-file-system "$scratch"
mv -T "$part" "$out"
