/** Pools, volumes and images from the browser; an upload that is cut, paused, and gone on with. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, expectAccessible, test } from './harness/fixtures.ts'
import type { LabHost } from './lab/host.ts'
import { waitUntil } from './lab/process.ts'

test.use({ ground: 'storage' })

const mebibyte = 1024 ** 2
const dir = mkdtempSync(join(tmpdir(), 'drawbridge-upload-'))
const file = join(dir, 'big.raw')
// So large that it is still on its way when the connection is cut.
const content = randomBytes(128 * mebibyte)
const sum = createHash('sha256').update(content).digest('hex')
test.beforeAll(() => writeFileSync(file, content))
test.afterAll(() => rmSync(dir, { recursive: true }))

/** No SSH until `sshd('start')`. */
async function cut(host: LabHost): Promise<void> {
  await host.sshd('stop')
  await host.sh("pkill -KILL -f '^sshd(-session)?: ' || true")
}
const begun = (host: LabHost, name: string) =>
  waitUntil(`${name} to be on its way`, 60_000, async () =>
    Number(await host.sh(`stat -c %s /srv/lab/${name}.*.part 2>/dev/null || echo 0`)) > 0 ? true : null,
  )

test('a pool and a volume are made, grown and deleted', async ({ adminPage: page, kvm }) => {
  await page.goto(`/hosts/${kvm.name}/storage`)
  await expect(page.getByRole('heading', { name: 'No storage pool here' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Upload an image' }).first()).toHaveAttribute('aria-disabled', 'true')
  await expectAccessible(page)

  await page.getByRole('button', { name: 'New pool' }).click()
  const form = page.getByRole('dialog', { name: /New pool on/ })
  await form.getByLabel('Name').fill('lab')
  await form.getByLabel('Directory', { exact: true }).last().fill('/etc')
  await form.getByRole('button', { name: 'Make pool' }).click()
  await expect(form.getByText(/belongs to the system/)).toBeVisible()
  await expectAccessible(page)
  await form.getByLabel('Directory', { exact: true }).last().fill('/srv/lab')
  await form.getByRole('button', { name: 'Make pool' }).click()
  await expect(form).toBeHidden()
  const row = page.getByRole('row').filter({ hasText: '/srv/lab' })
  await expect(row).toContainText('running')
  await expect(row.getByRole('meter', { name: 'Used of lab' })).toBeVisible()

  await row.getByRole('button', { name: 'lab', exact: true }).click()
  const panel = page.getByRole('dialog', { name: 'lab' })
  await panel.getByRole('button', { name: 'New volume' }).click()
  const making = page.getByRole('dialog', { name: 'New volume in lab' })
  await making.getByLabel('Name').fill('disk.qcow2')
  await making.getByLabel('Size in GiB').fill('2')
  await expectAccessible(page)
  await making.getByRole('button', { name: 'Make volume' }).click()
  await expect(making).toBeHidden()
  const volume = panel.getByRole('row').filter({ hasText: 'disk.qcow2' })
  await expect(volume).toContainText('2 GiB')
  await volume.getByRole('button', { name: 'Actions for disk.qcow2' }).click()
  await page.getByRole('menuitem', { name: 'Make larger' }).click()
  const resizing = page.getByRole('dialog', { name: 'Make disk.qcow2 larger' })
  await resizing.getByLabel('Size in GiB').fill('1')
  await resizing.getByRole('button', { name: 'Make larger' }).click()
  await expect(resizing.getByText(/can only grow/)).toBeVisible()
  await resizing.getByLabel('Size in GiB').fill('3')
  await resizing.getByRole('button', { name: 'Make larger' }).click()
  await expect(resizing).toBeHidden()
  await expect(volume).toContainText('3 GiB')
  await volume.getByRole('button', { name: 'Actions for disk.qcow2' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  const asked = page.getByRole('dialog', { name: 'Delete disk.qcow2?' })
  await asked.getByRole('button', { name: 'Delete' }).click()
  await expect(volume).toBeHidden()
})

test('an upload goes on by itself after SSH was cut, and the image is deleted again', async ({
  adminPage: page,
  kvm,
}) => {
  await page.goto(`/hosts/${kvm.name}/storage`)
  await page.getByRole('button', { name: 'Upload an image' }).first().click()
  const form = page.getByRole('dialog', { name: /Upload an image to/ })
  await form.getByRole('button', { name: 'Upload an image' }).click()
  await expect(form.getByText('Choose a file first.')).toBeVisible()
  await form.getByLabel('Image file').setInputFiles(file)
  await expect(form.getByLabel('Name')).toHaveValue('big.raw')
  await form.getByLabel('Checksum').fill(sum)
  await expectAccessible(page)
  await form.getByRole('button', { name: 'Upload an image' }).click()

  const under = page.getByRole('listitem').filter({ hasText: 'lab/big.raw' })
  await begun(kvm, 'big.raw')
  await cut(kvm)
  await expect(under).toContainText('waiting for the connection')
  await expectAccessible(page)
  await kvm.sshd('start')
  await expect(under).toContainText('done', { timeout: 60_000 })
  expect(await kvm.sh('sha256sum /srv/lab/big.raw')).toContain(sum)
  await under.getByRole('button', { name: 'Dismiss' }).click()

  const row = page.getByRole('row').filter({ hasText: 'big.raw' })
  await expect(row).toContainText('128 MiB')
  await row.getByRole('button', { name: 'Actions for big.raw' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog', { name: 'Delete big.raw?' }).getByRole('button', { name: 'Delete' }).click()
  await expect(row).toBeHidden()
})

test('an upload survives the page: the same file, chosen again, goes on where it stopped', async ({
  adminPage: page,
  kvm,
}) => {
  await page.goto(`/hosts/${kvm.name}/storage?get=upload`)
  const form = page.getByRole('dialog', { name: /Upload an image to/ })
  await form.getByLabel('Image file').setInputFiles(file)
  await form.getByLabel('Name').fill('later.raw')
  await form.getByRole('button', { name: 'Upload an image' }).click()
  await begun(kvm, 'later.raw')
  await cut(kvm)
  const under = page.getByRole('listitem').filter({ hasText: 'lab/later.raw' })
  await under.getByRole('button', { name: 'Pause' }).click()
  await expect(under).toContainText('paused')
  const before = Number(await kvm.sh('stat -c %s /srv/lab/later.raw.*.part'))
  expect(before).toBeLessThan(content.length)
  await kvm.sshd('start')
  await page.goto(`/hosts/${kvm.name}/storage`)
  await expect(under).toContainText('not finished', { timeout: 60_000 })
  await expectAccessible(page)
  await under.getByLabel('The same file again, for later.raw').setInputFiles(file)
  await expect(under).toContainText('done', { timeout: 60_000 })
  expect(await kvm.sh('sha256sum /srv/lab/later.raw')).toContain(sum)
})

test('the catalogue fills the form of a fetch, and an address that is none is refused', async ({
  adminPage: page,
  kvm,
}) => {
  await page.goto(`/hosts/${kvm.name}/storage?get=catalogue`)
  const catalogue = page.getByRole('dialog', { name: 'Images that vendors publish' })
  await expect(catalogue.getByText('Debian 12 (bookworm)')).toBeVisible()
  await expectAccessible(page)
  await catalogue.getByRole('button', { name: 'Fetch Debian 12 (bookworm)' }).click()
  const form = page.getByRole('dialog', { name: /fetch an image/ })
  await expect(form.getByLabel('Address', { exact: true })).toHaveValue(/^https:\/\/cloud\.debian\.org/)
  await expect(form.getByLabel('Address of the sums')).toHaveValue(/SHA512SUMS$/)
  await form.getByLabel('Address', { exact: true }).fill('file:///etc/shadow')
  await form.getByRole('button', { name: 'Fetch', exact: true }).click()
  await expect(form.getByText('Only http and https addresses are fetched.')).toBeVisible()
  await expectAccessible(page)
})

test('a viewer sees it on a phone in the dark, and reads why not', async ({ viewerPage: page, kvm, product }) => {
  await page.context().addCookies([{ name: 'drawbridge-theme', value: 'dark', url: product.url }])
  await page.setViewportSize({ width: 390, height: 800 })
  await page.goto(`/hosts/${kvm.name}/storage`)
  for (const name of ['New pool', 'Upload an image', 'Fetch by address']) {
    const button = page.getByRole('button', { name }).first()
    await expect(button).toHaveAttribute('aria-disabled', 'true')
    await expect(button).toHaveAccessibleDescription(/Your role \(viewer\)/)
  }
  await expect(page.getByRole('row').filter({ hasText: 'later.raw' })).toBeVisible()
  await expectAccessible(page)
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0)
})

test('in Chinese and in the light theme, too', async ({ adminPage: page, kvm, product }) => {
  await page.context().addCookies([
    { name: 'drawbridge-locale', value: 'zh-CN', url: product.url },
    { name: 'drawbridge-theme', value: 'light', url: product.url },
  ])
  await page.goto(`/hosts/${kvm.name}/storage`)
  await expect(page.getByRole('heading', { name: '存储池' })).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'later.raw' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('row').filter({ hasText: '/srv/lab' }).getByRole('button', { name: 'lab', exact: true }).click()
  await expect(page.getByRole('dialog', { name: 'lab' })).toBeVisible()
  await expectAccessible(page)
})
