/** The list and the overview of VMs in the browser: live, acted on, by keyboard and on a phone, in both languages. */
import { expect, expectAccessible, test } from './harness/fixtures.ts'

test.use({ ground: 'vms' })

/** Runs no system, so that it starts in no time. */
const bare = (name: string) => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
  <metadata><d:vm xmlns:d='https://drawbridge.dev/xmlns/vm/1'><d:tags><d:tag>batch</d:tag></d:tags></d:vm></metadata>
  <os><type arch='x86_64' machine='pc'>hvm</type></os></domain>`
const names = ['batch-1', 'batch-2', 'batch-3']

test.beforeEach(async ({ kvm, guest }) => {
  expect(guest.name).toBe('vm1')
  const known = (await kvm.sh('virsh -q -c qemu:///system list --all --name')).split('\n')
  for (const name of names.filter((one) => !known.includes(one)))
    await kvm.sh('cat | virsh -q -c qemu:///system define /dev/stdin', { stdin: bare(name) })
})

test('the list follows what happens behind its back, and acts by its menus', async ({
  adminPage: page,
  kvm,
  guest,
}) => {
  await page.goto('/vms')
  const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
  await expect(row('vm1')).toContainText('running')
  await expect(row('vm1')).toContainText('br0')
  await expect(row('batch-1')).toContainText('shut off')
  await kvm.exec(['ping', '-c1', '-W2', '-q', guest.address])
  await expect(row('vm1')).toContainText(guest.address, { timeout: 30_000 })
  await expect(row('vm1')).toContainText('ARP/ND')
  await expect(row('vm1').getByText(/^\d+(\.\d+)? %$/)).toBeVisible({ timeout: 30_000 })
  await expectAccessible(page)

  // Nothing is reloaded: libvirt's event comes through.
  await kvm.sh('virsh -q -c qemu:///system start batch-1')
  await expect(row('batch-1')).toContainText('running')
  await kvm.sh('virsh -q -c qemu:///system suspend batch-1')
  await expect(row('batch-1')).toContainText('paused')

  await row('batch-1').getByRole('button', { name: 'Actions for batch-1' }).click()
  await expect(page.getByRole('menuitem', { name: /^Shut down/ })).toContainText('The VM is paused. Resume it first.')
  await page.getByRole('menuitem', { name: 'Resume', exact: true }).click()
  await expect(row('batch-1')).toContainText('running')

  await row('batch-1').getByRole('button', { name: 'Actions for batch-1' }).click()
  await page.getByRole('menuitem', { name: 'Force off (pulls the plug)' }).click()
  const ask = page.getByRole('dialog', { name: 'Force batch-1 off?' })
  await expect(ask).toContainText('what a guest has not written to its disk is lost')
  await expectAccessible(page)
  await ask.getByRole('button', { name: 'Force off' }).click()
  await expect(ask).toBeHidden()
  await expect(row('batch-1')).toContainText('shut off')
})

test('many are started and stopped at once, and what became of them is summed up', async ({ adminPage: page, kvm }) => {
  await page.goto(`/hosts/${kvm.name}/vms?tag=batch`)
  await expect(page.getByRole('link', { name: 'batch-3' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'vm1', exact: true })).toBeHidden()
  await page.getByRole('checkbox', { name: 'Select all' }).check()
  const bar = page.getByRole('group', { name: 'For all selected VMs' })
  await expect(bar).toContainText('3 selected')
  await expect(bar.getByRole('button', { name: 'Shut down 0' })).toHaveAccessibleDescription(/shut off already/)
  await expectAccessible(page)
  await bar.getByRole('button', { name: 'Start 3' }).click()
  await expect(page.getByText('Start: 3 done, 0 failed')).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'batch-' }).filter({ hasText: 'running' })).toHaveCount(3)

  // What changes between the click and the deed is told, VM by VM.
  await page.getByRole('checkbox', { name: 'Select all' }).check()
  await expect(bar.getByRole('button', { name: 'Shut down 3' })).toBeVisible()
  await bar.getByRole('button', { name: 'Shut down 3' }).click()
  await expect(page.getByText('Shut down: 3 done, 0 failed')).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'shutting down' })).toHaveCount(3)
  await page.getByRole('button', { name: 'Close' }).first().click()

  await page.getByRole('checkbox', { name: 'Select all' }).check()
  await bar.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Force off 3 (pulls the plug)' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Force off' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'batch-' }).filter({ hasText: 'shut off' })).toHaveCount(3)
})

test('the overview says what it is, where it is reached and what goes through it', async ({
  adminPage: page,
  kvm,
  guest,
}) => {
  await page.goto('/vms')
  await page.getByRole('link', { name: 'vm1', exact: true }).click()
  await expect(page).toHaveURL(/\/vms\/[0-9a-f-]{36}\/overview/)
  await expect(page.getByRole('heading', { level: 1, name: 'vm1' })).toBeFocused()
  await expect(page.getByText(guest.mac).first()).toBeVisible()
  await expect(page.getByRole('region', { name: /Chart of/ })).toBeVisible()
  await kvm.exec(['ping', '-c1', '-W2', '-q', guest.address])
  await expect(page.getByRole('region', { name: 'Addresses' })).toContainText(guest.address, { timeout: 30_000 })
  await expect(page.getByText('emulation (slow: without KVM)')).toBeVisible()
  await expectAccessible(page)

  await kvm.sh('virsh -q -c qemu:///system setmaxmem vm1 512M --config')
  const pending = page.getByRole('status').filter({ hasText: 'These changes count from its next start on' })
  await expect(pending).toContainText('Memory', { timeout: 60_000 })
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Actions for vm1' }).click()
  await page.getByRole('menuitem', { name: 'Pause', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible()
  await page.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByRole('button', { name: 'Shut down' })).toBeVisible()
})

test('a viewer sees all of it, and reads why nothing can be done', async ({ viewerPage: page, kvm }) => {
  await page.goto(`/hosts/${kvm.name}/vms`)
  const reason = /Your role \(viewer\) may not/
  await expect(page.getByRole('button', { name: 'New VM' })).toHaveAccessibleDescription(reason)
  await page.getByRole('button', { name: 'Actions for batch-1' }).click()
  await expect(page.getByRole('menuitem', { name: /^Start/ })).toContainText(reason)
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'batch-1' }).click()
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toHaveAccessibleDescription(reason)
  await expectAccessible(page)
})

for (const look of ['dark', 'light', 'phone', 'chinese'] as const)
  test(`list and overview are accessible and do not scroll sideways: ${look}`, async ({ adminPage: page, guest }) => {
    expect(guest.name).toBe('vm1')
    const cookie = (name: string, value: string) => ({ name, value, domain: '127.0.0.1', path: '/' })
    await page
      .context()
      .addCookies([
        cookie('drawbridge-theme', look === 'light' || look === 'phone' ? 'light' : 'dark'),
        cookie('drawbridge-locale', look === 'chinese' ? 'zh-CN' : 'en'),
      ])
    if (look === 'phone') await page.setViewportSize({ width: 390, height: 844 })
    await page.goto('/vms')
    for (const place of ['list', 'overview']) {
      if (place === 'overview') {
        await page.getByRole('link', { name: 'vm1', exact: true }).click()
        await expect(page.getByRole('region').first()).toBeVisible()
      } else await page.getByRole('row').filter({ hasText: 'batch-1' }).getByRole('checkbox').check()
      await expectAccessible(page)
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/${look}-${place}.png`, fullPage: true })
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(sideways, place).toBeLessThanOrEqual(0)
    }
  })
