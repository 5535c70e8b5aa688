import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'

const cases = join(import.meta.dirname, 'cases/netplan')

let lab: Lab
let host: LabHost
beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'np', flavour: 'netplan' })
})
afterAll(() => lab?.close())

test.each(readdirSync(cases))('netplan itself takes what is written: %s', async (name) => {
  await host.sh('rm -rf /run/case; mkdir -p /run/case/etc/netplan')
  const folder = join(cases, name, 'after/etc/netplan')
  for (const file of readdirSync(folder)) {
    const stdin = readFileSync(join(folder, file), 'utf8')
    expect((await host.exec(['tee', `/run/case/etc/netplan/${file}`], { stdin })).code).toBe(0)
  }
  const ran = await host.exec(['netplan', 'generate', '--root-dir', '/run/case'])
  expect(ran).toMatchObject({ code: 0, stdout: '' })
  expect((await host.exec(['ls', '/run/case/run/systemd/network'])).stdout).toContain('.network')
})
