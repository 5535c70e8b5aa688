/** A host's network is changed from the browser, and can't be lost by it: kept, undone, cut off, reverted. */
import type { Locator, Page } from '@playwright/test'
import { addLabHost, expect, expectAccessible, test } from './harness/fixtures.ts'
import type { LabHost } from './lab/host.ts'

const bar = (page: Page): Locator => page.getByRole('region', { name: 'Pending changes' })

async function openNetwork(page: Page, host: string): Promise<void> {
  await page.goto(`/hosts/${host}/network`)
  await expect(page.getByRole('button', { name: 'Actions for enp1s0' })).toBeVisible({ timeout: 30_000 })
}

/** Row → Bridge this link → Review. Answers how many clicks that took. */
async function reviewBridge(page: Page, nic: string): Promise<number> {
  let clicks = 0
  const click = async (target: Locator): Promise<void> => {
    await target.click()
    clicks++
  }
  await click(page.getByRole('button', { name: `Actions for ${nic}` }))
  await click(page.getByRole('menuitem', { name: 'Bridge this link' }))
  await click(page.getByRole('button', { name: 'Review' }))
  return clicks
}

const apply = (page: Page): Locator => page.getByRole('button', { name: /^Apply, undo in/ })

/** Bridges the NIC that carries SSH and waits until the host waits for a yes. */
async function bridgeManagement(page: Page, host: string): Promise<void> {
  await openNetwork(page, host)
  await reviewBridge(page, 'enp1s0')
  await page.getByRole('button', { name: '60 s' }).click()
  await apply(page).click()
  await expect(bar(page)).toContainText(`If you do nothing, ${host} restores itself at`, { timeout: 60_000 })
}

const masterOf = (host: LabHost, nic: string): Promise<string> =>
  host.sh(`ip -j link show ${nic} | grep -o '"master":"[^"]*"' || true`)

test('a bridge on the NIC that carries SSH takes at most four clicks, and is kept', async ({
  adminPage: page,
  lab,
  product,
}) => {
  const host = await lab.addHost({ name: 'keeps' })
  await addLabHost(product, host)
  await openNetwork(page, 'keeps')
  let clicks = await reviewBridge(page, 'enp1s0')
  const review = page.getByRole('dialog')
  await expect(review.getByRole('list', { name: 'Steps' })).toContainText('Create the bridge br0.')
  await expect(review.getByRole('list', { name: 'Risks' }).getByRole('listitem').first()).toContainText(
    'Danger This moves the link that carries Drawbridge’s own connection.',
  )
  await expect(review.getByRole('group', { name: /^Changes in \/etc\// }).first()).toBeVisible()
  await review.getByText('Equivalent API call').click()
  await expect(review.getByLabel('Equivalent API call')).toContainText('/api/v1/hosts/keeps/changes')
  await expectAccessible(page)
  await apply(page).click()
  clicks++
  expect(clicks).toBeLessThanOrEqual(4)

  await expect(bar(page)).toContainText('If you do nothing, keeps restores itself at', { timeout: 60_000 })
  await expect(bar(page)).toContainText(/[01]:\d\d/)
  await expect(page.getByRole('banner').getByRole('link', { name: '1 pending' })).toBeVisible()
  await expectAccessible(page)
  // Never modal: other pages can be looked at, and it is there, too.
  await page.getByRole('link', { name: 'Fleet' }).first().click()
  await expect(page.getByText('1 change pending')).toBeVisible()
  await expect(bar(page)).toContainText('keeps')
  await bar(page).getByRole('button', { name: 'Keep' }).click()
  await expect(page.getByText('keeps: the change was kept.').first()).toBeVisible({ timeout: 60_000 })
  await expect(bar(page)).toBeHidden()
  expect(await masterOf(host, 'enp1s0')).toContain('br0')
  expect(await host.sh('ip -br -4 address show br0')).toContain(host.address)
})

test('a change that cuts the host off is undone by the host itself, and the page says so', async ({
  adminPage: page,
  lab,
  product,
}) => {
  test.setTimeout(300_000)
  const host = await lab.addHost({ name: 'cut' })
  await addLabHost(product, host)
  const before = await host.sh('cat /etc/systemd/network/*; ip -br address show enp1s0')
  await bridgeManagement(page, 'cut')
  await host.carrier('enp1s0', 'down')
  await expect(bar(page)).toContainText('cut is silent: it restores itself by', { timeout: 60_000 })
  await expectAccessible(page)
  await expect.poll(() => masterOf(host, 'enp1s0'), { timeout: 120_000 }).toBe('')
  await host.carrier('enp1s0', 'up')
  await expect(page.getByText('cut restored itself.').first()).toBeVisible({ timeout: 90_000 })
  await expect(bar(page)).toBeHidden()
  await expect
    .poll(() => host.sh('cat /etc/systemd/network/*; ip -br address show enp1s0'), { timeout: 30_000 })
    .toBe(before)
  await page.goto('/hosts/cut/changes')
  const row = page.getByRole('row').filter({ hasText: 'Create the bridge br0.' })
  await expect(row).toContainText('restored')
  await row.getByRole('link').click()
  await expect(page.getByRole('button', { name: 'Revert this change' })).toHaveAccessibleDescription(
    'Nothing of this change is left on the host.',
  )
  await expectAccessible(page)
})

test('undone at once, extended before; kept, and reverted as a change of its own', async ({
  adminPage: page,
  lab,
  product,
}) => {
  test.setTimeout(300_000)
  const host = await lab.addHost({ name: 'undone' })
  await addLabHost(product, host)
  await bridgeManagement(page, 'undone')
  await bar(page).getByRole('button', { name: 'Extend 120 s' }).click()
  await expect(bar(page)).toContainText(/[23]:\d\d/)
  // While one waits, no other can begin, and the reason is named.
  await expect(page.getByRole('button', { name: 'New bridge' })).toHaveAccessibleDescription(
    'A change of this host waits for a decision. Keep or undo it first.',
  )
  await bar(page).getByRole('button', { name: 'Undo now' }).click()
  await expect(page.getByText('undone restored itself.').first()).toBeVisible({ timeout: 90_000 })
  expect(await masterOf(host, 'enp1s0')).toBe('')

  await bridgeManagement(page, 'undone')
  await bar(page).getByRole('button', { name: 'Keep' }).click()
  await expect(page.getByText('undone: the change was kept.').first()).toBeVisible({ timeout: 60_000 })
  await page.goto('/hosts/undone/changes')
  await page.getByRole('row').filter({ hasText: 'kept' }).getByRole('link').click()
  await page.getByRole('button', { name: 'Revert this change' }).click()
  await expect(page.getByRole('dialog').getByRole('list', { name: 'Steps' })).toBeVisible({ timeout: 30_000 })
  await page.getByRole('checkbox', { name: /Keep by itself/ }).check()
  await apply(page).click()
  await expect(page.getByText('undone: the change was kept.').first()).toBeVisible({ timeout: 90_000 })
  expect(await masterOf(host, 'enp1s0')).toBe('')
  expect(await host.sh('ip -br -4 address show enp1s0')).toContain(host.address)
})

test('what is refused is said beneath the field, before anything is touched, and nothing typed is lost', async ({
  adminPage: page,
  kvm,
}) => {
  await openNetwork(page, kvm.name)
  await page.getByRole('button', { name: 'New bridge' }).click()
  const form = page.getByRole('dialog', { name: 'New bridge' })
  const name = form.getByLabel('Name', { exact: true })
  for (const [typed, sentence] of [
    ['a-bridge-too-long', 'Bridge name is 17 characters; Linux allows 15.'],
    ['br0;reboot', 'Use a–z, 0–9, . _ -, starting with a letter.'],
    ['virbr7', '“virbr7” is managed by libvirt.'],
    ['br0', 'br0 exists already.'],
  ] as const) {
    await name.fill(typed)
    await form.getByRole('button', { name: 'Review' }).click()
    await expect(name).toHaveAccessibleDescription(new RegExp(sentence.replaceAll('.', '\\.')))
    await expect(name).toHaveValue(typed)
  }
  await expectAccessible(page)
  await name.fill('br7')
  await form.getByRole('checkbox', { name: /^enp2s0/ }).check()
  await form.getByText('More settings').click()
  await form.getByLabel('MTU').fill('70000')
  await form.getByRole('button', { name: 'Review' }).click()
  await expect(form.getByLabel('MTU')).toHaveAccessibleDescription(/must be 68–65535/)
  await form.getByLabel('MTU').fill('1500')
  await form.getByRole('button', { name: 'Review' }).click()
  await expect(apply(page)).toBeVisible()
  await page.getByRole('button', { name: 'Back' }).click()
  await expect(name).toHaveValue('br7')
  await expect(form.getByRole('checkbox', { name: /^enp2s0/ })).toBeChecked()
  expect(await kvm.sh('ip -br link')).not.toContain('br7')
})

test('a plan that became old says what moved, and is made again from the same form', async ({
  adminPage: page,
  kvm,
}) => {
  await openNetwork(page, kvm.name)
  await page.goto(`/hosts/${kvm.name}/network?do=bridge`)
  const form = page.getByRole('dialog', { name: 'New bridge' })
  await form.getByLabel('Name', { exact: true }).fill('br8')
  await kvm.sh("printf '# by hand\\n' >/etc/systemd/network/99-by-hand.network")
  await form.getByRole('button', { name: 'Review' }).click()
  await expect(form.getByText('The host’s network has moved since this was planned')).toBeVisible()
  await expect(form).toContainText('/etc/systemd/network/99-by-hand.network')
  await form.getByRole('button', { name: 'Plan again' }).click()
  await expect(form.getByRole('list', { name: 'Steps' })).toContainText('Create the bridge br8.')
  await kvm.sh('rm /etc/systemd/network/99-by-hand.network')
})

test('a viewer sees the plan of the network and can change nothing; the reason is named', async ({
  viewerPage: page,
  kvm,
}) => {
  await openNetwork(page, kvm.name)
  await expect(page.getByRole('button', { name: 'New bridge' })).toHaveAccessibleDescription(
    'Your role (viewer) may not change a host’s network; ask for the role operator.',
  )
  await page.getByRole('button', { name: 'Actions for enp1s0' }).click()
  await expect(page.getByRole('menuitem').first()).toHaveAttribute('aria-disabled', 'true')
})

test('the keyboard opens every form, and the palette knows what each link can be asked', async ({
  adminPage: page,
  kvm,
}) => {
  await openNetwork(page, kvm.name)
  await page.keyboard.press('n')
  await expect(page.getByRole('dialog', { name: 'New bridge' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('MTU of the whole chain: br0')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'MTU of the chain of br0' })).toBeVisible()
  await expect(page).toHaveURL(/do=mtu/)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('kvm1: Changes')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/hosts\/kvm1\/changes/)
})

const places = [
  'network',
  'network?link=br0',
  'network?do=bridge:enp2s0',
  'network?do=vlan:enp2s0',
  'network?do=bond:enp2s0',
  'network?do=edit:br0',
  'network?do=addresses:br0',
  'network?do=attach:br0',
  'network?do=mtu:br0',
  'network?do=delete:br0',
  'changes',
]
for (const look of ['dark', 'light', 'phone', 'chinese'] as const)
  test(`every form is accessible, raises no CSP report and does not scroll sideways: ${look}`, async ({
    adminPage: page,
    kvm,
  }) => {
    const cookie = (name: string, value: string) => ({ name, value, domain: '127.0.0.1', path: '/' })
    await page
      .context()
      .addCookies([
        cookie('drawbridge-theme', look === 'light' || look === 'phone' ? 'light' : 'dark'),
        cookie('drawbridge-locale', look === 'chinese' ? 'zh-CN' : 'en'),
      ])
    if (look === 'phone') await page.setViewportSize({ width: 390, height: 844 })
    for (const place of places) {
      await page.goto(`/hosts/${kvm.name}/${place}`)
      if (place.includes('?')) await expect(page.getByRole('dialog')).toBeVisible()
      else await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expectAccessible(page)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(over, place).toBeLessThanOrEqual(0)
    }
  })
