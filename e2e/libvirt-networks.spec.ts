/** A libvirt network from the browser: made, started with a guest on it, its lease seen, deleted and brought back. */
import { expect, expectAccessible, test } from './harness/fixtures.ts'

test('is made, shows its guest’s lease, is deleted and brought back', async ({ adminPage: page, kvm }) => {
  await page.goto(`/hosts/${kvm.name}/networks`)
  await expect(page.getByRole('heading', { name: 'libvirt networks' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Forwarding and NAT' })).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('button', { name: 'New network' }).click()
  const form = page.getByRole('dialog', { name: /New network on/ })
  await form.getByLabel('Name').fill('lab')
  await form.getByLabel('Address of the host').first().fill(`${kvm.address}/24`)
  await form.getByLabel('DHCP ranges').first().fill('')
  await form.getByRole('button', { name: 'Make network' }).click()
  await expect(form.getByText(/overlaps .* br0 of the host/).first()).toBeVisible()
  await expectAccessible(page)
  await form.getByLabel('Address of the host').first().fill('10.61.0.1/24')
  await form.getByLabel('DHCP ranges').first().fill('10.61.0.100 - 10.61.0.199')
  await form.getByRole('button', { name: 'Make network' }).click()
  await expect(form).toBeHidden()

  const row = page.getByRole('row').filter({ hasText: '10.61.0.1/24' })
  await expect(row).toContainText('running')
  const guest = await kvm.addGuest({ name: 'leased', network: 'lab' })
  await expect(row.getByRole('cell', { name: '1', exact: true }).first()).toBeVisible()
  await row.getByRole('button', { name: 'lab', exact: true }).click()
  const panel = page.getByRole('dialog', { name: 'lab' })
  const lease = panel.getByRole('row').filter({ hasText: guest.address })
  await expect(lease).toContainText('leased')
  await expect(lease).toContainText(guest.mac)
  await expectAccessible(page)
  await panel.getByRole('button', { name: 'Close' }).click()

  const menu = row.getByRole('button', { name: 'Actions for lab' })
  await menu.click()
  await expect(page.getByRole('menuitem', { name: /^Delete/ })).toContainText('VMs use it: leased.')
  await page.keyboard.press('Escape')
  await kvm.sh('virsh -q -c qemu:///system destroy leased && virsh -q -c qemu:///system undefine leased')
  await expect(row.getByRole('cell', { name: '0', exact: true }).first()).toBeVisible()

  await expect(async () => {
    await menu.click()
    await expect(page.getByRole('menuitem', { name: 'Delete' })).not.toHaveAttribute('aria-disabled', 'true')
  }).toPass()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog', { name: 'Delete lab?' }).getByRole('button', { name: 'Delete' }).click()
  await expect(row).toBeHidden()
  await page.getByRole('button', { name: 'Bring it back' }).click()
  await expect(row).toContainText('running')
  await page.getByRole('button', { name: 'Actions for lab' }).click()
  await page.getByRole('menuitem', { name: 'Stop' }).click()
  await expect(row).toContainText('not running')
  await page.getByRole('button', { name: 'Actions for lab' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog', { name: 'Delete lab?' }).getByRole('button', { name: 'Delete' }).click()
  await expect(row).toBeHidden()
})

test('a FORWARD policy of DROP is named and mended', async ({ adminPage: page, kvm, guest }) => {
  expect(guest.name).toBe('vm1')
  await kvm.sh('iptables -P FORWARD DROP; ip6tables -P FORWARD DROP')
  try {
    await page.goto(`/hosts/${kvm.name}/networks`)
    const warning = page.getByRole('status').filter({ hasText: 'VMs on br0 get no IPv4 traffic' })
    await expect(warning).toBeVisible()
    await expect(page.getByRole('status').filter({ hasText: 'VMs on br0 get no IPv6 traffic' })).toBeVisible()
    await expectAccessible(page)
    await warning.getByRole('button', { name: 'Let it through' }).click()
    await expect(warning).toBeHidden()
    await expect(page.getByText('in effect', { exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Edit forwarding' }).click()
    const panel = page.getByRole('dialog', { name: 'Edit forwarding' })
    await expect(panel.getByRole('checkbox', { name: 'br0', exact: true })).toBeChecked()
    await panel.getByRole('button', { name: 'Add NAT' }).click()
    await expectAccessible(page)
    await panel.getByRole('button', { name: 'Remove row 1' }).click()
    await panel.getByRole('checkbox', { name: 'br0', exact: true }).uncheck()
    await panel.getByRole('button', { name: /^Apply/ }).click()
    await expect(panel).toBeHidden()
    await expect(warning).toBeVisible()
  } finally {
    await kvm.sh('iptables -P FORWARD ACCEPT; ip6tables -P FORWARD ACCEPT')
  }
})

test('a viewer sees it, and reads why not', async ({ viewerPage: page, kvm }) => {
  await page.setViewportSize({ width: 390, height: 800 })
  await page.goto(`/hosts/${kvm.name}/networks`)
  await expect(page.getByRole('button', { name: 'New network' })).toHaveAttribute('aria-disabled', 'true')
  await expect(page.getByRole('button', { name: 'New network' })).toHaveAccessibleDescription(/Your role \(viewer\)/)
  await expectAccessible(page)
})

test('in Chinese and in the light theme, too', async ({ adminPage: page, kvm, product }) => {
  await page.context().addCookies([
    { name: 'drawbridge-locale', value: 'zh-CN', url: product.url },
    { name: 'drawbridge-theme', value: 'light', url: product.url },
  ])
  await page.goto(`/hosts/${kvm.name}/networks`)
  await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible()
  await expectAccessible(page)
})
