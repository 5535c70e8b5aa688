import { expect, test } from 'vitest'
import { newVmSchema, presetSpecSchema, type NewVm } from '../contract/vm-create.ts'
import { resolveSpec, usualPresets } from './spec.ts'

const resolve = (asked: Partial<NewVm>, preset: object | null) => {
  const { name: _, host: __, preset: ___, ...fields } = newVmSchema.parse({ name: 'a', ...asked })
  return resolveSpec(fields, preset === null ? null : presetSpecSchema.parse(preset))
}

test('what is asked wins over the preset, and that over the default', () => {
  expect(resolve({ vcpus: 4 }, { vcpus: 8, memoryBytes: 2 ** 33, tags: ['a'] })).toMatchObject({
    vcpus: 4,
    maxVcpus: 4,
    memoryBytes: 2 ** 33,
    tags: ['a'],
    machine: 'q35',
  })
  expect(resolve({ vcpus: 4 }, { vcpus: 1, maxVcpus: 2 }).maxVcpus).toBe(4)
})

test('cloud-init is put together of both, or of none', () => {
  const preset = { cloudInit: { user: 'ops', packages: ['a'] } }
  expect(resolve({}, preset).cloudInit).toMatchObject({ user: 'ops', packages: ['a'], sshKeys: [] })
  expect(resolve({ cloudInit: { user: 'ada' } }, preset).cloudInit).toMatchObject({ user: 'ada', packages: ['a'] })
  expect(resolve({ cloudInit: null }, preset).cloudInit).toBeNull()
  expect(resolve({}, null).cloudInit).toBeNull()
})

test('a password goes another way', () => {
  expect(JSON.stringify(resolve({ cloudInit: { password: 'secret' } }, null))).not.toContain('secret')
})

test('the usual presets are right, with an image and without', () => {
  for (const image of ['debian.qcow2', null])
    for (const { spec } of usualPresets(image)) expect(presetSpecSchema.parse(spec)).toEqual(spec)
})
