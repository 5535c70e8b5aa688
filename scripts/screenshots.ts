/**
 * Makes the pictures of README and docs from real hosts: `node scripts/screenshots.ts` (needs root, and a build).
 * They land in public/screenshots.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { apiAt } from '../e2e/harness/api.ts'
import { startProduct } from '../e2e/harness/product.ts'
import type { LabHost } from '../e2e/lab/host.ts'
import { openLab } from '../e2e/lab/lab.ts'

const folder = join(import.meta.dirname, '..', 'public', 'screenshots')
/** The small lines show two minutes; half of that is enough to be seen. */
const watchMs = 70_000
const person = { email: 'ada@example.org', password: 'correct horse battery' }

const say = (line: string) => process.stderr.write(`${line}\n`)
await using lab = await openLab({ say })
const product = await startProduct()
try {
  const post = async (path: string, body: unknown, cookie = ''): Promise<Response> => {
    const headers = { 'content-type': 'application/json', origin: product.url, cookie }
    const answer = await fetch(`${product.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  const claimed = await post('/setup', { token: await product.setupToken(), name: 'Ada', ...person })
  const pairs = claimed.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
  const made = (await (await post('/tokens', { name: 'pictures', role: 'admin' }, pairs.join('; '))).json()) as {
    token: string
  }
  const api = apiAt(product.url, made.token)

  const add = async (name: string, host: LabHost): Promise<void> => {
    const probe = await api.call<{ keys: { fingerprint: string }[] }>('POST', '/hosts/probe', { address: host.address })
    const added = await api.call('POST', '/hosts', {
      name,
      address: host.address,
      user: 'root',
      signIn: { kind: 'stored-key', privateKey: await readFile(host.keyPath, 'utf8') },
      fingerprint: probe.body.keys[0]?.fingerprint,
    })
    if (added.status !== 201) throw new Error(JSON.stringify(added.body))
    await host.sh(
      'virsh -q pool-define-as default dir --target /var/lib/libvirt/images && virsh -q pool-start default && cp /var/lib/libvirt/images/guest.qcow2 /var/lib/libvirt/images/debian-12.qcow2 && virsh -q pool-refresh default',
    )
  }
  const presets = await api.call('POST', '/presets/usual', { image: 'debian-12.qcow2' })
  if (presets.status !== 200) throw new Error(JSON.stringify(presets.body))

  for (const [name, guests] of [
    ['kvm-01', ['db', 'mail']],
    ['kvm-02', ['web', 'build']],
  ] as const) {
    const host = await lab.addHost({ name: name.replace('-', ''), bridge: true })
    for (const guest of guests) lab.traffic((await host.addGuest({ name: guest })).address, 1500)
    await add(name, host)
  }

  const edge = await lab.addHost({ name: 'kvm03' })
  await add('kvm-03', edge)

  /** A bridge over the NIC that carries SSH: reviewed, waiting for a yes, cut off, and restored by the host. */
  const networkChange = async (page: Page): Promise<void> => {
    const shoot = async (name: string): Promise<void> => {
      await page.screenshot({ path: join(folder, `${name}.png`) })
      say(`${name}.png`)
    }
    const bar = page.getByRole('region', { name: 'Pending changes' })
    await page.getByRole('button', { name: 'Actions for enp1s0' }).click()
    await page.getByRole('menuitem', { name: 'Bridge this link' }).click()
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('button', { name: '60 s' }).click()
    await page.getByRole('list', { name: 'Steps' }).waitFor()
    await shoot('change-review-dark')
    await page.getByRole('button', { name: /^Apply, undo in/ }).click()
    await bar.getByRole('button', { name: 'Keep' }).and(page.locator(':enabled')).waitFor({ timeout: 60_000 })
    await shoot('change-pending-dark')
    await edge.carrier('enp1s0', 'down')
    await bar.getByText('is silent').waitFor({ timeout: 60_000 })
    await shoot('change-silent-dark')
    await edge.carrier('enp1s0', 'up')
    await page.getByText('restored itself').first().waitFor({ timeout: 150_000 })
    await shoot('change-restored-dark')
  }

  await mkdir(folder, { recursive: true })
  await using browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  const open = async (theme: string, locale: string, path: string, width = 1280): Promise<Page> => {
    const context = await browser.newContext({
      viewport: { width, height: width < 500 ? 844 : 720 },
      deviceScaleFactor: 2,
    })
    const cookie = (name: string, value: string) => ({ name, value, domain: '127.0.0.1', path: '/' })
    await context.addCookies([
      ...pairs.map((pair) =>
        cookie(pair.slice(0, pair.indexOf('=')), decodeURIComponent(pair.slice(pair.indexOf('=') + 1))),
      ),
      cookie('drawbridge-theme', theme),
      cookie('drawbridge-locale', locale),
    ])
    const page = await context.newPage()
    await page.goto(product.url + path)
    return page
  }
  const pictures = {
    'live-dark': await open('dark', 'en', '/hosts/kvm-02/live'),
    'fleet-light': await open('light', 'en', '/'),
    'network-dark': await open('dark', 'en', '/hosts/kvm-01/network'),
    'vm-new-dark': await open('dark', 'en', '/vms/new?preset=small'),
    'vm-new-full-light': await open('light', 'en', '/vms/new/full?preset=small'),
    'vms-dark': await open('dark', 'en', '/vms'),
    'storage-light': await open('light', 'en', '/hosts/kvm-01/storage'),
    'vm-console-dark': await open('dark', 'en', '/vms/kvm-01:db/console?view=serial'),
    'live-chinese-phone': await open('light', 'zh-CN', '/hosts/kvm-01/live', 390),
  }
  await new Promise((resolve) => setTimeout(resolve, watchMs))
  await pictures['live-dark'].getByRole('button', { name: /^web/ }).click()
  await pictures['live-dark'].locator('canvas').waitFor()
  await pictures['vm-new-full-light'].locator('#network').evaluate((section) => section.scrollIntoView())
  for (const [name, page] of Object.entries(pictures)) {
    await page.bringToFront()
    await page.waitForTimeout(2500)
    await page.screenshot({ path: join(folder, `${name}.png`) })
    say(`${name}.png`)
  }
  await networkChange(await open('dark', 'en', '/hosts/kvm-03/network'))
} finally {
  await product.close()
}
