import { Network } from './network.tsx'

export default function NetworkPage() {
  return <Network />
}
