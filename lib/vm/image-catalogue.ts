import type { SumAlgorithm } from './image-sums.ts'

/** A vendor's own image for clouds: a disk that cloud-init sets up at its first start. */
export interface CatalogueEntry {
  id: string
  vendor: string
  title: string
  /** As it is kept here. */
  name: string
  url: string
  /** Where the vendor publishes its sums; the image is known in there by the last part of its URL. */
  sumsUrl: string
  algorithm: SumAlgorithm
}

/** x86-64. The addresses are those that always lead to the vendor's newest build, where there are such. */
export const imageCatalogue: readonly CatalogueEntry[] = [
  ...(
    [
      ['13', 'trixie'],
      ['12', 'bookworm'],
    ] as const
  ).map(([version, codeName]): CatalogueEntry => {
    const base = `https://cloud.debian.org/images/cloud/${codeName}/latest`
    const name = `debian-${version}-genericcloud-amd64.qcow2`
    return {
      id: `debian-${version}`,
      vendor: 'Debian',
      title: `Debian ${version} (${codeName})`,
      name,
      url: `${base}/${name}`,
      sumsUrl: `${base}/SHA512SUMS`,
      algorithm: 'sha512',
    }
  }),
  ...(
    [
      ['26.04', 'resolute'],
      ['24.04', 'noble'],
      ['22.04', 'jammy'],
    ] as const
  ).map(([version, codeName]): CatalogueEntry => {
    const base = `https://cloud-images.ubuntu.com/${codeName}/current`
    const name = `${codeName}-server-cloudimg-amd64.img`
    return {
      id: `ubuntu-${version}`,
      vendor: 'Ubuntu',
      title: `Ubuntu ${version} LTS (${codeName})`,
      name,
      url: `${base}/${name}`,
      sumsUrl: `${base}/SHA256SUMS`,
      algorithm: 'sha256',
    }
  }),
  // Once a release is no longer kept, its images move to the archive: these three want renewing twice a year.
  fedora('44', '1.7'),
  ...(['9', '10'] as const).map((version): CatalogueEntry => {
    const base = `https://dl.rockylinux.org/pub/rocky/${version}/images/x86_64`
    const name = `Rocky-${version}-GenericCloud-Base.latest.x86_64.qcow2`
    return {
      id: `rocky-${version}`,
      vendor: 'Rocky Linux',
      title: `Rocky Linux ${version}`,
      name,
      url: `${base}/${name}`,
      sumsUrl: `${base}/${name}.CHECKSUM`,
      algorithm: 'sha256',
    }
  }),
  ...(['9', '10'] as const).map((version): CatalogueEntry => {
    const base = `https://repo.almalinux.org/almalinux/${version}/cloud/x86_64/images`
    const name = `AlmaLinux-${version}-GenericCloud-latest.x86_64.qcow2`
    return {
      id: `almalinux-${version}`,
      vendor: 'AlmaLinux',
      title: `AlmaLinux ${version}`,
      name,
      url: `${base}/${name}`,
      sumsUrl: `${base}/CHECKSUM`,
      algorithm: 'sha256',
    }
  }),
  leap('16.0'),
  alpine('3.24', '3.24.1'),
]

function fedora(version: string, compose: string): CatalogueEntry {
  const base = `https://download.fedoraproject.org/pub/fedora/linux/releases/${version}/Cloud/x86_64/images`
  const name = `Fedora-Cloud-Base-Generic-${version}-${compose}.x86_64.qcow2`
  return {
    id: `fedora-${version}`,
    vendor: 'Fedora',
    title: `Fedora Cloud ${version}`,
    name,
    url: `${base}/${name}`,
    sumsUrl: `${base}/Fedora-Cloud-${version}-${compose}-x86_64-CHECKSUM`,
    algorithm: 'sha256',
  }
}

function leap(version: string): CatalogueEntry {
  const name = `Leap-${version}-Minimal-VM.x86_64-Cloud.qcow2`
  const url = `https://download.opensuse.org/distribution/leap/${version}/appliances/${name}`
  return {
    id: `opensuse-leap-${version}`,
    vendor: 'openSUSE',
    title: `openSUSE Leap ${version}`,
    name,
    url,
    sumsUrl: `${url}.sha256`,
    algorithm: 'sha256',
  }
}

function alpine(series: string, version: string): CatalogueEntry {
  const name = `generic_alpine-${version}-x86_64-bios-cloudinit-r0.qcow2`
  const url = `https://dl-cdn.alpinelinux.org/alpine/v${series}/releases/cloud/${name}`
  return {
    id: `alpine-${series}`,
    vendor: 'Alpine Linux',
    title: `Alpine Linux ${series}`,
    name,
    url,
    sumsUrl: `${url}.sha512`,
    algorithm: 'sha512',
  }
}
