import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { DomainState } from '../facts/facts.ts'
import { powerActions, powerReasons, powerRefusal, primaryAction, type PowerAction } from './power.ts'

const allowedIn = (state: DomainState, more: { persistent?: boolean; hasSavedState?: boolean } = {}): PowerAction[] =>
  powerActions.filter(
    (action) => powerRefusal(action, { state, persistent: true, hasSavedState: false, ...more }) === null,
  )

test('each state allows what makes sense in it, and nothing else', () => {
  expect(allowedIn('shut-off')).toEqual(['start'])
  expect(allowedIn('shut-off', { hasSavedState: true })).toEqual(['start', 'discard-saved'])
  expect(allowedIn('running')).toEqual(['shutdown', 'reboot', 'destroy', 'suspend', 'reset', 'save'])
  expect(allowedIn('idle')).toEqual(allowedIn('running'))
  expect(allowedIn('paused')).toEqual(['destroy', 'resume', 'reset', 'save'])
  expect(allowedIn('suspended')).toEqual(['destroy', 'resume', 'reset'])
  expect(allowedIn('crashed')).toEqual(['destroy', 'reset'])
  expect(allowedIn('shutting-down')).toEqual(['destroy'])
})

test('a VM without a definition is not saved: nothing would be left to start again', () => {
  expect(powerRefusal('save', { state: 'running', persistent: false, hasSavedState: false })).toBe('transient')
  expect(powerRefusal('save', { state: 'shut-off', persistent: false, hasSavedState: false })).toBe('off')
})

test('what is offered first is allowed', () => {
  for (const state of [
    'running',
    'idle',
    'paused',
    'shut-off',
    'crashed',
    'suspended',
    'shutting-down',
    'unknown',
  ] as const)
    expect(allowedIn(state)).toContain(primaryAction({ state }))
})

test('the page says the same sentences as the API', () => {
  const { powerReasons: texts } = JSON.parse(readFileSync('messages/en/vms.json', 'utf8')) as {
    powerReasons: Record<string, string>
  }
  expect(texts).toEqual(powerReasons)
})
