import { Forwarding } from './forwarding.tsx'
import { Networks } from './networks.tsx'

export default function NetworksPage() {
  return (
    <div className="flex flex-col gap-8">
      <Networks />
      <Forwarding />
    </div>
  )
}
