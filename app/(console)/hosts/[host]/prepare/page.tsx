import { Prepare } from './prepare.tsx'

export default function PreparePage() {
  return <Prepare />
}
