import { Changes } from './changes.tsx'

export default function ChangesPage() {
  return <Changes />
}
