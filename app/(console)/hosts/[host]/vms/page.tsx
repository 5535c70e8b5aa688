import { HostVms } from './host-vms.tsx'

export default function HostVmsPage() {
  return <HostVms />
}
