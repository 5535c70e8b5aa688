/** A VM's NIC, disk and drive changed from the browser; what became of it is read on its host. */
import type { Page } from '@playwright/test'
import { expect, expectAccessible, test as base } from './harness/fixtures.ts'
import type { LabGuest } from './lab/guest.ts'

const images = '/var/lib/libvirt/images'
const pool = `<pool type='dir'><name>images</name><target><path>${images}</path></target></pool>`

const test = base.extend<object, { devices: LabGuest }>({
  devices: [
    async ({ kvm }, use) => {
      const guest = await kvm.addGuest({ name: 'devices', vcpus: 2, boot: 'disk', agent: true, freeSlots: 4 })
      // Afterwards: libvirt knows what lay there when the pool began.
      await kvm.sh('cat | virsh -q -c qemu:///system pool-create /dev/stdin', { stdin: pool })
      await use(guest)
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})
test.use({ ground: 'devices' })
// One VM for all: what a test leaves is what the next finds.
test.describe.configure({ timeout: 120_000 })

const open = async (page: Page, tab: string): Promise<void> => {
  await page.goto(`/vms/kvm1:devices/${tab}`)
  await expect(page.getByRole('heading', { level: 1, name: 'devices' })).toBeVisible()
}
const act = async (page: Page, what: string, action: string): Promise<void> => {
  await page
    .getByRole('row')
    .filter({ hasText: what })
    .getByRole('button', { name: /^Actions for/ })
    .click()
  await page.getByRole('menuitem', { name: action, exact: true }).click()
}

test('the guest is asked how it sees its NIC; plugged in anew it has the queues that were set', async ({
  adminPage: page,
  devices: { mac },
  kvm: host,
}) => {
  await open(page, 'network')
  await act(page, mac, 'Edit')
  const form = page.getByRole('dialog', { name: `Edit ${mac}` })
  // This kernel's bridges know no VLANs, and br0 is one of them.
  await expect(form.getByLabel('Membership')).toBeDisabled()
  await expect(form.getByLabel('Membership')).toHaveAccessibleDescription(/br0 does not keep VLANs apart/)
  await form.getByLabel('Queues').fill('2')
  await form.getByRole('radio', { name: /^Now, all of it/ }).check()
  await expect(form.getByText('the guest loses this network for a moment')).toBeVisible()
  await form.getByRole('button', { name: 'Save NIC' }).click()
  await expect(form).toBeHidden({ timeout: 45_000 })
  await expect(page.getByRole('status').filter({ hasText: 'In effect: Queues' })).toBeVisible()
  const panel = page.getByRole('dialog', { name: mac })
  const row = page.getByRole('row').filter({ hasText: mac })
  await row
    .getByRole('button', { name: new RegExp(mac) })
    .first()
    .click()
  await panel.getByRole('button', { name: 'Ask the guest' }).click()
  await expect(panel.getByRole('region', { name: 'The guest’s side' })).toContainText('rx 2 · tx 2')
  await expect(panel.getByText('the guest has what is set here')).toBeVisible()
  await expectAccessible(page)
  expect(await host.sh('virsh -c qemu:///system dumpxml devices')).toMatch(/<driver [^>]*queues='2'/)
})

test('a disk grows under the running guest, and never shrinks', async ({ adminPage: page, devices, kvm: host }) => {
  const path = `${images}/${devices.name}.qcow2`
  await open(page, 'disks')
  await act(page, 'vda', 'Resize')
  const form = page.getByRole('dialog', { name: 'Resize vda' })
  await form.getByLabel('Size in GiB').fill('0.01')
  await form.getByRole('button', { name: 'Grow' }).click()
  await expect(form.getByLabel('Size in GiB')).toHaveAccessibleDescription(/larger than the size it has/)
  await form.getByLabel('Size in GiB').fill('0.25')
  await expectAccessible(page)
  await form.getByRole('button', { name: 'Grow' }).click()
  await expect(form).toBeHidden()
  await expect(page.getByRole('row').filter({ hasText: 'vda' })).toContainText('0.25 GiB')
  expect(await host.sh(`qemu-img info -U --output=json ${path}`)).toContain(`"virtual-size": ${256 * 1024 * 1024}`)
})

test('an ISO is taken out of the drive and put in again', async ({ adminPage: page, devices, kvm: host }) => {
  const inDrive = async () =>
    (await host.sh(`virsh -q -c qemu:///system domblklist ${devices.name}`))
      .split('\n')
      .find((line) => /sda/.test(line))
  await open(page, 'disks')
  const row = page.getByRole('row').filter({ hasText: 'sda' })
  await expect(row).toContainText('seed.iso')
  await act(page, 'sda', 'Eject')
  const force = page.getByRole('dialog', { name: 'The guest has locked sda' })
  await expect(page.getByText('sda is empty').or(force).first()).toBeVisible({ timeout: 45_000 })
  if (await force.isVisible()) await force.getByRole('button', { name: 'Eject by force' }).click()
  await expect(row).not.toContainText('seed.iso')
  expect(await inDrive()).toMatch(/sda +-/)
  await act(page, 'sda', 'Insert ISO')
  const form = page.getByRole('dialog', { name: 'Put an ISO into sda' })
  await form.getByLabel('Pool', { exact: true }).selectOption('images')
  await form.getByLabel('Volume', { exact: true }).selectOption('seed.iso')
  await expectAccessible(page)
  await form.getByRole('button', { name: 'Insert ISO' }).click()
  await expect(form).toBeHidden()
  await expect(row).toContainText('seed.iso')
  expect(await inDrive()).toContain(`${images}/seed.iso`)
})

test('what it is called is saved, and saved again with what was changed after', async ({
  adminPage: page,
  devices: { name },
  kvm: host,
}) => {
  await open(page, 'settings')
  const title = page.getByLabel('Title')
  for (const text of ['first', 'second']) {
    await title.fill(text)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(() => host.sh(`virsh -c qemu:///system desc ${name} --title`)).toContain(text)
    await expect(title).toHaveValue(text)
  }
})

test('new first documents lie in a drive of its definition', async ({
  adminPage: page,
  devices: { name },
  kvm: host,
}) => {
  await open(page, 'settings')
  await page.getByLabel('Host name').fill('renewed')
  await page.getByLabel('SSH keys').fill('no key at all')
  await page.getByRole('button', { name: 'Run again at the next boot' }).click()
  await expect(page.getByLabel('SSH keys')).toHaveAccessibleDescription(/key/i)
  await page.getByLabel('SSH keys').fill('')
  await page.getByRole('button', { name: 'Run again at the next boot' }).click()
  await expect(page.getByLabel('Host name')).toHaveValue(name, { timeout: 30_000 })
  const seed = `${images}/${name}-seed.iso`
  expect(await host.sh(`virsh -c qemu:///system dumpxml --inactive ${name}`)).toContain(`<source file='${seed}'/>`)
  expect(await host.sh(`grep -ao 'local-hostname: .*' ${seed}`)).toContain('renewed')
})

test('a template is made of it once it is off: an image and a preset', async ({
  adminPage: page,
  devices: { name },
  kvm: host,
}) => {
  await open(page, 'overview')
  await page.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Make a preset of it…' }).click()
  const form = page.getByRole('dialog', { name: `Template from ${name}` })
  await expect(form.getByRole('button', { name: 'Make a template' })).toHaveAccessibleDescription(/Shut it down first/)
  await form.getByRole('button', { name: 'Cancel' }).click()
  await host.sh(`virsh -q -c qemu:///system destroy ${name}`)
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeVisible()
  await page.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Make a preset of it…' }).click()
  await form.getByLabel('Name', { exact: true }).fill('golden')
  await form.getByLabel('Description').fill('As devices is now')
  await expectAccessible(page)
  await form.getByRole('button', { name: 'Make a template' }).click()
  await page.getByRole('link', { name: 'To the presets' }).click({ timeout: 60_000 })
  await expect(page.getByRole('row').filter({ hasText: 'golden' })).toBeVisible()
  expect(await host.sh(`qemu-img info --output=json ${images}/golden.qcow2`)).toContain('"format": "qcow2"')
})
