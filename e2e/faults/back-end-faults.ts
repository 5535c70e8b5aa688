import type { Step } from '../../lib/net/change.ts'
import { waitUntil } from '../lab/process.ts'
import { addTap, interfacesFile, tap } from './bridge-change.ts'
import { pause, type Fault } from './fault.ts'

const section = 'Back-end'
const run = (argv: string[], timeoutSeconds = 10): Step => ({ kind: 'run', argv, timeoutSeconds })

export const backEndFaults: Fault[] = [
  {
    number: 41,
    name: 'step k of n fails, for every k',
    section,
    short: true,
    how: 'a command that fails is put before each step in turn, and after the last but one',
    run: async (rig) => {
      const steps = rig.change.apply
      // After the last step all is as wanted, and what a tool says of itself does not count: that is fault 43.
      for (let k = 0; k < steps.length - 1; k++) {
        await rig.plan({ windowSeconds: 60, apply: [...steps.slice(0, k), run(['false']), ...steps.slice(k)] })
        await rig.mustBegin()
        await rig.end('old', { reboot: k === steps.length - 2 })
      }
      return 'old'
    },
  },
  {
    number: 42,
    name: 'success is reported, the state is wrong',
    section,
    how: 'every command of the change does nothing and ends with 0',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 60, applySeconds: 3, apply: [{ kind: 'files' }, run(['true'])] })
      await rig.mustBegin()
      return rig.end('old')
    },
  },
  {
    number: 43,
    name: 'failure is reported, the state is right',
    section,
    how: 'the last command ends with 1 although all is as wanted',
    run: async (rig) => {
      await rig.plan({ apply: [...rig.change.apply, run(['false'])] })
      await rig.mustBegin()
      await rig.verified()
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 44,
    name: 'the back-end hangs',
    section,
    how: 'a command that never ends and ignores SIGTERM, in the middle of the change and in its undo',
    run: async (rig) => {
      const hang = run(['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], 1)
      await rig.plan({
        windowSeconds: 60,
        apply: [...rig.change.apply.slice(0, 4), hang],
        undo: [hang, ...rig.change.undo],
        expect: [{ kind: 'link', link: 'nowhere' }],
      })
      await rig.mustBegin()
      return rig.end('old', { timeoutMs: 60_000 })
    },
  },
  {
    number: 45,
    name: 'dbus is killed',
    section,
    how: 'SIGKILL to dbus-daemon while the change is applied, and in the window; what is asked and decided afterwards does not need it (NetworkManager and networkd: see the tests of the back-ends)',
    run: async (rig) => {
      const kill = () => rig.host.sh('pkill -KILL dbus-daemon || true')
      await rig.plan({ windowSeconds: 20, apply: [run(['sleep', '1']), ...rig.change.apply] })
      await rig.mustBegin()
      await kill()
      await rig.verified()
      await kill()
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 46,
    name: 'a bridge is left over after the rollback',
    section,
    how: 'the undo commands remove nothing: links the change made are deleted without their help',
    run: async (rig) => {
      await rig.plan({
        undo: rig.change.undo.slice(1),
        created: ['br0', 'br7'],
        apply: [
          ...rig.change.apply,
          run(['ip', 'link', 'add', 'br7', 'type', 'bridge']),
          run(['ip', 'link', 'set', 'br7', 'up']),
        ],
      })
      await rig.mustBegin()
      await rig.verified()
      await rig.undo()
      const end = await rig.end('old', { reboot: false })
      if ((await rig.host.sh('ls /sys/class/net')).includes('br7')) throw new Error('br7 is still there')
      return end
    },
  },
  {
    number: 47,
    name: 'the NIC is renamed or unplugged',
    section,
    how: 'renamed in the window: the host says that it could not put all back, and what; unplugged in the window: all comes back',
    run: async (rig) => {
      await rig.mustBegin()
      await rig.verified()
      await rig.host.sh('ip link set enp1s0 down; ip link set enp1s0 name away0')
      const decided = await rig.decided(60_000)
      const detail = await rig.host.sh(`cat /var/lib/drawbridge/history/${rig.change.id}/detail`)
      if (decided !== 'reverted.timeout.partial' || !detail.includes('enp1s0')) throw new Error(`${decided}: ${detail}`)
      const { files } = await rig.present().catch(() => ({ files: 'old' }))
      if (files !== 'old') throw new Error(files)
      await rig.host.sh('rm -rf /var/lib/drawbridge')
      await rig.nextBoot('old')
      await rig.plan()
      await rig.mustBegin()
      await rig.verified()
      await rig.host.carrier('enp1s0', 'down')
      await rig.decided()
      await rig.host.carrier('enp1s0', 'up')
      return rig.end('old')
    },
  },
  {
    number: 48,
    name: 'the DHCP server is down',
    section,
    how: 'the DHCP client of the bridge asks where nobody answers',
    run: async (rig) => {
      const [files, add, up] = rig.change.apply
      if (files === undefined || add === undefined || up === undefined)
        throw new Error('the change has other steps now')
      const ask = run(['dhclient', '-1', 'br0'], 3)
      await rig.plan({
        windowSeconds: 60,
        apply: [files, add, up, ask],
        expect: [{ kind: 'any-address', link: 'br0', family: 'inet' }],
      })
      await rig.mustBegin()
      return rig.end('old')
    },
  },
  {
    number: 49,
    name: 'DHCP gives another address',
    section,
    how: 'the bridge gets an address by DHCP at which nobody looks for the host',
    run: async (rig) => {
      const [files, add, up] = rig.change.apply
      if (files === undefined || add === undefined || up === undefined)
        throw new Error('the change has other steps now')
      await rig.plan({
        windowSeconds: 12,
        apply: [
          files,
          add,
          up,
          run(['ip', 'link', 'set', 'enp1s0', 'master', 'br0']),
          run(['ip', 'addr', 'flush', 'dev', 'enp1s0']),
          run(['dhclient', '-1', 'br0'], 8),
        ],
        undo: [{ kind: 'run', argv: ['dhclient', '-x', 'br0'], timeoutSeconds: 5, mayFail: true }, ...rig.change.undo],
        expect: [{ kind: 'any-address', link: 'br0', family: 'inet' }],
        probes: [],
      })
      await rig.mustBegin()
      await rig.verified()
      const opened = await rig.connect()
      if (opened.ok) throw new Error('the host should not be found')
      return rig.end('old')
    },
  },
  {
    number: 50,
    name: 'somebody else has the address',
    section,
    how: 'an IPv6 address of the change is in use on another host: the kernel’s own check finds out',
    run: async (rig) => {
      const other = await rig.lab.addHost({ flavour: 'ifupdown' })
      try {
        const taken = `${rig.host.record.address6.replace(/\d+$/, '')}777/64`
        await other.sh(`ip addr add ${taken} dev enp1s0 nodad`)
        await rig.plan({
          windowSeconds: 60,
          applySeconds: 8,
          apply: [...rig.change.apply, run(['ip', 'addr', 'add', taken, 'dev', 'br0'])],
          expect: [...rig.change.expect, { kind: 'address', link: 'br0', cidr: taken }],
        })
        await rig.mustBegin()
        const end = await rig.end('old', { reboot: false })
        const told = await rig.marker()
        if (!told.ok || told.value.state !== 'reverted' || !told.value.reason.includes('somebody else'))
          throw new Error(JSON.stringify(told))
        return end
      } finally {
        await other.remove()
      }
    },
  },
  {
    number: 51,
    name: 'spanning tree keeps the port shut',
    section,
    how: 'STP with a forward delay of 2 s: 4 s of silence, which the checks wait out (with 15 s, of 30 s, the plan says so and waits)',
    run: async (rig) => {
      const [files, , ...rest] = rig.change.apply
      if (files === undefined) throw new Error('the change has other steps now')
      const mac = (await rig.host.sh('cat /sys/class/net/enp1s0/address')).trim()
      const add = run([
        'ip',
        'link',
        'add',
        'br0',
        'address',
        mac,
        'type',
        'bridge',
        'stp_state',
        '1',
        'forward_delay',
        '200',
      ])
      await rig.plan({
        windowSeconds: 40,
        apply: [files, add, ...rest],
        expect: rig.change.expect.map((one) => (one.kind === 'sysfs' ? { ...one, value: '1' } : one)),
      })
      await rig.mustBegin()
      await rig.verified(30_000)
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 52,
    name: 'cloud-init rewrites the configuration at boot',
    section,
    how: 'a unit named cloud-init-local writes the file anew at each boot; reboot in the window: the host restored the file before it ran',
    run: async (rig) => {
      const unit = '/etc/systemd/system/cloud-init-local.service'
      await rig.host.exec(['tee', unit], {
        stdin: `[Unit]\nDefaultDependencies=no\nAfter=local-fs.target\nBefore=network-pre.target\nWants=network-pre.target\n[Service]\nType=oneshot\nExecStart=/bin/sh -c 'cp ${interfacesFile} /root/seen; touch ${interfacesFile}'\n`,
      })
      await rig.host.sh(
        `mkdir -p /etc/systemd/system/sysinit.target.wants; ln -sf ${unit} /etc/systemd/system/sysinit.target.wants/`,
      )
      await rig.plan({ windowSeconds: 60 })
      await rig.mustBegin()
      await rig.verified()
      await rig.host.reboot()
      const seen = await rig.host.sh('cat /root/seen')
      await rig.host.sh(`rm ${unit} /etc/systemd/system/sysinit.target.wants/cloud-init-local.service /root/seen`)
      if (seen.includes('br0')) throw new Error('cloud-init ran before the files were restored')
      await addTap(rig.host)
      return rig.end('old')
    },
  },
  {
    number: 53,
    name: 'the back-end is restarted by an upgrade',
    section,
    how: 'systemctl restart networking in the window, then kept',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 40 })
      await rig.mustBegin()
      await rig.verified()
      // ifup says 1 where an address is there already; what counts is the state.
      await rig.host.sh('systemctl restart networking || :')
      await waitUntil('the new configuration to be back', 15_000, async () =>
        (await rig.present()).runtime === 'new' ? true : null,
      )
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 54,
    name: 'libvirtd is down',
    section,
    how: 'stopped with its sockets before the change is begun',
    run: async (rig) => {
      await rig.host.sh("systemctl stop libvirtd.service 'libvirtd*.socket'")
      await rig.mustBegin()
      await rig.verified()
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 55,
    name: 'VMs start and stop in the window',
    section,
    short: true,
    how: 'one tap goes away, one comes up on the new bridge, and a step of the change tears a tap off its bridge; then undone',
    run: async (rig) => {
      const tear = run(['ip', 'link', 'set', tap, 'nomaster'])
      await rig.plan({ apply: [...rig.change.apply, tear] })
      await rig.mustBegin()
      await rig.verified()
      if (!(await rig.host.sh(`readlink /sys/class/net/${tap}/master`)).includes('brvm'))
        throw new Error('the tap was not put back')
      await rig.host.sh(`ip link del ${tap}; ip tuntap add vnet10 mode tap; ip link set vnet10 master br0 up`)
      await rig.undo()
      await rig.decided()
      await addTap(rig.host)
      return rig.end('old')
    },
  },
  {
    number: 56,
    name: 'the firewall is reloaded in the window',
    section,
    how: 'nft flush ruleset, and a new one that lets SSH in',
    run: async (rig) => {
      await rig.mustBegin()
      await rig.verified()
      await rig.host.sh(
        "nft flush ruleset; nft 'add table inet lab; add chain inet lab in { type filter hook input priority 0; policy drop; }; add rule inet lab in tcp dport 22 accept; add rule inet lab in ct state established accept'",
      )
      await pause(500)
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
]
