import { AxeBuilder } from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test as base } from '@playwright/test'
import type { LabGuest } from '../lab/guest.ts'
import type { LabHost } from '../lab/host.ts'
import { type Lab, openLab } from '../lab/lab.ts'
import { type Api, apiAt } from './api.ts'
import { type Product, startProduct } from './product.ts'

export interface Person {
  email: string
  password: string
}

export const admin: Person = { email: 'ada@example.org', password: 'correct horse battery' }
export const viewer: Person = { email: 'vera@example.org', password: 'staple correct horse' }

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>

export interface Claimed extends Product {
  /** As admin, with a bearer token. */
  api: Api
  cookiesOf: { admin: Cookies; viewer: Cookies }
}

/** Signs in through the API; the cookies are what a browser would hold. */
async function signIn(url: string, person: Person): Promise<Cookies> {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(person),
  })
  if (!answer.ok) throw new Error(`sign-in failed: ${answer.status} ${await answer.text()}`)
  return answer.headers.getSetCookie().map((line) => {
    const [pair = ''] = line.split(';')
    const at = pair.indexOf('=')
    const rest = {
      domain: '127.0.0.1',
      path: '/',
      expires: -1,
      httpOnly: true,
      secure: false,
      sameSite: 'Lax' as const,
    }
    return { name: pair.slice(0, at), value: decodeURIComponent(pair.slice(at + 1)), ...rest }
  })
}

/** Makes the first admin, a viewer and a token. */
export async function claim(product: Product): Promise<Claimed> {
  const anonymous = apiAt(product.url, null)
  const claimed = await fetch(`${product.url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: product.url },
    body: JSON.stringify({ token: await product.setupToken(), name: 'Ada', ...admin }),
  })
  if (!claimed.ok) throw new Error(`set-up failed: ${claimed.status} ${await claimed.text()}`)
  const adminCookies = await signIn(product.url, admin)
  const cookie = adminCookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ')
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${product.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: product.url, cookie },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }
  const made = await post('/tokens', { name: 'tests', role: 'admin' })
  await post('/users', { name: 'Vera', role: 'viewer', ...viewer })
  expect((await anonymous.call('GET', '/hosts')).status).toBe(401)
  return {
    ...product,
    api: apiAt(product.url, String(made.token)),
    cookiesOf: { admin: adminCookies, viewer: await signIn(product.url, viewer) },
  }
}

/** Adds a lab host through the API, with the lab's own key. Answers the host's id. */
export async function addLabHost(product: Claimed, host: LabHost, name: string = host.name): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const probed = await product.api.call<{ keys: { fingerprint: string }[] }>('POST', '/hosts/probe', {
    address: host.address,
    port: host.sshPort,
  })
  const added = await product.api.call<{ id: string }>('POST', '/hosts', {
    name,
    address: host.address,
    port: host.sshPort,
    user: 'root',
    signIn: { kind: 'stored-key', privateKey: await readFile(host.keyPath, 'utf8') },
    fingerprint: probed.body.keys[0]?.fingerprint,
  })
  if (added.status !== 201) throw new Error(`the host was not added: ${added.status} ${JSON.stringify(added.body)}`)
  return added.body.id
}

/** No accessibility violation on the page as it stands. */
export async function expectAccessible(page: Page): Promise<void> {
  // A button that is just being enabled has, for a moment, neither of its two colours.
  await expect.poll(() => page.evaluate(isStill)).toBe(true)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  )
}

/** In the page: nothing moves but what moves for ever. */
const isStill = (): boolean =>
  document
    .getAnimations()
    .every(({ playState, effect }) => playState !== 'running' || effect?.getComputedTiming().endTime === Infinity)

interface PerTest {
  /** Signed in as admin. */
  adminPage: Page
  viewerPage: Page
  /** Content-Security-Policy reports and uncaught errors of every page of the test; asserted empty at its end. */
  faults: string[]
}
interface PerWorker {
  /** A file that names a ground of its own (`test.use`) gets a lab and a product that no other file has used. */
  ground: string
  lab: Lab
  /** The guest on `kvm`, called `vm1`. */
  guest: LabGuest
  /** A networkd host with br0 over its SSH NIC, added as `kvm1`. */
  kvm: LabHost
  product: Claimed
}

function listen(page: Page, faults: string[]): void {
  page.on('console', (message) => {
    if (/content security policy|refused to (load|execute|apply|connect)/i.test(message.text()))
      faults.push(`CSP: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`))
}

export const test = base.extend<PerTest, PerWorker>({
  ground: ['shared', { option: true, scope: 'worker' }],
  lab: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names out of the pattern
    async ({}, use) => {
      const lab = await openLab()
      await use(lab)
      await lab.close()
    },
    { scope: 'worker', timeout: 600_000 },
  ],
  product: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const product = await startProduct()
      try {
        await use(await claim(product))
      } finally {
        await product.close()
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  kvm: [
    async ({ lab, product }, use) => {
      const host = await lab.addHost({ name: 'kvm1', bridge: true })
      await addLabHost(product, host)
      await use(host)
    },
    { scope: 'worker', timeout: 600_000 },
  ],
  guest: [async ({ kvm }, use) => use(await kvm.addGuest({ name: 'vm1' })), { scope: 'worker', timeout: 120_000 }],
  faults: [
    async ({ context }, use) => {
      const faults: string[] = []
      context.on('page', (page) => listen(page, faults))
      await use(faults)
      expect(faults).toEqual([])
    },
    { auto: true },
  ],
  adminPage: async ({ browser, product, faults }, use) => {
    const context = await browser.newContext({
      baseURL: product.url,
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
    })
    await context.addCookies(product.cookiesOf.admin)
    // Windows that the page opens too.
    context.on('page', (page) => listen(page, faults))
    await use(await context.newPage())
    await context.close()
  },
  viewerPage: async ({ browser, product, faults }, use) => {
    const context = await browser.newContext({
      baseURL: product.url,
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
    })
    await context.addCookies(product.cookiesOf.viewer)
    // Windows that the page opens too.
    context.on('page', (page) => listen(page, faults))
    await use(await context.newPage())
    await context.close()
  },
})
export { expect } from '@playwright/test'
