/** A VM edited from the browser: its link pulled under a running guest, a NIC, what it is called, its XML. */
import type { Page } from '@playwright/test'
import { expect, expectAccessible, test as base } from './harness/fixtures.ts'
import type { LabGuest } from './lab/guest.ts'
import { run } from './lab/process.ts'

const test = base.extend<object, { edited: LabGuest }>({
  edited: [
    async ({ kvm }, use) => use(await kvm.addGuest({ name: 'edited', vcpus: 2, boot: 'disk', agent: true })),
    { scope: 'worker', timeout: 180_000 },
  ],
})
test.describe.configure({ timeout: 120_000 })

const pages = ['network', 'disks', 'settings', 'definition'] as const

async function open(page: Page, tab: (typeof pages)[number]): Promise<void> {
  await page.goto(`/vms/kvm1:edited/${tab}`)
  await expect(page.getByRole('heading', { level: 1, name: 'edited' })).toBeVisible()
  await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible()
}

const answers = async ({ address }: LabGuest): Promise<boolean> =>
  (await run(['ping', '-c1', '-W1', '-q', address])).code === 0

test('its link is pulled and plugged in again under the running guest', async ({ adminPage: page, edited }) => {
  await open(page, 'network')
  const row = page.getByRole('row').filter({ hasText: edited.mac })
  await expect(row).toContainText('plugged in')
  await row.getByRole('button', { name: 'Pull' }).click()
  await expect(row).toContainText('pulled')
  await expect(page.getByRole('status').filter({ hasText: 'In effect: Link' })).toBeVisible()
  await expect.poll(() => answers(edited)).toBe(false)
  await row.getByRole('button', { name: 'Plug in' }).click()
  await expect(row).toContainText('plugged in')
  await expect.poll(() => answers(edited), { timeout: 30_000 }).toBe(true)
})

test('queues wait for the next start and say so; a MAC that another VM has is refused', async ({
  adminPage: page,
  edited,
  guest,
}) => {
  await open(page, 'network')
  const row = page.getByRole('row').filter({ hasText: edited.mac })
  await row.getByRole('button', { name: `Actions for ${edited.mac}` }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  const form = page.getByRole('dialog', { name: `Edit ${edited.mac}` })
  await expect(form.getByRole('radio', { name: /^br0/ })).toBeChecked()
  await form.getByRole('textbox', { name: /^MAC/ }).fill(guest.mac)
  await form.getByLabel('Queues').fill('two')
  await form.getByRole('button', { name: 'Save NIC' }).click()
  await expect(form.getByLabel('Queues')).toHaveAccessibleDescription(/A whole number/)
  await form.getByLabel('Queues').fill('2')
  await form.getByRole('button', { name: 'Save NIC' }).click()
  await expect(form.getByRole('textbox', { name: /^MAC/ })).toHaveAccessibleDescription(/belongs to the VM/)
  await expect(form.getByLabel('Queues')).toHaveValue('2')
  await expectAccessible(page)
  await form.getByRole('textbox', { name: /^MAC/ }).fill(edited.mac)
  await form.getByRole('button', { name: 'Save NIC' }).click()
  await expect(form).toBeHidden()
  const saved = page.getByRole('status').filter({ hasText: 'Saved; not all of it counts yet' })
  await expect(saved).toContainText('With the next start: Queues')
  await expect(row).toContainText('1 → 2')
  await expectAccessible(page)
  await row
    .getByRole('button', { name: new RegExp(edited.mac) })
    .first()
    .click()
  const panel = page.getByRole('dialog', { name: edited.mac })
  await expect(panel.getByRole('status')).toContainText('Queues: 1 → 2')
  await expectAccessible(page)
  await panel.getByRole('button', { name: 'Close' }).click()
})

test('a second NIC is plugged in and out while the guest runs', async ({ adminPage: page, edited }) => {
  await open(page, 'network')
  await expect(page.getByRole('row').filter({ hasText: edited.mac })).toBeVisible()
  await page.keyboard.press('n')
  const form = page.getByRole('dialog', { name: 'Add a NIC to edited' })
  await expect(form.getByRole('radio', { name: /^br0.*MTU 1500/ })).toBeChecked()
  await expect(form.getByLabel('Queues')).toHaveValue('2')
  await expect(form.getByLabel('Membership')).toBeDisabled()
  await form.getByText('Straight onto an adapter').click()
  await expect(form.getByText('The host and this guest can’t talk to each other')).toBeVisible()
  await expectAccessible(page)
  await form.getByText('On the LAN of one').click()
  const mac = await form.getByRole('textbox', { name: /^MAC/ }).inputValue()
  await form.getByRole('button', { name: 'Add NIC' }).click()
  await expect(form).toBeHidden()
  const row = page.getByRole('row').filter({ hasText: mac })
  await expect(row).toContainText('plugged in')
  await expect(row).toContainText(/vnet\d/)
  await row.getByRole('button', { name: `Actions for ${mac}` }).click()
  await page.getByRole('menuitem', { name: 'Unplug NIC' }).click()
  const ask = page.getByRole('dialog', { name: `Unplug ${mac} from edited?` })
  await expectAccessible(page)
  await ask.getByRole('button', { name: 'Unplug NIC' }).click()
  await expect(row).toBeHidden({ timeout: 45_000 })
})

test('notes and tags are saved, the boot order is moved by keyboard', async ({ adminPage: page, edited, kvm }) => {
  await open(page, 'settings')
  await page.getByLabel('Tags').fill('lab web')
  await page.getByLabel('Notes').fill('Serves the lab.\nDo not stop on Mondays.')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByRole('status').filter({ hasText: 'In effect' })).toContainText(/Notes/)
  await page.reload()
  await expect(page.getByLabel('Tags')).toHaveValue('lab web')
  await expect(page.getByLabel('Notes')).toHaveValue('Serves the lab.\nDo not stop on Mondays.')
  expect(await kvm.sh(`virsh -q -c qemu:///system desc ${edited.name}`)).toContain('Do not stop on Mondays.')

  await page.getByLabel(/^vCPUs ·/).fill('64')
  await page.getByRole('button', { name: 'Save CPU and memory' }).click()
  await expect(page.getByLabel(/^vCPUs ·/)).toHaveAccessibleDescription(/no more than the most/)
  await page.getByRole('button', { name: 'Move CD drives up' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main').getByRole('listitem').first()).toContainText('CD drives')
  await expect(page.getByRole('button', { name: 'Move CD drives up' })).toBeFocused()
  await expectAccessible(page)
})

test('a disk is attached and detached; its volume stays', async ({ adminPage: page, edited, kvm }) => {
  const path = '/var/lib/libvirt/images/second.qcow2'
  await kvm.sh(`qemu-img create -q -f qcow2 ${path} 8M`)
  await open(page, 'disks')
  await expect(page.getByRole('row').filter({ hasText: 'vda' })).toContainText(`${edited.name}.qcow2`)
  await page.getByRole('button', { name: 'Add disk' }).click()
  const form = page.getByRole('dialog', { name: 'Add a disk to edited' })
  await form.getByText('By its path on the host').click()
  await form.getByRole('textbox', { name: 'Path on the host' }).fill('second.qcow2')
  await form.getByRole('button', { name: 'Add disk' }).click()
  await expect(form.getByRole('textbox', { name: 'Path on the host' })).toHaveAccessibleDescription(/beginning with/)
  await form.getByRole('textbox', { name: 'Path on the host' }).fill(path)
  await form.getByLabel('Format').selectOption('qcow2')
  await expectAccessible(page)
  await form.getByRole('button', { name: 'Add disk' }).click()
  await expect(form).toBeHidden()
  const row = page.getByRole('row').filter({ hasText: 'second.qcow2' })
  await expect(row).toContainText('attached')
  await row.getByRole('button', { name: /^Actions for/ }).click()
  await page.getByRole('menuitem', { name: 'Detach' }).click()
  const ask = page.getByRole('dialog', { name: /^Detach vd/ })
  await ask.getByLabel(/^To delete what is on it/).fill('second')
  await ask.getByRole('button', { name: 'Detach', exact: true }).click()
  await expect(ask.getByText('That is another name.')).toBeVisible()
  await expectAccessible(page)
  await ask.getByLabel(/^To delete what is on it/).fill('')
  await ask.getByRole('button', { name: 'Detach', exact: true }).click()
  await expect(row).toBeHidden({ timeout: 45_000 })
  await kvm.sh(`test -f ${path}`)
})

/** At the end of the line with this text, which must be in view. */
async function writeAfter(page: Page, line: string, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'XML of the definition' }).getByText(line).first().click()
  await page.keyboard.press('End')
  await page.keyboard.insertText(text)
}

test('XML is checked, compared and stored; what is no domain is refused with a sentence', async ({
  adminPage: page,
  edited,
  kvm,
}) => {
  await open(page, 'definition')
  await expect(page.getByRole('button', { name: 'Save definition' })).toHaveAccessibleDescription(/Nothing is changed/)
  await expect(page.getByRole('textbox', { name: 'XML of what runs' })).toHaveAttribute('contenteditable', 'true')
  await writeAfter(page, '<vcpu', '<!-- two are enough --><nonsense>')
  const differences = page.getByRole('group', { name: /Your changes/ })
  await expect(differences).toContainText('two are enough')
  await page.getByRole('button', { name: 'Check' }).click()
  const editor = page.getByRole('textbox', { name: 'XML of the definition' })
  await expect(editor).toHaveAccessibleDescription(/nonsense/)
  await expectAccessible(page)
  await writeAfter(page, '<!-- two are enough', '</nonsense>')
  // Well-formed, but nothing that libvirt knows: its schema says so when it is stored at the latest.
  await page.getByRole('button', { name: 'Save definition' }).click()
  await expect(page.getByRole('main').getByRole('alert')).toContainText(/nonsense|schema/)
  await page.getByRole('button', { name: 'Discard changes' }).click()
  await expect(differences).toBeHidden()

  await writeAfter(page, '<vcpu', '<!-- two are enough -->')
  await page.getByRole('button', { name: 'Check' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'It can be saved' })).toBeVisible()
  // Another tab of the VM, and back: nothing typed is lost.
  await page.getByRole('link', { name: 'Settings' }).nth(1).click()
  await page.getByRole('link', { name: 'Definition' }).click()
  await expect(differences).toContainText('two are enough')

  await kvm.sh(`virsh -q -c qemu:///system desc ${edited.name} --config --title 'Somebody was here'`)
  await page.getByRole('button', { name: 'Save definition' }).click()
  await page.getByRole('button', { name: 'Read it again, keep what I typed' }).click()
  await expect(page.getByText('What you typed is still here.')).toBeVisible()
  await page.getByRole('button', { name: 'Save definition' }).click()
  await expect(differences).toBeHidden()
})

test('a viewer sees it all, and reads why not', async ({ viewerPage: page, edited }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  const refused = /Your role \(viewer\)/
  await open(page, 'network')
  await expect(page.getByRole('row').filter({ hasText: 'br0' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Add NIC' })).toHaveAccessibleDescription(refused)
  await expect(page.getByRole('button', { name: `Pull the link of ${edited.mac}` })).toHaveAccessibleDescription(
    refused,
  )
  await open(page, 'disks')
  await expect(page.getByRole('button', { name: 'Add disk' })).toHaveAccessibleDescription(refused)
  await open(page, 'settings')
  await expect(page.getByRole('button', { name: 'Save boot order' })).toHaveAccessibleDescription(refused)
  await open(page, 'definition')
  await expect(page.getByRole('button', { name: 'Save definition' })).toHaveAccessibleDescription(refused)
})

test('dark, light, on a phone and in Chinese', async ({ adminPage: page, edited, product }, testInfo) => {
  // Twenty-two pages under axe, which is slow where much else runs.
  testInfo.setTimeout(300_000)
  for (const { name, theme, locale, width } of [
    { name: 'dark', theme: 'dark', locale: 'en', width: 1280 },
    { name: 'light', theme: 'light', locale: 'en', width: 1280 },
    { name: 'phone', theme: 'dark', locale: 'en', width: 390 },
    { name: 'chinese', theme: 'light', locale: 'zh-CN', width: 390 },
  ]) {
    await page.setViewportSize({ width, height: 844 })
    await page.context().addCookies([
      { name: 'drawbridge-locale', value: locale, url: product.url },
      { name: 'drawbridge-theme', value: theme, url: product.url },
    ])
    const look = async (shown: string): Promise<void> => {
      await expectAccessible(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
      await page.screenshot({ path: testInfo.outputPath(`${shown}-${name}.png`) })
    }
    for (const tab of pages) {
      await open(page, tab)
      if (tab === 'definition') await expect(page.getByRole('textbox').first()).toBeVisible()
      await look(tab)
    }
    if (width > 390) continue
    for (const panel of ['network?nic=new', `network?nic=${edited.mac}`, 'disks?add=disk']) {
      await page.goto(`/vms/kvm1:edited/${panel}`)
      await expect(page.getByRole('dialog').getByRole('button').nth(1)).toBeVisible()
      await look(panel.replaceAll(/[?=:]/g, '-'))
    }
  }
})
