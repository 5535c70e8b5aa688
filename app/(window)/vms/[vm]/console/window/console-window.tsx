'use client'
import { ConsolePage } from '@/app/(console)/vms/[vm]/console/console-page.tsx'
import { CurrentVm } from '@/app/(console)/vms/[vm]/current-vm.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Gate } from '@/components/shell/gate.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { useVm } from '@/lib/wire/vms.ts'

/** A VM's console and nothing around it, for a window of its own. @param reference of the VM, as in the address */
export function ConsoleWindow({ reference }: { reference: string }) {
  return (
    <main className="flex min-h-dvh min-w-0 flex-col p-2">
      <Gate>
        <Found reference={reference} />
      </Gate>
    </main>
  )
}

function Found({ reference }: { reference: string }) {
  const { data: vm, error, refetch } = useVm(reference)
  if (vm === undefined)
    return error === null ? <Skeleton rows={8} /> : <ProblemNotice error={error} onRetry={() => void refetch()} />
  return (
    <CurrentVm value={vm}>
      <h1 className="sr-only">{vm.name}</h1>
      <ConsolePage reference={reference} isWindow />
    </CurrentVm>
  )
}
