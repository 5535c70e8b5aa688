import { VmSettings } from './settings.tsx'

export default function VmSettingsPage() {
  return <VmSettings />
}
