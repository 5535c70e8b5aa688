/** What the API and the forms say, in a browser that is set to Chinese. */
import { expect, expectAccessible, test } from './harness/fixtures.ts'

const chinese = async (page: import('@playwright/test').Page, url: string) => {
  await page.context().addCookies([{ name: 'drawbridge-locale', value: 'zh-CN', url }])
}

test('a page of something that is not there, and why a button is off', async ({ viewerPage: page, product }) => {
  await chinese(page, product.url)
  await page.goto('/hosts/nowhere/system')
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await expect(page.getByRole('main')).toContainText('没有 ID 或名称为 nowhere 的主机。')
  await page.goto('/hosts')
  const add = page.getByRole('button', { name: '添加主机' })
  const reason = '您的角色（只读）不能添加主机；请申请管理员角色。'
  await expect(add).toHaveAccessibleDescription(reason)
  await add.hover()
  await expect(page.getByText(reason).filter({ visible: true }).first()).toBeVisible()
  await expectAccessible(page)
})

test('a VM that can’t be made so says why, at its field', async ({ adminPage: page, product, kvm }) => {
  await chinese(page, product.url)
  const { body } = await product.api.call<{ items: { name: string }[] }>('GET', '/presets')
  const spec = { vcpus: 1, memoryBytes: 192 * 1024 ** 2, disks: [], nics: [] }
  if (!body.items.some(({ name }) => name === 'bare'))
    await product.api.call('POST', '/presets', { name: 'bare', description: 'For tests.', spec })
  await page.goto('/vms/new/full?preset=bare')
  const name = page.getByRole('textbox', { name: '名称', exact: true })
  await name.fill('..')
  await expect(name).toHaveAccessibleDescription(/名称由字母、数字、点、短横线和下划线组成/)
  await name.fill('web')
  const memory = page.getByRole('textbox', { name: '内存', exact: true })
  await memory.fill('1 MiB')
  await expect(memory).toHaveAccessibleDescription(/虚拟机至少有 16 MiB 内存。/)
  await memory.fill('99999 GiB')
  // Other files' hosts may be there, and fit better.
  const hosts = await product.api.call<{ items: { name: string }[] }>('GET', '/hosts')
  const names = [kvm.name, ...hosts.body.items.map((host) => host.name)]
  await expect(memory).toHaveAccessibleDescription(new RegExp(`(${names.join('|')}) 有 .* 内存：还差 `))
  await page.setViewportSize({ width: 390, height: 844 })
  await expectAccessible(page)
})

test('a form says what it found out itself', async ({ adminPage: page, product }) => {
  await chinese(page, product.url)
  await page.goto('/hosts/new')
  await page.getByRole('textbox').first().fill('not a host!')
  await page.getByRole('button', { name: '询问主机' }).first().click()
  await expect(page.getByText('请使用主机名、IPv4 或 IPv6 地址。')).toBeVisible()
})
