import { afterAll, beforeAll, expect, test } from 'vitest'
import { labSession } from '../../e2e/harness/lab-session.ts'
import { openLab, type Lab } from '../../e2e/lab/lab.ts'
import type { LabHost } from '../../e2e/lab/host.ts'
import { tryKvm } from './kvm-proof.ts'

let lab: Lab
let works: LabHost

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  works = await lab.addHost({ name: 'works', kvm: 'emulated' })
})
afterAll(() => lab?.close())

const leftovers = (host: LabHost) => host.sh('ls -A /tmp; pgrep -a qemu || true')

test.each(['root', 'kvmadmin'])('where guests run, the boot sector does, for %s', async (user) => {
  await using session = await labSession(works, user)
  const before = await leftovers(works)
  const proof = await tryKvm(session.value, true)
  expect(proof).toEqual({ ran: true, milliseconds: expect.any(Number), tcgMilliseconds: null })
  expect(await leftovers(works)).toBe(before)
})

test('without isa-debug-exit its letter and its reset are proof enough', async () => {
  await using session = await labSession(works)
  // As a build of QEMU without that device answers.
  const real = '/usr/bin/qemu-system-x86_64'
  await works.sh(`mv ${real} ${real}.full && cat > ${real} && chmod 755 ${real}`, {
    stdin: `#!/bin/sh\ncase "$*" in *isa-debug-exit*) echo "'isa-debug-exit' is not a valid device model name" >&2; exit 1;; esac\nexec ${real}.full "$@"\n`,
  })
  try {
    expect(await tryKvm(session.value, true)).toMatchObject({ ran: true })
  } finally {
    await works.sh(`mv ${real}.full ${real}`)
  }
})

test('a QEMU that hangs is given up after 5 s and leaves nothing', async () => {
  await using session = await labSession(works)
  const real = '/usr/bin/qemu-system-x86_64'
  await works.sh(`mv ${real} ${real}.full && cat > ${real} && chmod 755 ${real}`, {
    stdin: '#!/bin/sh\nexec sleep 600\n',
  })
  try {
    const before = await leftovers(works)
    expect(await tryKvm(session.value, true)).toMatchObject({
      ran: false,
      said: null,
      milliseconds: expect.closeTo(5000, -3),
    })
    expect(await leftovers(works)).toBe(before)
    expect(await works.sh('pgrep -fx "sleep 600" || true')).toBe('')
  } finally {
    await works.sh(`mv ${real}.full ${real}`)
  }
})

test('where QEMU is not installed nothing is proven', async () => {
  await using session = await labSession(works)
  await works.sh('mv /usr/bin/qemu-system-x86_64 /usr/bin/qemu-system-x86_64.away')
  try {
    expect(await tryKvm(session.value, true)).toBeNull()
  } finally {
    await works.sh('mv /usr/bin/qemu-system-x86_64.away /usr/bin/qemu-system-x86_64')
  }
})
