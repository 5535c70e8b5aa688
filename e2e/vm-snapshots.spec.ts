/** A VM's snapshots from the browser: taken, seen as a tree, gone back to, deleted; and what a host lacks for a VM. */
import type { Page } from '@playwright/test'
import { addLabHost, expect, expectAccessible, test as base } from './harness/fixtures.ts'
import type { LabGuest } from './lab/guest.ts'
import type { LabHost } from './lab/host.ts'

/** A guest that boots from a qcow2 disk, and a second host without its bridge. */
const test = base.extend<object, { disked: LabGuest; second: LabHost }>({
  disked: [
    async ({ kvm }, use) => use(await kvm.addGuest({ name: 'disked', boot: 'disk' })),
    { scope: 'worker', timeout: 180_000 },
  ],
  second: [
    async ({ lab, product }, use) => {
      const host = await lab.addHost({ name: 'kvm2' })
      await addLabHost(product, host)
      await use(host)
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

const noSidewaysScroll = async (page: Page) =>
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)

test('taken twice, gone back to and deleted', async ({ adminPage: page, kvm, disked }) => {
  await page.goto(`/vms/${kvm.name}:${disked.name}/snapshots`)
  await expect(page.getByRole('heading', { name: 'No snapshots yet' })).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Take snapshot' }).click()
  const form = page.getByRole('dialog', { name: 'Take snapshot' })
  await expect(form.getByRole('button', { name: 'Take it now' })).toHaveAttribute('aria-disabled', 'true')
  await expect(form.getByRole('status')).toContainText('stands still while its memory is written')
  await form.getByLabel('Name').fill('../etc')
  await form.getByRole('button', { name: 'Take it now' }).click()
  await expect(form.getByRole('alert')).toContainText('begins with a letter or digit')
  await expectAccessible(page)
  await form.getByLabel('Name').fill('clean')
  await form.getByLabel('Description').fill('Just installed.')
  await form.getByLabel('Name').press('Enter')
  await expect(form).toBeHidden()
  const tree = page.getByRole('list', { name: 'Tree of snapshots' })
  await expect(tree.getByText('clean', { exact: true })).toBeVisible()
  await expect(tree).toContainText('Just installed.')

  await page.getByRole('button', { name: 'Take snapshot' }).click()
  await form.getByLabel('Name').fill('before-update')
  await form.getByRole('button', { name: 'Take it now' }).click()
  await expect(tree.getByText('before-update', { exact: true })).toBeVisible()
  await expect(tree.getByRole('listitem').filter({ hasText: 'clean' }).getByRole('listitem')).toContainText(
    'before-update',
  )
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Actions for snapshot clean' }).click()
  await page.getByRole('menuitem', { name: 'Go back to it' }).click()
  const revert = page.getByRole('dialog', { name: 'Make disked what it was in clean?' })
  await expect(revert).toContainText('is lost')
  await expect(revert).toContainText('goes on where it was then')
  await expectAccessible(page)
  await revert.getByRole('button', { name: 'Go back to it' }).click()
  await expect(revert).toBeHidden()
  await expect(page.getByText('Go back to snapshot clean of disked: done')).toBeVisible()
  expect((await kvm.sh('virsh -q snapshot-current --name disked')).trim()).toBe('clean')

  await page.getByRole('button', { name: 'Actions for snapshot clean' }).click()
  await page.getByRole('menuitem', { name: 'Delete it and the one beneath' }).click()
  const remove = page.getByRole('dialog', { name: /^Delete clean and the snapshot beneath/ })
  await remove.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByRole('heading', { name: 'No snapshots yet' })).toBeVisible()
})

test('one outside the disks can’t be gone back to here, and says why; what libvirt does not know is named', async ({
  adminPage: page,
  kvm,
  disked,
}) => {
  await page.goto(`/vms/${kvm.name}:${disked.name}/snapshots`)
  await page.getByRole('button', { name: 'Take snapshot' }).click()
  const form = page.getByRole('dialog', { name: 'Take snapshot' })
  await form.getByLabel('Name').fill('outside')
  await form.getByRole('radio', { name: /in new files/ }).check()
  await expect(form.getByRole('status')).toContainText('as after a power failure')
  await form.getByRole('button', { name: 'Take it now' }).click()
  const tree = page.getByRole('list', { name: 'Tree of snapshots' })
  await expect(tree).toContainText('/var/lib/libvirt/images/disked.outside')
  const menu = page.getByRole('button', { name: 'Actions for snapshot outside' })
  await menu.click()
  await expect(page.getByRole('menuitem', { name: /^Go back to it/ })).toContainText('9.9 and newer can')
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page
    .getByRole('dialog', { name: 'Delete the snapshot outside?' })
    .getByRole('button', { name: 'Delete' })
    .click()
  await expect(page.getByRole('heading', { name: 'No snapshots yet' })).toBeVisible()

  await kvm.sh('virsh -q destroy disked && qemu-img snapshot -c half /var/lib/libvirt/images/disked.qcow2')
  const left = page.getByRole('status').filter({ hasText: 'vda holds a snapshot half' })
  await expect(left).toContainText('qemu-img snapshot -d half /var/lib/libvirt/images/disked.qcow2', {
    timeout: 30_000,
  })
  await expectAccessible(page)
  await kvm.sh('qemu-img snapshot -d half /var/lib/libvirt/images/disked.qcow2')
  await expect(left).toBeHidden({ timeout: 30_000 })
})

test('a viewer sees them, and reads why not; on a phone, in Chinese and in the light theme', async ({
  viewerPage: page,
  kvm,
  disked,
  product,
}) => {
  const vm = encodeURIComponent(`${kvm.name}:${disked.name}`)
  for (const [name, external] of [
    ['one', false],
    ['two', false],
    ['three', true],
  ] as const) {
    const taken = await product.api.call<{ id: string }>('POST', `/vms/${vm}/snapshots`, {
      name,
      description: 'A description that is long enough to need a second line where there is little room for it.',
      kind: external ? 'external' : 'internal',
    })
    expect(taken.status).toBe(202)
    await expect
      .poll(async () => (await product.api.call<{ state: string }>('GET', `/jobs/${taken.body.id}`)).body.state)
      .toBe('done')
  }
  await page.setViewportSize({ width: 390, height: 800 })
  await page.goto(`/vms/${vm}/snapshots`)
  await expect(page.getByRole('button', { name: 'Take snapshot' })).toHaveAccessibleDescription(/Your role \(viewer\)/)
  await expect(page.getByRole('list', { name: 'Tree of snapshots' })).toContainText('three')
  await noSidewaysScroll(page)
  await expectAccessible(page)
  await page.context().addCookies([
    { name: 'drawbridge-locale', value: 'zh-CN', url: product.url },
    { name: 'drawbridge-theme', value: 'light', url: product.url },
  ])
  await page.goto(`/vms/${vm}/snapshots`)
  await expect(page.getByRole('list', { name: '快照树' })).toContainText('three')
  await noSidewaysScroll(page)
  await expectAccessible(page)
})

test('moving it: what each host lacks is named, and only a host that has all can be chosen', async ({
  adminPage: page,
  kvm,
  disked,
  second,
}) => {
  await page.goto(`/vms/${kvm.name}:${disked.name}/snapshots`)
  const open = async () => {
    await page.getByRole('button', { name: 'Actions for disked' }).click()
    await page.getByRole('menuitem', { name: 'Move to another host…' }).click()
  }
  await open()
  const dialog = page.getByRole('dialog', { name: 'Move disked to another host' })
  const found = dialog.getByRole('list', { name: `What was found on ${second.name}` })
  await expect(found).toContainText(/kvm2 has no bridge named br0, which 52:54:[0-9a-f:]+ is on/)
  await expect(found).toContainText(/no storage pool|off are not copied/)
  await dialog.getByRole('radio', { name: /kvm2/ }).check()
  await expect(dialog.getByRole('button', { name: 'Move to kvm2' })).toHaveAccessibleDescription(/kvm2 lacks something/)
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 800 })
  await noSidewaysScroll(page)
  await expectAccessible(page)
})
