/** VMs made in the browser: from a preset in three clicks, by the full form, as a clone; and deleted with named disks. */
import type { Page } from '@playwright/test'
import { expect, expectAccessible, test } from './harness/fixtures.ts'
import { leaseOf } from './lab/guest.ts'
import { run, waitUntil } from './lab/process.ts'

test.use({ ground: 'vm-create' })

const mebibyte = 1024 ** 2
const images = '/var/lib/libvirt/images'
const patient = { timeout: 60_000 }

interface Vm {
  id: string
  name: string
  nics: { mac: string }[]
  disks: { target: string; source: string | null }[]
}

/** A pool with the lab's image in it, and a preset of it. */
test.beforeEach(async ({ kvm, product }) => {
  await kvm.sh(
    `virsh -q pool-info default 2>&1 || { virsh -q pool-define-as default dir --target ${images} && virsh -q pool-start default; }`,
  )
  const spec = {
    vcpus: 1,
    memoryBytes: 192 * mebibyte,
    disks: [{ from: 'image', image: 'guest.qcow2' }],
    nics: [{ source: { kind: 'lan' } }],
    cloudInit: {},
  }
  const { body } = await product.api.call<{ items: { name: string }[] }>('GET', '/presets')
  for (const [name, of] of [
    ['plain', {}],
    ['tiny', spec],
  ] as const) {
    if (body.items.some((preset) => preset.name === name)) continue
    expect((await product.api.call('POST', '/presets', { name, description: 'For tests.', spec: of })).status).toBe(201)
  }
})

/** How often somebody pressed something since; kept over the pages that are gone through. */
async function countPresses(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    document.addEventListener('pointerdown', () => {
      sessionStorage.setItem('presses', String(Number(sessionStorage.getItem('presses') ?? 0) + 1))
    })
  })
  return () => page.evaluate(() => Number(sessionStorage.getItem('presses') ?? 0))
}

test('from a preset in three clicks, to a guest that answers', async ({ adminPage: page, product, kvm, lab }) => {
  await page.goto('/vms')
  const presses = await countPresses(page)
  await page.getByRole('button', { name: 'New VM' }).first().click()
  await page.getByRole('radio', { name: /^tiny/ }).click()
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('tiny-1')
  await expect(page.getByRole('combobox', { name: 'Host' })).toContainText(`Best fit: ${kvm.name}`)
  await expect(page.getByRole('radio', { name: /^br0/ })).toBeChecked()
  const create = page.getByRole('button', { name: 'Create' })
  await expect(create).not.toHaveAttribute('aria-disabled', 'true')
  await expectAccessible(page)
  await create.click()
  expect(await presses()).toBe(3)

  const job = page.getByRole('region', { name: /tiny-1/ })
  const steps = job.getByRole('region', { name: 'Steps' })
  await expect(steps.getByRole('listitem').first()).toBeVisible()
  await expect(job.getByRole('status')).toHaveText(/done/, patient)
  await expect(steps.getByText('done')).toHaveCount(await steps.getByRole('listitem').count())
  await expectAccessible(page)
  await page.reload()
  await expect(job.getByRole('status')).toHaveText(/done/)
  await page.getByRole('link', { name: 'To the VM' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'tiny-1' })).toBeVisible()

  const vm = (await product.api.call<Vm>('GET', `/vms/${kvm.name}:tiny-1`)).body
  await waitUntil('tiny-1 to answer pings', 120_000, async () => {
    const address = leaseOf(lab.record, vm.nics[0]?.mac ?? '')
    if (address === null) return null
    return (await run(['ping', '-c1', '-W1', '-q', address])).code === 0 ? true : null
  })
})

test('by the full form: refused at its field, then made, cloned, deleted with a named disk', async ({
  adminPage: page,
  product,
  kvm,
}) => {
  await page.goto('/vms/new/full?preset=tiny')
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('..')
  await page.getByText('MAC, queues, rings').click()
  const queues = page.getByRole('textbox', { name: 'Queues' })
  await queues.fill('many')
  await expect(page.getByText('Write a whole number.').first()).toBeVisible()
  await queues.fill('4')
  await expect(queues).toHaveAccessibleDescription(/4 queues need as many vCPUs/)
  await page.getByRole('textbox', { name: 'vCPUs', exact: true }).fill('4')
  await expect(queues).not.toHaveAttribute('aria-invalid', 'true')
  await expect(name).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByRole('button', { name: 'Create' })).toHaveAttribute('aria-disabled', 'true')
  await name.fill('shop')
  await expect(name).not.toHaveAttribute('aria-invalid', 'true')
  await expect(queues).toHaveValue('4')
  await page.getByRole('checkbox', { name: 'Start it when it is made' }).uncheck()
  await page.getByRole('radio', { name: /^My own/ }).check()
  const userData = page.getByRole('textbox', { name: 'user-data' })
  await userData.fill('packages: [')
  await expect(userData).toHaveAttribute('aria-invalid', 'true')
  await expectAccessible(page)
  await userData.fill('#cloud-config\npackages: [nginx]\n')
  await expect(userData).not.toHaveAttribute('aria-invalid', 'true')
  const review = page.getByRole('region', { name: 'Review' })
  await review.getByText('libvirt XML').click()
  await expect(review.getByLabel('libvirt XML')).toContainText("queues='4'")
  await review.getByText('The same by the API').click()
  await expect(review.getByLabel('The same by the API')).toContainText('"name": "shop"')
  await page.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('region', { name: /shop/ }).getByRole('status')).toHaveText(/done/, patient)
  await page.getByRole('link', { name: 'To the VM' }).click()

  const actions = page.getByRole('button', { name: 'Actions for shop', exact: true })
  await actions.click()
  await page.getByRole('menuitem', { name: /^Clone/ }).click()
  const clone = page.getByRole('dialog', { name: 'Clone shop' })
  await expect(clone.getByRole('textbox', { name: 'Name' })).toHaveValue('shop-clone-1')
  await clone.getByRole('textbox', { name: 'Name' }).fill('shop')
  await clone.getByRole('button', { name: 'Clone' }).click()
  await expect(clone.getByRole('textbox', { name: 'Name' })).toHaveAttribute('aria-invalid', 'true')
  await expectAccessible(page)
  await clone.getByRole('textbox', { name: 'Name' }).fill('shop-2')
  await clone.getByRole('button', { name: 'Clone' }).click()
  const made = page.getByRole('dialog', { name: 'Making shop-2' })
  await expect(made.getByRole('status').first()).toHaveText(/done/, patient)
  await made.getByRole('link', { name: 'Open shop-2' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'shop-2' })).toBeVisible()

  const vmOf = async (one: string) => (await product.api.call<Vm>('GET', `/vms/${kvm.name}:${one}`)).body
  const [shop, copy] = [await vmOf('shop'), await vmOf('shop-2')]
  expect(copy.nics[0]?.mac).not.toBe(shop.nics[0]?.mac)
  const disk = copy.disks.find(({ target }) => target === 'vda')?.source ?? ''
  await kvm.sh(`test -f '${disk}'`)

  await page.getByRole('button', { name: 'Actions for shop-2', exact: true }).click()
  await page.getByRole('menuitem', { name: /^Delete/ }).click()
  const remove = page.getByRole('dialog', { name: 'Delete shop-2?' })
  const boxes = remove.getByRole('checkbox')
  for (const box of await boxes.all()) await expect(box).not.toBeChecked()
  await remove.getByRole('checkbox', { name: new RegExp(disk.replaceAll(/[.+]/g, '\\$&')) }).check()
  const button = remove.getByRole('button', { name: /^Delete with/ })
  await expect(button).toHaveAttribute('aria-disabled', 'true')
  await remove.getByRole('textbox', { name: /^Type shop-2/ }).fill('shop-2')
  await expectAccessible(page)
  await button.click()
  await expect(page).toHaveURL(/\/vms$/)
  expect((await product.api.call('GET', `/vms/${kvm.name}:shop-2`)).status).toBe(404)
  await kvm.sh(`test ! -e '${disk}' && test -f '${shop.disks.find(({ target }) => target === 'vda')?.source ?? ''}'`)
})

test('with secure boot and a TPM: the form offers them, and the VM has them', async ({ adminPage: page, kvm }) => {
  await page.goto('/vms/new/full?preset=tiny')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('vault')
  const firmware = page.getByRole('combobox', { name: 'Firmware' })
  await firmware.selectOption({ label: 'UEFI, secure boot' })
  await page.getByRole('checkbox', { name: 'TPM 2.0' }).check()
  const review = page.getByRole('region', { name: 'Review' })
  await expect(review.getByText(/need 512 MiB to start/)).toBeVisible()
  await page.getByRole('textbox', { name: 'Memory' }).fill('512 MiB')
  await expect(review.getByText(/need 512 MiB to start/)).toBeHidden()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('region', { name: /vault/ }).getByRole('status')).toHaveText(/done/, patient)
  await page.getByRole('link', { name: 'To the VM' }).click()
  await expect(page.getByText(/UEFI.*secure boot.*TPM/i)).toBeVisible()
  expect(await kvm.sh('ps -C swtpm -o args=; virsh -q destroy vault')).toMatch(/vault-swtpm\.sock/)
})

test('presets are made, edited and deleted', async ({ adminPage: page }) => {
  await page.goto('/settings/presets')
  await page.getByRole('button', { name: 'New preset' }).click()
  const panel = page.getByRole('dialog', { name: 'New preset' })
  await panel.getByRole('textbox', { name: 'Name', exact: true }).fill('tiny')
  await panel.getByRole('textbox', { name: 'Memory' }).fill('3 GiB')
  await panel.getByRole('button', { name: 'Save' }).click()
  await expect(panel.getByRole('textbox', { name: 'Name', exact: true })).toHaveAttribute('aria-invalid', 'true')
  await expectAccessible(page)
  await panel.getByRole('textbox', { name: 'Name', exact: true }).fill('wide')
  await panel.getByRole('button', { name: 'Save' }).click()
  const row = page.getByRole('row').filter({ hasText: 'wide' })
  await expect(row).toContainText('2 vCPU · 3 GiB · 20 GiB')
  await expectAccessible(page)
  await row.getByRole('button', { name: 'wide', exact: true }).click()
  const edit = page.getByRole('dialog', { name: 'Preset wide' })
  await edit.getByRole('textbox', { name: 'vCPUs', exact: true }).fill('4')
  await edit.getByRole('button', { name: 'Save' }).click()
  await expect(row).toContainText('4 vCPU · 3 GiB · 20 GiB')
  await row.getByRole('button', { name: 'Actions for wide' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog', { name: 'Delete preset wide?' }).getByRole('button', { name: 'Delete' }).click()
  await expect(row).toBeHidden()
})

test('a viewer reads why not', async ({ viewerPage: page }) => {
  const reason = /Your role \(viewer\) may not/
  for (const path of ['/vms/new', '/vms/new/full?preset=tiny']) {
    await page.goto(path)
    await expect(page.getByRole('button', { name: 'Create' })).toHaveAccessibleDescription(reason)
    await expectAccessible(page)
  }
  await page.goto('/settings/presets')
  await expect(page.getByRole('button', { name: 'New preset' })).toHaveAccessibleDescription(reason)
  await expectAccessible(page)
})

for (const [theme, locale, width] of [
  ['light', 'en', 390],
  ['dark', 'zh-CN', 390],
  ['light', 'zh-CN', 1280],
] as const)
  test(`the pages in ${theme}, ${locale}, ${width} px wide`, async ({ adminPage: page, product, kvm }) => {
    await page.context().addCookies([
      { name: 'drawbridge-locale', value: locale, url: product.url },
      { name: 'drawbridge-theme', value: theme, url: product.url },
    ])
    await page.setViewportSize({ width, height: 844 })
    for (const path of ['/vms/new?preset=tiny', '/vms/new/full?preset=tiny', '/settings/presets?preset=new']) {
      await page.goto(path)
      await expect(
        page
          .locator('fieldset')
          .filter({ hasText: /br0|NIC|网卡/ })
          .first(),
      ).toBeVisible()
      if (!path.startsWith('/settings')) await expect(page.getByText(kvm.name).first()).toBeAttached()
      await expectAccessible(page)
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      ).toBe(0)
    }
  })
