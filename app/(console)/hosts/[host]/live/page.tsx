import { Live } from './live.tsx'

export default function LivePage() {
  return <Live />
}
