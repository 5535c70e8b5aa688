/** A VM's consoles from the browser: its shell typed into and answered, its picture seen, through restarts and reloads. */
import type { Page } from '@playwright/test'
import { expect, expectAccessible, test } from './harness/fixtures.ts'

test.use({ ground: 'vm-console' })

// Guests boot in software: seconds on an idle machine, a minute beside other suites.
test.describe.configure({ timeout: 240_000 })
const bootMs = 60_000

const consoleOf = (view: 'graphical' | 'serial', vm = 'kvm1:vm1') =>
  `/vms/${encodeURIComponent(vm)}/console?view=${view}`
/** What stands on the terminal's screen. */
const shown = (page: Page) => page.locator('.xterm-rows')
const terminal = (page: Page) => page.getByRole('textbox', { name: 'Terminal of vm1' })
/** Colours on the screen's canvas, at most a few. */
const colours = (page: Page) =>
  page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] }
    const seen = new Set<number>()
    for (let at = 0; at < data.length && seen.size < 8; at += 4)
      seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0))
    return seen.size
  })
/** A shell that has just booted may not have read the first line. */
const expectAnswer = async (page: Page, sum: string, answer: string) => {
  await expect(async () => {
    await terminal(page).pressSequentially(`echo $((${sum}))`)
    await page.keyboard.press('Enter')
    await expect(shown(page)).toContainText(new RegExp(`(^|[^0-9])${answer}([^0-9]|$)`), { timeout: 5000 })
  }).toPass({ timeout: 2 * bootMs })
}

/** The console with all that stands around it is within the window, and its screen is still one to work at. */
const expectFits = async (page: Page, screen: string) => {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(800)
    await expect.poll(async () => (await page.locator(screen).boundingBox())?.height ?? 0).toBeGreaterThan(150)
  }
}

test('the serial console answers, is shared, and is there again after a reload', async ({ adminPage: page, guest }) => {
  await page.goto(consoleOf('serial', `kvm1:${guest.name}`))
  await expect(page.getByText('connected', { exact: true })).toBeVisible({ timeout: bootMs })
  await expectAnswer(page, '6*7', '42')
  await expectAccessible(page)

  const other = await page.context().newPage()
  await other.goto(consoleOf('serial'))
  await expect(shown(other)).toContainText('42')
  await expect(page.getByText('1 other watches')).toBeVisible({ timeout: bootMs })
  await expectAnswer(other, '100+23', '123')
  await expect(shown(page)).toContainText('123')
  await other.close()
  await expect(page.getByText('1 other watches')).toBeHidden()

  await page.reload()
  await expect(shown(page)).toContainText('123')

  // Tab is the guest's; this is the way out.
  await terminal(page).focus()
  await page.keyboard.press('Tab')
  await expect(terminal(page)).toBeFocused()
  await page.keyboard.press('Control+Alt+g')
  await expect(page.getByRole('button', { name: 'Graphical' })).toBeFocused()

  await page.getByRole('button', { name: 'Paste text' }).click()
  const dialog = page.getByRole('dialog', { name: 'Text for the guest' })
  await dialog.getByLabel('Text').fill('echo $((900+99))\n')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Send it' }).click()
  await expect(shown(page)).toContainText('999')
})

test('a VM that stops says so, and its console comes back with it', async ({
  adminPage: page,
  guest,
  kvm,
  product,
}) => {
  await page.context().addCookies([{ name: 'drawbridge-theme', value: 'dark', url: product.url }])
  await page.goto(consoleOf('serial', `kvm1:${guest.name}`))
  await expectAnswer(page, '30+3', '33')
  await page.getByRole('button', { name: 'Full screen' }).click()
  await kvm.sh('virsh -q -c qemu:///system destroy vm1')
  await expect(page.locator(':fullscreen').getByText('vm1 is shut off')).toBeVisible()
  await page.evaluate(() => document.exitFullscreen())
  await expect(shown(page)).toContainText('the VM was shut down')
  await expectAccessible(page)
  await expectFits(page, '.xterm')

  await page.goto(consoleOf('graphical'))
  await expect(page.getByRole('heading', { name: 'vm1 is shut off' })).toBeVisible()
  await expectAccessible(page)
  await page.goto(consoleOf('serial'))
  await page.getByRole('button', { name: 'Start it' }).click()
  await expect(page.getByText('connected', { exact: true })).toBeVisible({ timeout: bootMs })
  await expectAnswer(page, '40+4', '44')
})

test('the graphical console shows the VM’s screen and sends it keys', async ({ adminPage: page, guest }) => {
  await page.goto(consoleOf('graphical', `kvm1:${guest.name}`))
  await expect(page.getByText('connected', { exact: true })).toBeVisible({ timeout: bootMs })
  await expect.poll(() => colours(page)).toBeGreaterThan(1)
  await expectAccessible(page)

  const picture = page.waitForEvent('download')
  await page.getByRole('button', { name: 'View' }).click()
  await page.getByRole('menuitem', { name: 'Save a picture' }).click()
  expect((await picture).suggestedFilename()).toBe('vm1.png')

  await page.getByRole('button', { name: 'Paste text' }).click()
  const dialog = page.getByRole('dialog', { name: 'Text for the guest' })
  await dialog.getByLabel('Text').fill('naïve')
  await expect(dialog.getByText(/No key of a US keyboard has these.* ï/)).toBeVisible()
  await dialog.getByRole('button', { name: 'Type it' }).click()

  await page.getByRole('application', { name: 'Screen of vm1' }).focus()
  await page.keyboard.press('Control+Alt+g')
  await expect(page.getByRole('button', { name: 'Graphical' })).toBeFocused()

  await page.reload()
  await expect.poll(() => colours(page)).toBeGreaterThan(1)
  await page.getByRole('button', { name: 'View' }).click()
  await page.getByRole('menuitem', { name: 'Only watch' }).click()
  await expect(page.getByRole('button', { name: 'Ctrl+Alt+Del' })).toHaveAttribute('aria-disabled', 'true')
})

test('what is typed while Drawbridge restarts arrives', async ({ adminPage: page, guest, product }) => {
  await page.goto(consoleOf('serial', `kvm1:${guest.name}`))
  await expectAnswer(page, '60+6', '66')
  await product.stop()
  await expect(page.getByText('connecting', { exact: true })).toBeVisible()
  await terminal(page).pressSequentially('echo held-$((700+77))')
  await page.keyboard.press('Enter')
  await product.restart()
  await expect(page.getByText('connected', { exact: true })).toBeVisible({ timeout: bootMs })
  await expect(shown(page)).toContainText('held-777')
})

for (const view of ['serial', 'graphical'] as const)
  test(`${view}: in a window of its own`, async ({ adminPage: page, guest }) => {
    await page.goto(consoleOf(view, `kvm1:${guest.name}`))
    const opening = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Own window' }).click()
    const own = await opening
    // Its first reports of the policy may have come before anybody listened.
    await own.reload()
    await expect(own).toHaveTitle(`vm1 · ${view === 'serial' ? 'Serial' : 'Graphical'} · kvm1`)
    await expect(own.getByText('connected', { exact: true })).toBeVisible({ timeout: bootMs })
    await expect(own.getByRole('navigation')).toHaveCount(0)
    await expect(own.getByRole('button', { name: 'Own window' })).toHaveCount(0)
    if (view === 'serial') await expectAnswer(own, '80+8', '88')
    else await expect.poll(() => colours(own)).toBeGreaterThan(1)
    await expectAccessible(own)
    await expectFits(own, view === 'serial' ? '.xterm' : 'canvas')
    await own.close()
  })

test('Ctrl+Alt+Del restarts the guest', async ({ adminPage: page, guest }) => {
  await page.goto(consoleOf('serial', `kvm1:${guest.name}`))
  await expectAnswer(page, '50+5', '55')
  await terminal(page).pressSequentially('touch /witness; ls /witness')
  await page.keyboard.press('Enter')
  await page.goto(consoleOf('graphical'))
  await page.getByRole('button', { name: 'Ctrl+Alt+Del' }).click()
  await page.goto(consoleOf('serial'))
  await expect(async () => {
    await terminal(page).pressSequentially('ls /witness || echo go""ne')
    await page.keyboard.press('Enter')
    await expect(shown(page)).toContainText('gone', { timeout: 5000 })
  }).toPass({ timeout: 2 * bootMs })
})

test('a viewer reads why not, on a phone', async ({ viewerPage: page, guest }) => {
  await page.setViewportSize({ width: 390, height: 800 })
  await page.goto(consoleOf('serial', `kvm1:${guest.name}`))
  await expect(page.getByText(/may not open consoles of VMs/)).toBeVisible()
  await expectAccessible(page)
})

for (const view of ['serial', 'graphical'] as const)
  test(`${view}: in Chinese, in the light theme, on a phone`, async ({ adminPage: page, product, guest }) => {
    await page.context().addCookies([
      { name: 'drawbridge-locale', value: 'zh-CN', url: product.url },
      { name: 'drawbridge-theme', value: 'light', url: product.url },
    ])
    await page.setViewportSize({ width: 390, height: 800 })
    await page.goto(consoleOf(view, `kvm1:${guest.name}`))
    await expect(page.getByText('已连接', { exact: true })).toBeVisible({ timeout: bootMs })
    await expectAccessible(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })

test('a picture behind a password is asked for until it is right, and the password stays in the page', async ({
  adminPage: page,
  guest,
  kvm,
  product,
}) => {
  const password = 'Zk7-pw42'
  await kvm.sh(
    `virsh -q -c qemu:///system destroy ${guest.name}; virsh -q -c qemu:///system dumpxml --inactive ${guest.name} | sed "s/<graphics type='vnc'/& passwd='${password}'/" > /tmp/vm1.xml && virsh -q -c qemu:///system define /tmp/vm1.xml && virsh -q -c qemu:///system start ${guest.name}`,
  )
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.url(), request.postData() ?? ''))
  page.on('websocket', (socket) => {
    sent.push(socket.url())
    socket.on('framesent', ({ payload }) => sent.push(payload.toString()))
  })
  await page.goto(consoleOf('graphical', `kvm1:${guest.name}`))
  const dialog = page.getByRole('dialog', { name: 'This console has a password' })
  await expect(dialog).toBeVisible({ timeout: bootMs })
  await expectAccessible(page)
  await dialog.getByLabel('Password').fill('not-this')
  await page.keyboard.press('Enter')
  await expect(dialog.getByText('The VM did not take this password.')).toBeVisible({ timeout: bootMs })
  await expectAccessible(page)
  await dialog.getByLabel('Password').fill(password)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('connected', { exact: true })).toBeVisible({ timeout: bootMs })
  await expect.poll(() => colours(page)).toBeGreaterThan(1)
  await expect(page.getByText('You are not signed in')).toBeHidden()
  expect(sent.length).toBeGreaterThan(10)
  expect(sent.filter((text) => text.includes(password))).toEqual([])
  expect(product.output()).not.toContain(password)
  const seen = await product.api.call('GET', '/vms/kvm1:vm1')
  expect(JSON.stringify(seen.body)).toContain('vm1')
  expect(JSON.stringify(seen.body)).not.toContain(password)
})
