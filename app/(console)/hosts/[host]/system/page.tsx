import { System } from './system.tsx'

export default function SystemPage() {
  return <System />
}
