import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newToken } from '../../e2e/faults/bridge-change.ts'
import { Rig } from '../../e2e/faults/rig.ts'
import { openLab, type Lab } from '../../e2e/lab/lab.ts'
import { scriptText } from '../ssh/script.ts'
import { beginChange, confirmChange, extendChange, pendingOn, readMarker, undoChange } from './commit.ts'

let lab: Lab
let rig: Rig
beforeAll(async () => {
  lab = await openLab({ say: console.error })
  rig = await Rig.make(lab)
})
afterAll(() => lab?.close())
beforeEach(async () => {
  await rig.reset()
  await rig.plan()
})

describe('a bridge on the NIC that carries SSH', () => {
  test('is kept with its token, and stays over a reboot', async () => {
    await rig.mustBegin()
    expect(await rig.over(pendingOn)).toEqual({ ok: true, value: rig.change.id })
    await rig.verified()
    expect(await rig.marker()).toMatchObject({ ok: true, value: { state: 'pending' } })
    expect(await rig.confirm('not the token')).toMatchObject({ ok: false, error: { code: 'token' } })
    await rig.mustConfirm()
    // The answer to the first yes may have been lost.
    await rig.mustConfirm()
    expect(await rig.undo()).toMatchObject({ ok: false, error: { code: 'decided' } })
    expect(await rig.over(pendingOn)).toEqual({ ok: true, value: null })
    expect((await rig.history()).at(-1)).toMatch(/kept$/)
    await rig.end('new')
  })

  test('is undone when somebody asks for it', async () => {
    await rig.mustBegin()
    await rig.verified()
    expect(await rig.undo()).toMatchObject({ ok: true, value: { reason: 'Somebody asked for it.' } })
    await rig.end('old')
    expect(await rig.confirm()).toMatchObject({ ok: true, value: { state: 'reverted', complete: true } })
  })

  test('is undone when nobody says keep; extending it moves that moment', async () => {
    await rig.mustBegin()
    await rig.verified()
    const extended = await rig.over((session) => extendChange(session, rig.change.id, 9))
    expect(extended).toMatchObject({ ok: true, value: { state: 'pending', secondsLeft: 9 } })
    // Never nearer than it is.
    const again = await rig.over((session) => extendChange(session, rig.change.id, 2))
    expect(again.ok && again.value.state === 'pending' && again.value.secondsLeft > 5).toBe(true)
    const since = Date.now()
    await rig.end('old', { reboot: false })
    expect(Date.now() - since).toBeGreaterThan(6000)
  })

  test('that does not come about as planned is undone at once, and the reason is told', async () => {
    await rig.plan({ windowSeconds: 60, applySeconds: 5, expect: [{ kind: 'mtu', link: 'br0', mtu: 9000 }] })
    await rig.mustBegin()
    await rig.end('old', { reboot: false })
    expect(await rig.marker()).toMatchObject({
      ok: true,
      value: { state: 'reverted', reason: 'After it was applied, br0 has the MTU 1500, not 9000', complete: true },
    })
  })

  test('is checked by the host’s own tool before anything is touched', async () => {
    const [file] = rig.change.files
    if (file === undefined) throw new Error('no file')
    await rig.plan({ files: [{ ...file, after: 'iface nonsense\n' }] })
    expect(await rig.untouched(await rig.begin(), 'check')).toBe('old')
  })

  test('can be made by a user with sudo', async () => {
    expect(await rig.begin('kvmadmin')).toMatchObject({ ok: true })
    await rig.verified()
    const kept = await rig.over((session) => confirmChange(session, rig.change.id, rig.token), 'kvmadmin')
    expect(kept).toMatchObject({ ok: true, value: { state: 'kept' } })
    await rig.end('new')
  })

  test('is made once when two begin at the same time', async () => {
    const first = { change: rig.change, hash: rig.tokenSha256 }
    await rig.plan()
    const answers = await Promise.all([
      rig.begin(),
      rig.over((session) => beginChange(session, first.change, first.hash)),
    ])
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ error: { code: 'busy' } })
    if (!answers[0]?.ok) rig.change = first.change
    await rig.end('old', { reboot: false })
  })
})

test('of yes and undo at the same moment exactly one wins: over SSH', async () => {
  for (let round = 0; round < 4; round++) {
    if (round > 0) await rig.reset()
    await rig.plan()
    await rig.mustBegin()
    await rig.verified()
    const { id } = rig.change
    const [yes, no] = await Promise.all([
      rig.over((session) => confirmChange(session, id, rig.token)),
      rig.over((session) => undoChange(session, id)),
    ])
    const isKept = yes.ok && yes.value.state === 'kept'
    expect(no.ok).toBe(!isKept)
    await rig.end(isKept ? 'new' : 'old', { reboot: false })
  }
})

test('of 200 such races on the host itself exactly one wins each, and both are told the same', async () => {
  const { token, tokenSha256 } = newToken()
  await rig.host.exec(
    ['sh', '-c', 'rm -rf /tmp/race; mkdir -p /tmp/race/txn /tmp/race/history; cat >/tmp/race/commit.sh'],
    {
      stdin: scriptText('lib/host/scripts/commit.sh').replace('base=/var/lib/drawbridge', 'base=/tmp/race'),
    },
  )
  const raced = await rig.host.sh(
    `cd /tmp/race; n=0
    while [ $n -lt 200 ]; do n=$((n + 1)); t=txn/R$n; mkdir -p $t/out
      for f in pending verified; do echo x >$t/$f; done
      for f in files taps created folders; do : >$t/$f; done
      cp /proc/sys/kernel/random/boot_id $t/boot; echo 999999999 >$t/deadline; echo ${tokenSha256} >$t/token
      (echo ${token} | sh commit.sh confirm R$n >yes.$n) & sh commit.sh undo R$n >no.$n; wait
      kept=no; rolling=no
      for f in txn/R$n/kept history/R$n/kept; do [ -e $f ] && kept=yes; done
      for f in txn/R$n/rolling.undo history/R$n/rolling.undo; do [ -e $f ] && rolling=yes; done
      said=$(cut -f2 yes.$n); denied=$(cut -f2 no.$n)
      echo "$kept $rolling $said $denied"
    done | sort | uniq -c`,
  )
  const counts = Object.fromEntries(
    raced
      .trim()
      .split('\n')
      .map((line) => [line.trim().replace(/^\d+ /, ''), Number.parseInt(line.trim(), 10)]),
  )
  const kept = counts['yes no kept decided'] ?? 0
  const undone = counts['no yes rolling-back rolling-back'] ?? 0
  expect({ total: kept + undone, counts }).toMatchObject({ total: 200 })
})

test('cut off at any command of keeping it and tidying up, the next start leaves nothing but what was decided', async () => {
  const { token, tokenSha256 } = newToken()
  // Everything in /tmp/cut, and each command that changes something counted: at the last of them all stops at once.
  const script = scriptText('lib/host/scripts/commit.sh')
    .replace('base=/var/lib/drawbridge', 'base=/tmp/cut/base')
    .replace('PATH=', 'PATH=/tmp/cut/bin:')
    .replaceAll('=/etc/systemd/system/', '=/tmp/cut/etc/')
  await rig.host.exec(['sh', '-c', 'rm -rf /tmp/cut; mkdir -p /tmp/cut/bin; cat >/tmp/cut/commit.sh'], {
    stdin: script,
  })
  const cuts = await rig.host.sh(
    `cd /tmp/cut
    for tool in rm mv sync rmdir mkdir find; do
      printf '#!/bin/sh\nread -r n </tmp/cut/left; [ $n -gt 0 ] || kill -KILL 0; echo $((n - 1)) >/tmp/cut/left; exec %s "$@"\n' $(command -v $tool) >bin/$tool
      chmod 755 bin/$tool
    done
    n=0; unused=0
    while [ $unused = 0 ] && [ $n -lt 99 ]; do
      rm -rf base etc; mkdir -p base/txn/R/out base/history etc/sysinit.target.wants
      ln -s R base/active; cp commit.sh base/commit-1.sh
      echo unit >etc/drawbridge-restore.service; ln -s ../drawbridge-restore.service etc/sysinit.target.wants/
      t=base/txn/R
      for f in pending verified armed; do echo x >$t/$f; done
      for f in files taps created folders; do : >$t/$f; done
      cp /proc/sys/kernel/random/boot_id $t/boot; echo 999999999 >$t/deadline; echo ${tokenSha256} >$t/token
      echo $n >left
      echo ${token} | setsid -w sh commit.sh confirm R >said 2>/dev/null
      read -r unused <left
      for f in base/*/R/boot; do echo another >$f; done
      echo 9999 >left
      [ ! -e etc/sysinit.target.wants/drawbridge-restore.service ] || sh commit.sh restore-at-boot
      decided=$(ls base/history/R | grep -E '^(kept|reverted)'); said=$(grep -o kept said)
      echo $decided/$said/$(find base etc -name active -o -name 'commit-*' -o -name 'drawbridge-restore*' -o -path '*/txn/*')
      n=$((n + 1))
    done | sort | uniq -c; echo; rm -rf /tmp/cut`,
  )
  const ends = cuts
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(/^\d+ /, ''))
  // Told is kept; not told, it is either; and nothing else lies about.
  expect(ends.toSorted()).toEqual(['kept//', 'kept/kept/', 'reverted.boot.complete//'])
})

test('a change nobody has heard of is absent', async () => {
  expect(await rig.over((session) => readMarker(session, '0000000000000000000000000A'))).toEqual({
    ok: true,
    value: { state: 'absent' },
  })
})
