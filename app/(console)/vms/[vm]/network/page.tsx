import { VmNetwork } from './network.tsx'

export default function VmNetworkPage() {
  return <VmNetwork />
}
