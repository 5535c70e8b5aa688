/** People and what they may do: set-up, sign-in, a second factor, tokens, roles, the audit log, jobs. */
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { admin, type Claimed, expect, expectAccessible, type Person, test } from './harness/fixtures.ts'
import { apiAt } from './harness/api.ts'
import { startProduct } from './harness/product.ts'
import { totp } from './harness/totp.ts'

/** Somebody of one test alone, so that no other test's sessions end. */
async function addPerson(product: Claimed, name: string, role: string): Promise<Person & { id: string }> {
  const person = { email: `${name.toLowerCase()}@example.org`, password: `${name} has a horse battery` }
  const added = await product.api.call<{ id: string }>('POST', '/users', { name, role, ...person })
  expect(added.status).toBe(201)
  return { ...person, id: added.body.id }
}

async function givePassword(page: Page, { email, password }: Person): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Account of/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
}

const title = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })

test('the first admin is made in the browser, with the link that was printed', async ({ browser, faults }) => {
  const product = await startProduct()
  const context = await browser.newContext({ baseURL: product.url, locale: 'en-GB' })
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  try {
    await page.goto('/hosts')
    await expect(title(page, 'Set up Drawbridge')).toBeVisible()
    await page.getByRole('button', { name: 'Create admin and sign in' }).click()
    await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/12 to 256 characters/)
    await expectAccessible(page)
    await page.getByLabel('Set-up token').fill('not-the-token')
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('E-mail address').fill(admin.email)
    await page.getByLabel('Password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Create admin and sign in' }).click()
    await expect(page.getByLabel('Set-up token')).toHaveAccessibleDescription(/wrong, used or older than 24 hours/)

    const [, link = ''] = /Set-up\s+(\S+)/.exec(product.output()) ?? []
    await page.goto(link)
    await page.reload()
    await expect(page.getByLabel('Set-up token')).toHaveValue(await product.setupToken())
    await expect(page.getByLabel('Name')).toBeFocused()
    await page.keyboard.type('Ada')
    await page.getByLabel('E-mail address').fill(admin.email)
    await page.getByLabel('Password', { exact: true }).fill(admin.password)
    await page.keyboard.press('Enter')
    await expect(title(page, 'Fleet')).toBeVisible()

    await page.goto('/setup')
    await expect(title(page, 'Set up already')).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await expect(title(page, 'Fleet')).toBeVisible()
  } finally {
    await context.close()
    await product.close()
  }
})

test('a wrong password says so; the right one leads where one wanted to go, and never elsewhere', async ({
  page,
  product,
}) => {
  await page.goto(`${product.url}/jobs?state=failed`)
  await expect(title(page, 'Sign in')).toBeVisible()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription('Give your password.')
  await givePassword(page, { ...admin, password: 'not the password' })
  await expect(page.getByRole('alert').filter({ hasText: 'E-mail address or password is wrong.' })).toBeVisible()
  await expect(page.getByLabel('E-mail address')).toHaveValue(admin.email)
  await expectAccessible(page)
  await givePassword(page, admin)
  await expect(title(page, 'Jobs')).toBeVisible()
  await expect(page).toHaveURL(`${product.url}/jobs?state=failed`)
  await signOut(page)
  await page.goto(`${product.url}/login?next=//example.org/`)
  await givePassword(page, admin)
  await expect(title(page, 'Fleet')).toBeVisible()
  await expect(page).toHaveURL(`${product.url}/`)
})

test('a second factor is switched on, asked for, replaced by a backup code, and switched off', async ({
  page,
  product,
}) => {
  const tess = await addPerson(product, 'Tess', 'viewer')
  const account = `${product.url}/settings/account`
  const factor = page.getByRole('region', { name: 'Second factor' })
  const dialog = page.getByRole('dialog')
  await page.goto(account)
  await givePassword(page, tess)
  await factor.getByRole('button', { name: 'Switch on…' }).click()
  await dialog.getByLabel('Your password').fill('not the password')
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await expect(dialog.getByLabel('Your password')).toHaveAccessibleDescription('This is not your password.')
  await dialog.getByLabel('Your password').fill(tess.password)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  const secret = await dialog.getByLabel('Secret', { exact: true }).innerText()
  await expect(dialog.getByRole('link', { name: /Open in an app/ })).toHaveAttribute('href', /^otpauth:\/\/totp\//)
  await expectAccessible(page)
  await dialog.getByLabel('6-digit code').fill('000000')
  await dialog.getByRole('button', { name: 'Switch on' }).click()
  await expect(dialog.getByLabel('6-digit code')).toHaveAccessibleDescription('This code is wrong.')
  await dialog.getByLabel('6-digit code').fill(totp(secret))
  await dialog.getByRole('button', { name: 'Switch on' }).click()
  const codes = (await dialog.getByLabel('Backup codes').innerText()).split('\n')
  expect(codes).toHaveLength(10)
  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Download' }).click()
  expect(await readFile(await (await download).path(), 'utf8')).toBe(`${codes.join('\n')}\n`)
  await dialog.getByRole('button', { name: 'I have kept them' }).click()
  await expect(factor.getByText('on', { exact: true })).toBeVisible()

  await signOut(page)
  await page.goto(`${product.url}/login?next=/settings/account`)
  await givePassword(page, tess)
  await expect(title(page, 'Second factor')).toBeVisible()
  await expectAccessible(page)
  await page.getByLabel('Code').fill('000000')
  await page.getByRole('button', { name: 'Verify' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'The code is wrong.' })).toBeVisible()
  await page.getByLabel('Code').fill(totp(secret))
  await page.getByRole('button', { name: 'Verify' }).click()
  await expect(page).toHaveURL(account)

  await signOut(page)
  await givePassword(page, tess)
  await page.getByLabel('Code').fill(codes[0] ?? '')
  await page.keyboard.press('Enter')
  await expect(title(page, 'Fleet')).toBeVisible()
  await page.goto(account)
  await factor.getByRole('button', { name: 'Switch off' }).click()
  await dialog.getByLabel('Your password').fill(tess.password)
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await expect(factor.getByText('off', { exact: true })).toBeVisible()
})

test('sessions are listed and ended; a new password ends the others', async ({ page, product }) => {
  const sid = await addPerson(product, 'Sid', 'viewer')
  const elsewhere = async (): Promise<void> => {
    const answer = await fetch(`${product.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: product.url, 'user-agent': 'elsewhere/1.0' },
      body: JSON.stringify({ email: sid.email, password: sid.password }),
    })
    expect(answer.status).toBe(200)
  }
  await elsewhere()
  await elsewhere()
  await page.goto(`${product.url}/settings/account`)
  await givePassword(page, sid)
  const sessions = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
  await expect(sessions).toHaveCount(3)
  await expect(sessions.filter({ hasText: 'this one' })).toContainText(/Chrome \d+ on Linux/)
  await sessions.getByRole('button', { name: 'End the session of elsewhere' }).first().click()
  await expect(sessions).toHaveCount(2)
  const password = page.getByRole('region', { name: 'Password' })
  await password.getByLabel('Current password').fill('not the password')
  await password.getByLabel('New password').fill('another good password')
  await password.getByRole('button', { name: 'Change password' }).click()
  await expect(password.getByLabel('Current password')).toHaveAccessibleDescription(/not your current password/)
  await password.getByLabel('Current password').fill(sid.password)
  await password.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Password changed')).toBeVisible()
  await expect(sessions).toHaveCount(1)
})

test('a person is added, given another role, disabled and removed; the last admin stays', async ({
  adminPage: page,
  product,
}) => {
  const row = page.getByRole('row', { name: /Paula/ })
  const choose = async (item: string): Promise<void> => {
    await row.getByRole('button', { name: 'Actions for Paula' }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  const dialog = page.getByRole('dialog')
  const signIn = async (password: string): Promise<number> =>
    (await apiAt(product.url, null).call('POST', '/session', { email: 'paula@example.org', password })).status

  await page.goto('/settings/people')
  await expect(page.getByRole('row', { name: /Ada/ })).toBeVisible()
  await page.keyboard.press('n')
  await dialog.getByLabel('Name').fill('Paula')
  await dialog.getByLabel('E-mail address').fill(admin.email)
  await dialog.getByRole('button', { name: 'Add person' }).click()
  await expect(dialog.getByLabel('E-mail address')).toHaveAccessibleDescription(/has this e-mail address already/)
  await dialog.getByLabel('E-mail address').fill('paula@example.org')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Add person' }).click()
  await expect(dialog.getByRole('heading', { name: 'Paula can sign in now' })).toBeVisible()
  const given = await dialog.getByLabel('Password').innerText()
  expect(given).toHaveLength(24)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(row).toContainText('viewer')
  expect(await signIn(given)).toBe(200)

  await row.getByRole('button', { name: 'Paula', exact: true }).click()
  await expect(page).toHaveURL(/person=/)
  await dialog.getByRole('radio', { name: /operator/ }).check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(row).toContainText('operator')

  await choose('Disable…')
  await expect(dialog).toContainText('the API tokens they made are revoked')
  await dialog.getByRole('button', { name: 'Disable' }).click()
  await expect(row).toContainText('disabled')
  expect(await signIn(given)).toBe(403)
  await choose('Remove…')
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await expect(row).toHaveCount(0)

  await page.getByRole('button', { name: 'Actions for Ada' }).click()
  await page.getByRole('menuitem', { name: 'Remove…' }).click()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await expect(dialog.getByRole('alert')).toContainText('This is the last admin who can sign in.')
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
})

test('a token is shown once, works with its role, and is revoked', async ({ adminPage: page, product }) => {
  const dialog = page.getByRole('dialog')
  const row = page.getByRole('row', { name: /ci-robot/ })
  await page.goto('/settings/tokens')
  await page.getByRole('button', { name: 'New token' }).click()
  await dialog.getByRole('button', { name: 'Make token' }).click()
  await expect(dialog.getByLabel('Name')).toHaveAccessibleDescription(/Give a name/)
  await dialog.getByLabel('Name').fill('ci-robot')
  await dialog.getByLabel('Expires').selectOption('after 30 days')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Make token' }).click()
  const token = await dialog.getByLabel('Token', { exact: true }).innerText()
  await expect(dialog.getByLabel('Try it')).toContainText(`${product.url}/api/v1/hosts`)
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'I have copied it' }).click()
  await expect(row).toContainText('viewer')
  await expect(page.getByText(token)).toHaveCount(0)
  const robot = apiAt(product.url, token)
  expect((await robot.call('GET', '/hosts')).status).toBe(200)
  expect((await robot.call('GET', '/users')).status).toBe(403)
  await row.getByRole('button', { name: 'Revoke ci-robot' }).click()
  await dialog.getByRole('button', { name: 'Revoke' }).click()
  await expect(row).toContainText('revoked')
  expect((await robot.call('GET', '/hosts')).status).toBe(401)
})

test('the audit log is filtered by the address, opened, and exported whole', async ({ adminPage: page, product }) => {
  await product.api.call('POST', '/tokens', { name: 'made for the log', role: 'viewer' })
  await page.goto('/settings/audit')
  await page.getByLabel('Action', { exact: true }).selectOption('token.manage')
  await page.getByLabel('Outcome').selectOption('done')
  await expect(page).toHaveURL(/action=token.manage&outcome=done/)
  await page.reload()
  const row = page.getByRole('row').filter({ hasText: 'made for the log' }).first()
  await row.getByRole('button').click()
  await expect(page.getByRole('definition').filter({ hasText: 'API token' })).toBeVisible()
  await expectAccessible(page)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('menuitem', { name: 'CSV' }).click()
  const [head = '', ...lines] = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\r\n')
  expect(head).toBe('at,actorKind,actorId,actorName,action,outcome,targetKind,targetId,targetName,address,detail')
  expect(lines.every((line) => line.includes(',token.manage,done,'))).toBe(true)
  expect(lines.some((line) => line.includes('made for the log'))).toBe(true)
  await page.getByLabel('Outcome').selectOption('failed')
  await expect(page.getByRole('heading', { name: 'Nothing like this was done' })).toBeVisible()
  await page.getByRole('button', { name: 'Clear filter' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'session.begin' }).first()).toBeVisible()
})

test('a viewer sees why not, in the words of the API', async ({ viewerPage: page, product }) => {
  const made = await product.api.call<{ token: string }>('POST', '/tokens', { name: 'as a viewer', role: 'viewer' })
  const asViewer = apiAt(product.url, made.body.token)
  for (const [path, list, add] of [
    ['people', '/users', 'Add person'],
    ['tokens', '/tokens', 'New token'],
    ['audit', '/audit', null],
  ] as const) {
    const { status, body } = await asViewer.call<{ title: string }>('GET', list)
    expect(status).toBe(403)
    await page.goto(`/settings/${path}`)
    await expect(page.getByRole('main').getByRole('status').filter({ hasText: body.title })).toBeVisible()
    await expect(page.getByRole('table')).toHaveCount(0)
    if (add === null) continue
    const button = page.getByRole('button', { name: add })
    await expect(button).toHaveAttribute('aria-disabled', 'true')
    await expect(button).toHaveAccessibleDescription(body.title)
    await button.click({ force: true })
    await expect(page.getByRole('dialog')).toHaveCount(0)
  }
})

test('a job is listed, followed to its end, and there after a reload', async ({
  adminPage: page,
  viewerPage,
  product,
  kvm,
}) => {
  const made = await product.api.call<{ id: string }>('POST', `/hosts/${kvm.name}/prepare`, {
    checks: ['default-network'],
  })
  expect(made.status).toBe(202)
  await page.goto('/jobs')
  await page.getByLabel('Host').selectOption(kvm.name)
  await expect(page).toHaveURL(/host=kvm1/)
  await page.getByRole('row').filter({ hasText: kvm.name }).getByRole('link').first().click()
  await expect(page).toHaveURL(new RegExp(made.body.id))
  for (const seen of [page, viewerPage]) {
    if (seen === viewerPage) await seen.goto(`/jobs/${made.body.id}`)
    await expect(seen.getByRole('main').getByRole('status')).toContainText('done', { timeout: 30_000 })
    await expect(seen.getByRole('progressbar', { name: 'Progress' })).toHaveAttribute('aria-valuenow', '100')
    await expect(seen.getByRole('log', { name: 'Log' })).not.toHaveText(/^(Nothing was written.*)?$/)
    await expect(seen.getByRole('region', { name: 'Steps' }).getByRole('listitem')).toHaveCount(1)
  }
  await page.reload()
  await expect(page.getByRole('log', { name: 'Log' })).not.toHaveText(/^(Nothing was written.*)?$/)
  await expectAccessible(page)
  await page.goto('/jobs?state=cancelled')
  await expect(page.getByText('No job fits the filter.')).toBeVisible()
  await page.goto('/jobs/no-such-job')
  await expect(page.getByRole('alert').filter({ hasText: 'There is no job with the id no-such-job' })).toBeVisible()
})

for (const look of [
  {
    theme: 'dark',
    locale: 'en',
    width: 1280,
    tabs: ['Account', 'People', 'API tokens', 'Audit log'],
    jobs: 'Jobs',
    signIn: 'Sign in',
  },
  {
    theme: 'light',
    locale: 'zh-CN',
    width: 390,
    tabs: ['账户', '人员', 'API 令牌', '审计日志'],
    jobs: '任务',
    signIn: '登录',
  },
])
  test(`every page is accessible and fits: ${look.theme}, ${look.locale}, ${look.width} px`, async ({
    adminPage: page,
    product,
  }) => {
    const isFine = async (heading: string): Promise<void> => {
      await expect(title(page, heading)).toBeVisible()
      await expect(page.locator('main .skeleton')).toHaveCount(0)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
      await expectAccessible(page)
    }
    await page.context().addCookies(
      Object.entries({ 'drawbridge-theme': look.theme, 'drawbridge-locale': look.locale }).map(([name, value]) => ({
        name,
        value,
        url: product.url,
      })),
    )
    await page.setViewportSize({ width: look.width, height: 800 })
    await page.goto('/settings')
    await expect(page.locator('html')).toHaveAttribute('lang', look.locale)
    await expect(page.locator('html')).toHaveAttribute('data-theme', look.theme)
    for (const tab of look.tabs) {
      await page.getByRole('main').getByRole('link', { name: tab, exact: true }).click()
      await isFine(tab)
      if (tab !== look.tabs[0]) await expect(title(page, tab)).toBeFocused()
    }
    await page.goto('/jobs')
    await isFine(look.jobs)
    await page.context().clearCookies({ name: /^drawbridge\./ })
    await page.goto('/login')
    await isFine(look.signIn)
  })
