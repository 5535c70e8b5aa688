import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, openDoor } from '../../e2e/harness/door.ts'

let door: Door
let admin: string
let token: string
beforeAll(async () => {
  door = await openDoor()
  admin = await door.claim()
  token = await door.tokenOf('admin', admin)
})
afterAll(() => door.close())

const chinese = { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' }

test('a problem speaks the language that is asked for, and English to who asks for none', async () => {
  const spoken = await door.call('GET', '/hosts/nowhere', undefined, { token, headers: chinese })
  expect(spoken.body).toMatchObject({ status: 404, code: 'no-host', title: '没有 ID 或名称为 nowhere 的主机。' })
  expect(spoken.headers.get('content-type')).toBe('application/problem+json')
  expect(spoken.headers.get('content-language')).toBe('zh-CN')
  expect(spoken.headers.get('vary')).toMatch(/Accept-Language/)
  const plain = await door.call('GET', '/hosts/nowhere', undefined, { token })
  expect(plain.body.title).toBe('There is no host with the id or name nowhere.')
  expect(plain.headers.get('content-language')).toBe('en')
  expect(plain.headers.get('vary')).toMatch(/Accept-Language/)
})

test('the language that was chosen in the pages is above what the browser asks for', async () => {
  const cookies = `${admin}; drawbridge-locale=en`
  expect((await door.call('GET', '/hosts/nowhere', undefined, { cookies, headers: chinese })).body.title).toMatch(
    /^There is no host/,
  )
  const other = `${admin}; drawbridge-locale=zh-CN`
  expect((await door.call('GET', '/hosts/nowhere', undefined, { cookies: other })).body.title).toMatch(/^没有 ID/)
})

test('fields, the schema’s own words, a path that is not there and a refusal are said too', async () => {
  const wrong = await door.call('POST', '/tokens', { name: '', role: 'king' }, { token, headers: chinese })
  expect(wrong.body.title).toBe('输入中有 2 个字段无效：name, role。')
  expect(wrong.body.errors).toEqual([
    { field: 'name', message: '请为令牌命名。' },
    { field: 'role', message: expect.stringMatching(/^选项无效/) },
  ])
  expect((await door.call('GET', '/nothing', undefined, { token, headers: chinese })).body.title).toBe(
    '/api/v1/nothing 处没有任何内容。',
  )
  const viewer = await door.tokenOf('viewer', admin)
  const forbidden = await door.call('POST', '/tokens', {}, { token: viewer, headers: chinese })
  expect(forbidden).toMatchObject({
    status: 403,
    body: { title: '您的角色（只读）不能管理 API 令牌；请申请管理员角色。' },
  })
  const me = await door.call('GET', '/me', undefined, { token: viewer, headers: chinese })
  expect(me.body.refusals['vm.create']).toBe('您的角色（只读）不能创建虚拟机；请申请操作员角色。')
})

test('what people wrote stays as they wrote it, and so does the audit log', async () => {
  const made = await door.call('POST', '/tokens', { name: 'Sign in.', role: 'viewer' }, { token, headers: chinese })
  expect(made.status).toBe(201)
  const listed = await door.call('GET', '/tokens', undefined, { token, headers: chinese })
  expect(JSON.stringify(listed.body)).toContain('"Sign in."')
  const english = await door.call('GET', '/audit', undefined, { token })
  const spoken = await door.call('GET', '/audit', undefined, { token, headers: chinese })
  expect(spoken.body.items).toEqual(english.body.items)
})
