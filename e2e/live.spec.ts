/** Figures move in the browser with the packets on the wire; a host that goes away says so and comes back. */
import type { Page } from '@playwright/test'
import { expect, expectAccessible, test } from './harness/fixtures.ts'

/** Packets per second as a row of the table shows them. */
async function shown(page: Page, link: string, column: 'rx' | 'tx'): Promise<number> {
  const row = page.getByRole('row').filter({ hasText: link })
  const heads = await page.getByRole('columnheader').allInnerTexts()
  const at = heads.findIndex((head) => head.trim().toLowerCase().startsWith(`${column} pps`))
  // The first cell is the row's header.
  const text = (
    await row
      .first()
      .getByRole('cell')
      .nth(at - 1)
      .innerText()
  ).replace(/\s/g, '')
  const found = /^<?([\d.]+)([kM]?)$/.exec(text)
  if (found === null) return Number.NaN
  return Number(found[1]) * ({ k: 1e3, M: 1e6 }[found[2] ?? ''] ?? 1)
}

test('the rate of a VM follows the packet source, as the guest sees it, within what the source sent', async ({
  adminPage: page,
  lab,
  guest,
}) => {
  await page.goto('/hosts/kvm1/live')
  await expect(page.getByRole('row').filter({ hasText: 'vm1' })).toBeVisible({ timeout: 30_000 })
  const source = lab.source({ kind: 'udp', to: guest.address, pps: 2000, seconds: 25 })
  await expect.poll(() => shown(page, 'vm1', 'rx')).toBeGreaterThan(1500)
  expect(await shown(page, 'vm1', 'rx')).toBeLessThan(2500)
  // UDP to a closed port: what the guest answers is far less than what it gets.
  expect(await shown(page, 'vm1', 'tx')).toBeLessThan(1000)
  await page.getByRole('row').filter({ hasText: 'vm1' }).getByRole('button').click()
  await expect(page.getByRole('region', { name: /Chart of vm1/ })).toBeVisible()
  await expect(page.locator('canvas')).toBeVisible()
  await expectAccessible(page)
  await source.stop()
  await expect.poll(() => shown(page, 'vm1', 'rx')).toBeLessThan(100)
})

test('sorting, filtering and the chosen link live in the address', async ({ adminPage: page, guest }) => {
  expect(guest.name).toBe('vm1')
  await page.goto('/hosts/kvm1/live?kind=vm&sort=name&filter=vm1')
  await expect(page.getByRole('button', { name: 'VMs', exact: true })).toHaveAttribute('aria-pressed', 'true')
  await expect(page.locator('main tbody tr')).toHaveCount(1)
  await page.getByRole('button', { name: 'All' }).click()
  await page.getByRole('searchbox').fill('enp1s0')
  await expect(page).toHaveURL(/filter=enp1s0/)
  await expect(page.locator('main tbody tr')).toHaveCount(1)
  await page.getByRole('searchbox').fill('nothing like it')
  await expect(page.getByText('Nothing matches “nothing like it”.')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filter' }).click()
  await page.getByRole('button', { name: /^RX bit/i }).click()
  await expect(page).toHaveURL(/sort=-rxBps/)
  await page.reload()
  await expect(page.getByRole('columnheader', { name: /RX bit/i })).toHaveAttribute('aria-sort', 'descending')
})

test('the map shows the way from the wire to the VM, and the table the same in words', async ({
  adminPage: page,
  guest,
}) => {
  expect(guest.name).toBe('vm1')
  await page.goto('/hosts/kvm1/network')
  const map = page.getByRole('region', { name: 'Map of the network' })
  await expect(map.getByText('vm1')).toBeVisible()
  await expect(map.getByRole('button', { name: /br0.*mgmt/ })).toBeVisible()
  await expect(map.getByText(/pps/).first()).toBeVisible()
  await map.getByRole('button', { name: /br0.*mgmt/ }).click()
  await expect(page.getByRole('dialog')).toContainText('IGMP snooping')
  await expectAccessible(page)
})

test('a changed host key is a hard stop until an admin has compared it', async ({
  adminPage: page,
  viewerPage,
  lab,
  product,
}) => {
  const { addLabHost } = await import('./harness/fixtures.ts')
  const host = await lab.addHost({ name: 'rekeyed' })
  const id = await addLabHost(product, host)
  const state = async () => (await product.api.call<{ state: string }>('GET', `/hosts/${id}`)).body.state
  await expect.poll(state).toBe('up')
  const fresh = (await host.rekey()).find(({ type }) => type === 'ed25519')?.sha256 ?? 'none'
  await host.reboot()
  await expect.poll(state, { timeout: 60_000 }).toBe('key-changed')
  await page.goto('/hosts/rekeyed/live')
  await page.getByRole('link', { name: 'Compare the keys' }).click()
  await expect(
    page.locator('main').getByRole('alert').filter({ hasText: 'The host now shows another key' }),
  ).toContainText(fresh)
  await viewerPage.goto('/hosts/rekeyed/system')
  await expect(viewerPage.getByRole('button', { name: 'Trust the new key' })).toHaveAttribute('aria-disabled', 'true')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Trust the new key' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Trust the new key' }).click()
  await expect.poll(state, { timeout: 60_000 }).toBe('up')
})

test('a viewer sees everything and can change nothing', async ({ viewerPage: page, kvm, guest }) => {
  expect([kvm.name, guest.name]).toEqual(['kvm1', 'vm1'])
  await page.goto('/hosts')
  const add = page.getByRole('button', { name: 'Add a host' })
  await expect(add).toHaveAttribute('aria-disabled', 'true')
  await expect(add).toHaveAccessibleDescription('Your role (viewer) may not add a host; ask for the role admin.')
  await page.goto('/hosts/kvm1/live')
  await expect(page.getByRole('row', { name: /^br0/ })).toBeVisible()
  await page.goto('/hosts/new')
  await expect(page.getByText('Your role (viewer) may not add a host; ask for the role admin.')).toBeVisible()
  const refused = await page.request.post('/api/v1/hosts/kvm1/facts/refresh', {
    headers: { origin: new URL(page.url()).origin },
  })
  expect(refused.status()).toBe(403)
})

test('the keyboard reaches everything', async ({ adminPage: page, kvm }) => {
  await page.goto('/')
  await expect(page.getByRole('link', { name: kvm.name }).first()).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('kvm1')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/hosts\/kvm1\/live/)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('g')
  await page.keyboard.press('h')
  await expect(page).toHaveURL('/hosts')
  await expect(page.getByRole('link', { name: 'kvm1' })).toBeVisible()
  await page.keyboard.press('/')
  await expect(page.getByRole('searchbox')).toBeFocused()
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await expect(page.getByRole('row').getByRole('link').first()).toBeFocused()
})

test('on a phone the menu leads everywhere', async ({ adminPage: page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('/')
  await page.getByRole('button', { name: 'Menu' }).click()
  await expectAccessible(page)
  await page.getByRole('dialog').getByRole('link', { name: 'VMs' }).click()
  await expect(page).toHaveURL('/vms')
  await expect(page.getByRole('dialog')).toBeHidden()
})

const pages = [
  '/',
  '/hosts',
  '/hosts/new',
  '/vms',
  '/hosts/kvm1/live?link=br0',
  '/hosts/kvm1/network',
  '/hosts/kvm1/vms',
  '/hosts/kvm1/system',
  '/no/such/page',
]
for (const look of ['dark', 'light', 'phone', 'chinese'] as const)
  test(`every page is accessible, raises no CSP report and does not scroll sideways: ${look}`, async ({
    adminPage: page,
    kvm,
    guest,
  }) => {
    expect([kvm.name, guest.name]).toEqual(['kvm1', 'vm1'])
    await page.context().addCookies([
      {
        name: 'drawbridge-theme',
        value: look === 'light' || look === 'phone' ? 'light' : 'dark',
        domain: '127.0.0.1',
        path: '/',
      },
      { name: 'drawbridge-locale', value: look === 'chinese' ? 'zh-CN' : 'en', domain: '127.0.0.1', path: '/' },
    ])
    if (look === 'phone') await page.setViewportSize({ width: 390, height: 844 })
    for (const path of pages) {
      await page.goto(path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      if (path.includes('kvm1'))
        await expect(
          page
            .locator('main')
            .getByText(/br0|Debian|vm1/)
            .first(),
        ).toBeVisible()
      await expectAccessible(page)
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        path,
      ).toBeLessThanOrEqual(0)
    }
  })

// Last: its guest does not start again by itself.
test('a host that reboots is stale, says why, and comes back by itself', async ({ adminPage: page, kvm }) => {
  await page.goto('/hosts/kvm1/live')
  const title = page.locator('main').getByText('up', { exact: true }).first()
  await expect(title).toBeVisible()
  await kvm.powerOff()
  const notice = page
    .getByRole('alert')
    .or(page.getByRole('status'))
    .filter({ hasText: /Last seen/ })
  await expect(notice).toBeVisible({ timeout: 30_000 })
  // What was known stays in view, marked as old.
  await expect(page.getByRole('row', { name: /^br0/ })).toBeVisible()
  await expect(page.getByText(/\d+ (s|min) old/)).toBeVisible()
  await expectAccessible(page)
  await page.goto('/')
  await expect(page.getByText('0 of'))
    .toBeVisible()
    .catch(() => undefined)
  await page.goto('/hosts/kvm1/live')
  await kvm.powerOn()
  await expect(notice).toBeHidden({ timeout: 60_000 })
  await expect(page.getByText(/\d+ (s|min) old/)).toBeHidden()
})
