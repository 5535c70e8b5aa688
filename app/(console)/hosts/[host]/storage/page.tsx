import { Images } from './images.tsx'
import { Pools } from './pools.tsx'

export default function StoragePage() {
  return (
    <div className="flex flex-col gap-8">
      <Pools />
      <Images />
    </div>
  )
}
