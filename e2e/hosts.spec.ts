/** A host gets into the inventory, each way of signing in; what is wrong is named, with the way out. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { claim, expect, expectAccessible, test } from './harness/fixtures.ts'
import { startProduct } from './harness/product.ts'
import type { LabHost } from './lab/host.ts'

async function trust(page: Page, host: LabHost): Promise<void> {
  await page.goto('/hosts')
  await page
    .getByRole('button', { name: 'Add a host' })
    .or(page.getByRole('link', { name: 'Add the first host' }))
    .first()
    .click()
  await page.getByLabel('Address').fill(host.address)
  await page.getByRole('button', { name: 'Ask the host' }).click()
  const notice = page.getByRole('status').filter({ hasText: 'Is this your host?' })
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  await expect(notice).toContainText(fingerprint ?? 'no fingerprint')
  await notice.getByRole('button', { name: 'Yes, this is my host' }).click()
}

async function isUp(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Add this host' }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(
    page
      .getByText('● up')
      .or(page.locator('main').getByText('up', { exact: true }))
      .first(),
  ).toBeVisible()
}

test('with a key made by Drawbridge, installed by the command it shows', async ({ adminPage: page, lab, product }) => {
  const host = await lab.addHost({ name: 'one' })
  await trust(page, host)
  await page.getByLabel('Name').fill('one')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Make a key' }).click()
  const command = await page.getByLabel('Command that installs the key').innerText()
  await host.sh(command)
  await isUp(page, 'one')
  const known = await product.api.call<{ keys: unknown[]; signIn: string }>('GET', '/hosts/one')
  expect(known.body).toMatchObject({ name: 'one', signIn: 'generated-key', keys: [{ pinnedBy: 'Ada' }] })
})

test('with a password, used once, through a host that is already known', async ({
  adminPage: page,
  lab,
  product,
  kvm,
}) => {
  const host = await lab.addHost({ name: 'two', rootPassword: true })
  expect(kvm.name).toBe('kvm1')
  await page.goto('/hosts/new')
  await page.getByLabel('Address').fill(host.address)
  await page.getByLabel('Reach it through').selectOption({ label: 'kvm1' })
  await page.getByRole('button', { name: 'Ask the host' }).click()
  await page.getByRole('button', { name: 'Yes, this is my host' }).click()
  await page.getByLabel('Name').fill('two')
  await page.getByRole('radio', { name: 'A password, once' }).check()
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await page.getByRole('button', { name: 'Add this host' }).click()
  await expect(page.locator('main').getByRole('alert')).toContainText(/password|sign in|refused/i)
  await page.getByLabel('Password', { exact: true }).fill('drawbridge-lab')
  await isUp(page, 'two')
  await page.getByRole('link', { name: 'System' }).click()
  await expect(page.getByText('a key made by Drawbridge')).toBeVisible()
  await expect(page.getByRole('definition').filter({ hasText: 'kvm1' })).toBeVisible()
  expect(product.output()).not.toContain('drawbridge-lab')
})

test('with an existing key, as a user who may use sudo', async ({ adminPage: page, lab }) => {
  const host = await lab.addHost({ name: 'three' })
  await trust(page, host)
  await page.getByLabel('Name').fill('three')
  await page.getByLabel('User', { exact: true }).fill('kvmadmin')
  await page.getByRole('radio', { name: 'An existing key' }).check()
  await page.getByLabel('Private key').fill(await readFile(host.keyPath, 'utf8'))
  await isUp(page, 'three')
})

test('with the agent of the process that runs Drawbridge', async ({ browser, lab }) => {
  const host = await lab.addHost({ name: 'agented' })
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-agent-'))
  const socket = join(folder, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  try {
    await expect.poll(() => existsSync(socket)).toBe(true)
    execFileSync('ssh-add', ['-q', host.keyPath], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
    const product = await claim(await startProduct({ SSH_AUTH_SOCK: socket }))
    try {
      const context = await browser.newContext({ baseURL: product.url })
      await context.addCookies(product.cookiesOf.admin)
      const page = await context.newPage()
      await trust(page, host)
      await page.getByLabel('Name').fill('agented')
      await page.getByRole('radio', { name: 'The SSH agent' }).check()
      await isUp(page, 'agented')
      await context.close()
    } finally {
      await product.close()
    }
  } finally {
    agent.kill()
    await rm(folder, { recursive: true, force: true })
  }
})

test('an agent that is not there, a refused port, a silent address: named, and nothing typed is lost', async ({
  adminPage: page,
  lab,
}) => {
  const host = await lab.addHost({ name: 'four' })
  await trust(page, host)
  await page.getByLabel('Name').fill('four')
  await page.getByRole('radio', { name: 'The SSH agent' }).check()
  await page.getByRole('button', { name: 'Add this host' }).click()
  await expect(page.locator('main').getByRole('alert')).toContainText(/agent/i)
  await expect(page.getByLabel('Name')).toHaveValue('four')
  await page.getByLabel('Port').fill('2')
  await page.getByRole('button', { name: 'Ask the host' }).click()
  await expect(page.locator('main').getByRole('alert')).toContainText(/refused|nothing listens/i)
  await page.getByLabel('Address').fill('no-such-host.invalid')
  await page.getByRole('button', { name: 'Ask the host' }).click()
  await expect(page.locator('main').getByRole('alert')).toContainText('no-such-host.invalid')
  await page.getByLabel('Address').fill('not an address')
  await page.getByRole('button', { name: 'Ask the host' }).click()
  await expect(page.getByText('Use a host name, an IPv4 or an IPv6 address.')).toBeVisible()
})

test('a host is prepared by a job whose commands were shown, and doing it twice changes nothing', async ({
  adminPage: page,
  kvm,
}) => {
  await kvm.sh(
    'virsh pool-info default >/dev/null 2>&1 && virsh pool-destroy default; virsh pool-undefine default; true',
  )
  await page.goto('/hosts/kvm1/prepare')
  const list = page.getByRole('list', { name: 'Check list' })
  const pool = list.getByRole('listitem').filter({ hasText: /storage pool/i })
  await expect(pool).toContainText('missing')
  await expectAccessible(page)
  await pool.getByRole('button', { name: 'Fix' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('virsh')
  await dialog.getByRole('button', { name: 'Run them' }).click()
  await expect(page.getByText('done', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
  await expectAccessible(page)
  expect(await kvm.sh('virsh pool-list --name')).toContain('default')
  await page.goto('/hosts/kvm1/prepare')
  await expect(pool).toContainText('in order')
})

test('a host is renamed, and removed only by its name', async ({ adminPage: page, lab, product }) => {
  const host = await lab.addHost({ name: 'five' })
  const probed = await product.api.call<{ keys: { fingerprint: string }[] }>('POST', '/hosts/probe', {
    address: host.address,
    port: 22,
  })
  await product.api.call('POST', '/hosts', {
    name: 'five',
    address: host.address,
    user: 'root',
    signIn: { kind: 'stored-key', privateKey: await readFile(host.keyPath, 'utf8') },
    fingerprint: probed.body.keys[0]?.fingerprint,
  })
  await page.goto('/hosts/five/system')
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('Name').fill('fifth')
  await page.getByLabel('Tags').fill('rack-2 lab')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'fifth' })).toBeVisible()
  await expect(page.getByText('rack-2 · lab')).toBeVisible()
  await page.getByRole('button', { name: 'Remove from Drawbridge' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Type fifth to confirm').fill('five')
  await expect(dialog.getByRole('button', { name: 'Remove from Drawbridge' })).toHaveAttribute('aria-disabled', 'true')
  await dialog.getByLabel('Type fifth to confirm').fill('fifth')
  await dialog.getByRole('button', { name: 'Remove from Drawbridge' }).click()
  await expect(page).toHaveURL('/hosts')
  expect((await product.api.call('GET', '/hosts/fifth')).status).toBe(404)
})
