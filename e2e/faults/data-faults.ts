import { beginChange } from '../../lib/host/commit.ts'
import { bridgeChange, interfacesFile, newToken } from './bridge-change.ts'
import { pause, type Fault } from './fault.ts'

const section = 'Concurrency and data'

export const dataFaults: Fault[] = [
  {
    number: 57,
    name: 'the same change is begun twice',
    section,
    short: true,
    how: 'twice at the same time and once more later; it is applied once',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 20 })
      const answers = await Promise.all([rig.begin(), rig.begin()])
      answers.push(await rig.begin())
      const refused = answers.find(({ ok }) => !ok)
      if (refused !== undefined) throw new Error(JSON.stringify(refused))
      await rig.verified()
      await rig.mustConfirm()
      const end = await rig.end('new')
      const applied = (await rig.history()).filter((line) => line.includes('step 1 of')).length
      if (applied !== 1) throw new Error(`applied ${applied} times`)
      return end
    },
  },
  {
    number: 58,
    name: 'two people, two changes',
    section,
    how: 'the second is refused while the first is undecided, and told which it is',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 12 })
      const second = await bridgeChange(rig.host)
      await rig.mustBegin()
      const { tokenSha256 } = newToken()
      const answer = await rig.over((session) => beginChange(session, second, tokenSha256))
      rig.refused(answer, 'busy')
      await rig.verified()
      const later = await rig.over((session) => beginChange(session, second, tokenSha256))
      if (later.ok || later.error.detail !== rig.change.id) throw new Error(JSON.stringify(later))
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 59,
    name: 'a file is edited by hand in the window',
    section,
    how: 'it can’t be kept, and is not overwritten: the network comes back, the edited file stays, the host says so and where the earlier one lies',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 8 })
      const original = await rig.host.sh(`cat ${interfacesFile}`)
      await rig.mustBegin()
      await rig.verified()
      await rig.host.sh(`echo '# by hand' >>${interfacesFile}`)
      rig.refused(await rig.confirm(), 'stale')
      const decided = await rig.decided()
      const told = await rig.marker()
      const { runtime, files } = await rig.present()
      const saved = await rig.host.sh(`cat /var/lib/drawbridge/history/${rig.change.id}/old/0`)
      const isTold = told.ok && told.value.state === 'reverted' && told.value.detail?.includes(interfacesFile) === true
      if (
        decided !== 'reverted.timeout.partial' ||
        runtime !== 'old' ||
        !files.endsWith('# by hand\n') ||
        saved !== original ||
        !isTold
      )
        throw new Error(JSON.stringify({ decided, runtime, files, saved, told }))
      return 'old'
    },
  },
  {
    number: 60,
    name: 'another checkpoint is running',
    section,
    how: 'a process that looks like “netplan try”',
    run: async (rig) => {
      await rig.host.sh(
        "mkdir -p /root/bin; printf 'sleep 30\\n' >/root/bin/netplan; setsid sh /root/bin/netplan try >/dev/null 2>&1 </dev/null & sleep 0.3",
      )
      const answer = await rig.begin()
      await rig.host.sh("pkill -f '[n]etplan try'")
      return rig.untouched(answer, 'preflight')
    },
  },
  {
    number: 61,
    name: 'the plan is stale',
    section,
    short: true,
    how: 'a file, then an address was changed since the plan was made',
    run: async (rig) => {
      const original = await rig.host.sh(`cat ${interfacesFile}`)
      await rig.host.exec(['tee', interfacesFile], { stdin: `${original}# since\n` })
      rig.refused(await rig.begin(), 'stale')
      await rig.host.exec(['tee', interfacesFile], { stdin: original })
      await rig.host.sh(`ip addr del ${rig.host.record.address6}/64 dev enp1s0`)
      rig.refused(await rig.begin(), 'stale')
      await rig.host.sh(`ip addr add ${rig.host.record.address6}/64 dev enp1s0 nodad`)
      return rig.unbegun()
    },
  },
  {
    number: 62,
    name: 'the lock of a process that is dead',
    section,
    short: true,
    how: 'what begins a change is killed with its lock and half its snapshot; the next change takes over',
    run: async (rig) => {
      await rig.plan({ check: [{ kind: 'run', argv: ['sleep', '5'], timeoutSeconds: 10 }] })
      const begun = rig.begin()
      await pause(900)
      await rig.host.sh("test -L /var/lib/drawbridge/active; pkill -KILL -f '[c]ommit.sh begin'; pkill -KILL -x sleep")
      const answer = await begun
      if (answer.ok) throw new Error('the first should have been killed')
      await rig.plan()
      await rig.mustBegin()
      await rig.verified()
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 63,
    name: 'a bit of the snapshot flips',
    section,
    how: 'two of three saved copies are damaged: the third is used; all three: said, and the network comes back all the same',
    run: async (rig) => {
      const spoil = (path: string) =>
        rig.host.sh(`for f in ${path}; do printf X | dd of=$f bs=1 seek=3 conv=notrunc 2>/dev/null; done`)
      const { id } = await rig.plan()
      await rig.mustBegin()
      await rig.verified()
      await spoil(`/etc/network/.drawbridge-${id}-0.old /var/lib/drawbridge/txn/${id}/old/0`)
      await rig.undo()
      const end = await rig.end('old')
      await rig.reset()
      const worse = await rig.plan()
      await rig.mustBegin()
      await rig.verified()
      await spoil(`/etc/network/.drawbridge-${worse.id}-0.old /var/lib/drawbridge/txn/${worse.id}/old/0`)
      await rig.host.sh(`truncate -s 0 /var/lib/drawbridge/txn/${worse.id}/trees.tar`)
      await rig.undo()
      const decided = await rig.decided()
      const { runtime } = await rig.present()
      if (decided !== 'reverted.undo.partial' || runtime !== 'old') throw new Error(`${decided}, ${runtime}`)
      return end
    },
  },
  {
    number: 64,
    name: 'hostile names and texts',
    section,
    how: 'shell syntax and terminal sequences in paths, contents, arguments and a link’s name; nothing of it is ever run',
    run: async (rig) => {
      const bomb = '$(touch /root/pwned)`touch /root/pwned`;touch /root/pwned;\u001b[2J'
      const link = '$(id);`id`'
      const path = `/etc/network/interfaces.d/"$(touch pwned)' ;x`
      const [file] = rig.change.files
      if (file === undefined) throw new Error('no file')
      await rig.plan({
        files: [file, { path, beforeSha256: null, after: `# ${bomb}\n`, mode: 0o600 }],
        apply: [
          ...rig.change.apply,
          { kind: 'run', argv: ['ip', 'link', 'add', link, 'type', 'bridge'], timeoutSeconds: 5 },
          { kind: 'run', argv: ['printf', '%s', bomb], timeoutSeconds: 5 },
        ],
        created: ['br0', link],
        expect: [...rig.change.expect, { kind: 'link', link }],
      })
      await rig.mustBegin()
      await rig.verified()
      await rig.undo()
      await rig.end('old', { reboot: false })
      await rig.plan({
        files: rig.change.files,
        apply: rig.change.apply,
        created: rig.change.created,
        expect: rig.change.expect,
      })
      await rig.mustBegin()
      await rig.verified()
      await rig.mustConfirm()
      const found = await rig.host.exec(['cat', path])
      const pwned = await rig.host.sh("find / -xdev -name 'pwned*' 2>/dev/null; true")
      await rig.host.exec(['rm', path])
      if (found.stdout !== `# ${bomb}\n` || pwned !== '') throw new Error(JSON.stringify({ found, pwned }))
      // oxlint-disable-next-line no-control-regex
      if ((await rig.history()).some((line) => /[\u0000-\u001f]/.test(line)))
        throw new Error('the journal is not clean')
      return rig.end('new')
    },
  },
  {
    number: 65,
    name: 'kept, then at once undone',
    section,
    how: 'the second answer is that it is decided; going back is a new change',
    run: async (rig) => {
      await rig.mustBegin()
      await rig.verified()
      const [kept, undone] = [await rig.confirm(), await rig.undo()]
      if (!kept.ok) throw new Error(kept.error.title)
      rig.refused(undone, 'decided')
      return rig.end('new')
    },
  },
  {
    number: 66,
    name: '50 hosts at once',
    section,
    how: 'canary first, stop at the first rollback',
    skip: 'changes are made host by host; there is no change of many hosts yet',
  },
]
