/** The list and the overview of VMs in the browser: live, acted on, by keyboard and on a phone, in both languages. */
import { readFile } from 'node:fs/promises'
import { connectLibvirt } from '../lib/host/libvirt/connect.ts'
import { defineDomain, undefineDomain } from '../lib/host/libvirt/domain-calls.ts'
import { expect, expectAccessible, test } from './harness/fixtures.ts'
import { labSession } from './harness/lab-session.ts'

test.use({ ground: 'vms' })

/** Runs no system, so that it starts in no time. */
const bare = (name: string, owner = 'Vera') => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
  <metadata><d:vm xmlns:d='https://drawbridge.dev/xmlns/vm/1'><d:tags><d:tag>batch</d:tag></d:tags><d:owner>${owner}</d:owner></d:vm></metadata>
  <os><type arch='x86_64' machine='pc'>hvm</type></os></domain>`
/** Its disk is not there, so that it does not start. */
const lame = (name: string) =>
  bare(name).replace(
    '</domain>',
    `<devices><disk type='file' device='disk'><source file='/nowhere.img'/><target dev='hda' bus='ide'/></disk></devices></domain>`,
  )
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

test('a VM that hangs is told apart, with the way out', async ({ adminPage: page, kvm }) => {
  await kvm.sh('virsh -q -c qemu:///system start batch-1 || true')
  await page.goto('/vms?filter=batch')
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'batch-1', exact: true }) })
  await expect(row).toContainText('running')
  const signal = (name: string) => kvm.sh(`kill -${name} "$(cat /run/libvirt/qemu/batch-1.pid)"`)
  await signal('STOP')
  await expect(row).toContainText('not responding', { timeout: 30_000 })
  await page.getByRole('combobox', { name: 'State' }).selectOption('not responding')
  await expect(page).toHaveURL(/state=not-responding/)
  await expect(page.getByRole('link', { name: 'batch-2' })).toBeHidden()
  await expectAccessible(page)

  await page.getByRole('link', { name: 'batch-1' }).click()
  const notice = page.getByRole('alert').filter({ hasText: 'The VM does not respond' })
  await expect(notice).toContainText('what the guest has not written to its disk is lost')
  await expectAccessible(page)
  await signal('CONT')
  await expect(notice).toBeHidden({ timeout: 30_000 })

  await signal('STOP')
  await expect(notice).toBeVisible({ timeout: 30_000 })
  await notice.getByRole('button', { name: 'Force off' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Force off' }).click()
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeVisible({ timeout: 60_000 })
  await expect(notice).toBeHidden()
})

test('what was done to a VM stands on its overview, and leads to the job', async ({
  adminPage: page,
  product,
  kvm,
}) => {
  const asked = await product.api.call<{ job: { id: string } }>('POST', `/vms/${kvm.name}:batch-2/clone`, {
    name: 'copied',
  })
  expect(asked.status).toBe(202)
  await page.goto(`/vms/${kvm.name}:batch-2/overview`)
  const jobs = page.getByRole('region', { name: 'Newest jobs' })
  await expect(jobs.getByRole('listitem')).toContainText('done')
  await expect(jobs.getByRole('listitem')).toContainText('tests')
  await jobs.getByRole('link', { name: 'Clone batch-2 as copied' }).click()
  await expect(page).toHaveURL(new RegExp(`/jobs/${asked.body.job.id}$`))
  await page.goto(`/vms/${kvm.name}:copied/overview`)
  await expect(jobs.getByRole('link', { name: 'Clone batch-2 as copied' })).toBeVisible()
  await jobs.getByRole('link', { name: 'All its jobs' }).click()
  await expect(page.getByText(`Only what was done to, or from, ${kvm.name}:copied`)).toBeVisible()
  await expect(page.getByRole('rowheader')).toHaveText('Clone batch-2 as copied')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'All jobs' }).click()
  await expect(page).toHaveURL(/\/jobs$/)
  await page.goto(`/vms/${kvm.name}:vm1/overview`)
  await expect(jobs).toContainText('None.')
  await kvm.sh('virsh -q -c qemu:///system undefine copied')
})

test('the list is filtered by owner, host, state and tag, has disks, and its address keeps how', async ({
  adminPage: page,
  kvm,
  guest,
}) => {
  await kvm.sh(
    `qemu-img create -q -f qcow2 /var/lib/libvirt/images/roomy.qcow2 5G && cat | virsh -q -c qemu:///system define /dev/stdin`,
    {
      stdin: bare('roomy', 'Ada').replace(
        '</domain>',
        `<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/var/lib/libvirt/images/roomy.qcow2'/><target dev='vda'/></disk></devices></domain>`,
      ),
    },
  )
  await page.goto('/vms')
  const shown = page.getByRole('rowheader')
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'roomy' }) })
  // Seen by an event or with the next reading of all.
  await expect(row.getByRole('cell', { name: '5.00 GiB' })).toBeVisible({ timeout: 45_000 })
  await expect(row.getByTitle(/^<?0\.0\d GiB taken on the host$/)).toHaveText('5.00 GiB')
  await page.getByRole('combobox', { name: 'Owner' }).selectOption('Vera')
  await expect(shown).toHaveCount(3)
  await expect(page).toHaveURL(/owner=Vera/)
  await page.reload()
  await expect(shown).toHaveCount(3)
  await expect(page.getByRole('combobox', { name: 'Owner' })).toHaveValue('Vera')
  await page.getByRole('combobox', { name: 'State' }).selectOption('running')
  await expect(page.getByText('No VM is so. Choose other filters.')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filter' }).click()
  await expect(page).not.toHaveURL(/owner=/)
  await expect(page.getByRole('link', { name: guest.name, exact: true })).toBeVisible()
  await page.goto(`/vms?host=${kvm.name}&sort=-disk`)
  await expect(shown.first()).toHaveText('roomy')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('button', { name: 'Export' })
      .click()
      .then(() => page.getByRole('menuitem', { name: 'JSON' }).click()),
  ])
  const exported = JSON.parse(await readFile(await download.path(), 'utf8')) as { name: string; disk: number | null }[]
  expect(exported[0]).toMatchObject({ name: 'roomy', disk: 5 * 1024 ** 3 })

  await page.getByRole('link', { name: 'roomy' }).click()
  await expect(page.getByText(/5\.00 GiB \(<?0\.0\d GiB taken on the host\)/)).toBeVisible()
  await kvm.sh('virsh -q -c qemu:///system undefine roomy; rm /var/lib/libvirt/images/roomy.qcow2')
})

test('of hundreds of VMs only those in view are drawn; the end is a key away, and one is found by name', async ({
  adminPage: page,
  kvm,
  guest,
}) => {
  const many = 400
  const nameOf = (index: number) => `many-${String(index).padStart(3, '0')}`
  await using session = await labSession(kvm)
  const connected = await connectLibvirt(session.value)
  if (!connected.ok) throw new Error(connected.error.title)
  const client = connected.value
  const made = await Promise.all(
    Array.from({ length: many }, (_, index) => client.call(defineDomain(lame(nameOf(index)), false))),
  )
  try {
    await page.goto('/vms?tag=batch')
    await expect(page.getByRole('link', { name: 'many-000' })).toBeVisible({ timeout: 45_000 })
    await expect(page.getByRole('link', { name: guest.name, exact: true })).toBeHidden()
    await expect.poll(() => page.locator('tr[data-row]').count()).toBeLessThan(80)
    // As high as all of them are, so that the scroll bar tells the truth.
    const height = await page.getByRole('table').evaluate((table) => table.getBoundingClientRect().height)
    expect(height).toBeGreaterThan(many * 36)
    await expectAccessible(page)
    await page.getByRole('heading', { level: 1 }).focus()
    await page.keyboard.press('End')
    await expect(page.getByRole('link', { name: 'many-399' })).toBeInViewport()
    // What the columns are is still to be read, and sorted by.
    await expect(page.getByRole('columnheader', { name: 'State' })).toBeInViewport()
    await expect(page.getByRole('link', { name: 'many-000' })).toHaveCount(0)
    expect(await page.locator('tr[data-row]').count()).toBeLessThan(80)
    await page.keyboard.press('Home')
    await expect(page.getByRole('link', { name: 'batch-1' })).toBeInViewport()

    await page.keyboard.press('/')
    await page.keyboard.type('many-27')
    await expect(page.getByRole('rowheader')).toHaveCount(10)
    await expect(page.getByRole('link', { name: 'many-277' })).toBeInViewport()
    // Ticked, and searched for something else: what is ticked stays so.
    await page.getByRole('checkbox', { name: 'Select many-277' }).check()
    await page.getByRole('searchbox').fill('')
    const bar = page.getByRole('group', { name: 'For all selected VMs' })
    await expect(bar).toContainText('1 selected')

    // More than one request takes: how far it is, and in the end what became of each.
    await page.getByRole('searchbox').fill('many-1')
    await page.getByRole('checkbox', { name: 'Select all' }).check()
    await expect(bar).toContainText('101 selected')
    await bar.getByRole('button', { name: 'Start 101' }).click()
    await expect(bar).toContainText(/(40|80) of 101 asked/)
    const told = page.getByRole('alert').filter({ hasText: 'Start: 0 done, 101 failed' })
    await expect(told).toBeVisible({ timeout: 60_000 })
    await expect(told.getByRole('listitem')).toHaveCount(101)
    await expect(told.getByRole('listitem').filter({ hasText: 'many-199' })).toContainText('/nowhere.img')
  } finally {
    await Promise.all(made.flatMap((ref) => (ref.ok ? [client.call(undefineDomain(ref.value, 0))] : [])))
    client.close()
  }
})

test('it is saved as a job whose progress stands on its page, and goes on from there', async ({
  adminPage: page,
  kvm,
  guest,
}) => {
  expect(guest.name).toBe('vm1')
  await page.goto('/vms/kvm1:vm1/overview')
  // What writes the file stands still, so that it is seen half-way.
  const held = kvm.sh('until pid=$(pidof libvirt_iohelper); do sleep 0.01; done; kill -STOP $pid; echo $pid')
  await page.getByRole('button', { name: 'Actions for vm1' }).click()
  await page.getByRole('menuitem', { name: 'Save and stop', exact: true }).click()
  const writer = (await held).trim()
  await expect(page.getByRole('status').filter({ hasText: 'Save and stop vm1' })).toBeVisible()
  await expect(page.getByRole('progressbar', { name: 'Progress' })).toHaveAttribute('aria-valuenow', /^[1-9]\d?$/)
  await expect(page.getByText('saving', { exact: true })).toBeVisible()
  await expectAccessible(page)
  await kvm.sh(`kill -CONT ${writer}`)
  await expect(page.getByText('Save and stop vm1: done')).toBeVisible()
  await page.getByRole('button', { name: 'Start from the saved state' }).click()
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
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(sideways, place).toBeLessThanOrEqual(0)
    }
  })

test('while its host does not answer, a VM is shown as last seen, and that it is so', async ({
  adminPage: page,
  kvm,
  guest,
}) => {
  await page.goto('/vms')
  await page.getByRole('link', { name: guest.name, exact: true }).click()
  await expect(page.getByRole('region', { name: 'Addresses' })).toBeVisible()
  await kvm.carrier('enp1s0', 'down')
  try {
    const notice = page.getByRole('status').filter({ hasText: `${kvm.name} does not answer` })
    await expect(notice).toBeVisible({ timeout: 60_000 })
    const shutDown = page.getByRole('button', { name: 'Shut down', exact: true })
    await expect(shutDown).toHaveAccessibleDescription(/The host stopped answering/)
    await page.reload()
    await expect(notice).toContainText('Seen at')
    await expect(shutDown).toHaveAttribute('aria-disabled', 'true')
    await expect(page.getByRole('heading', { level: 1, name: guest.name })).toBeVisible()
    await expectAccessible(page)
    await kvm.carrier('enp1s0', 'up')
    await expect(notice).toBeHidden({ timeout: 60_000 })
    await expect(shutDown).not.toHaveAttribute('aria-disabled', 'true')
  } finally {
    await kvm.carrier('enp1s0', 'up')
  }
})
