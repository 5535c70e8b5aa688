import { VmDefinitionPage } from './definition.tsx'

export default function DefinitionPage() {
  return <VmDefinitionPage />
}
