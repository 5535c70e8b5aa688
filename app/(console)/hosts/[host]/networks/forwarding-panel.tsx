'use client'
import { useTranslations } from 'next-intl'
import { type ReactNode, useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { Checkbox, SelectField, TextField } from '@/components/ui/field.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Forwarding } from '@/lib/contract/forwarding.ts'
import { type ForwardingConfig, tableText } from '@/lib/net/forwarding.ts'
import { useSetForwarding } from '@/lib/wire/libvirt-networks.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useFacts } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'

/** The rules as rows; what is loaded is shown beneath as it will be. */
export function ForwardingPanel({ reading, onClose }: { reading: Forwarding; onClose: () => void }) {
  const t = useTranslations('networks')
  const ui = useTranslations('ui')
  const host = useCurrentHost()
  const toast = useToast()
  const set = useSetForwarding(host.name)
  const [config, setConfig] = useState<ForwardingConfig>(reading.config)
  const links = useFacts(host.name).data?.network.links ?? []
  const bridges = links.filter(({ kind }) => kind === 'bridge').map(({ name }) => name)
  const uplinks = links.filter(({ kind, master }) => !['tap', 'loopback'].includes(kind) && master === null)
  const bridgeOptions = [{ value: '', label: t('chooseBridge') }, ...bridges.map((value) => ({ value, label: value }))]
  const uplinkOptions = [
    { value: '', label: t('anyUplink') },
    ...uplinks.map(({ name }) => ({ value: name, label: name })),
  ]
  const errorOf = (field: string): string | undefined =>
    set.error instanceof ProblemError ? set.error.fields.find((one) => one.field === field)?.message : undefined
  const change = (part: Partial<ForwardingConfig>) => setConfig((held) => ({ ...held, ...part }))
  const at = <T,>(list: readonly T[], index: number, part: Partial<T>): T[] =>
    list.map((one, place) => (place === index ? { ...one, ...part } : one))
  const without = <T,>(list: readonly T[], index: number): T[] => list.filter((_, place) => place !== index)
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={t('editForwarding')}
      description={t('forwardingText')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button
            variant="primary"
            pending={set.isPending}
            onClick={() =>
              set.mutate(
                { config, etag: reading.etag },
                {
                  onSuccess: () => {
                    toast('ok', t('forwardingSaved'))
                    onClose()
                  },
                },
              )
            }
          >
            {t('applyForwarding')}
          </Button>
        </>
      }
    >
      <Group
        label={t('natRules')}
        add={t('addNat')}
        onAdd={() => change({ nat: [...config.nat, { bridge: '', subnet: '', uplink: null }] })}
      >
        {config.nat.map(({ bridge, subnet, uplink }, index) => (
          <Row key={index} number={index + 1} onRemove={() => change({ nat: without(config.nat, index) })}>
            <SelectField
              label={t('bridge')}
              value={bridge}
              options={bridgeOptions}
              error={errorOf(`nat.${index}.bridge`)}
              onChange={({ target }) => change({ nat: at(config.nat, index, { bridge: target.value }) })}
            />
            <TextField
              label={t('natSubnet')}
              mono
              value={subnet}
              error={errorOf(`nat.${index}.subnet`)}
              onChange={({ target }) => change({ nat: at(config.nat, index, { subnet: target.value }) })}
            />
            <SelectField
              label={t('uplink')}
              value={uplink ?? ''}
              options={uplinkOptions}
              error={errorOf(`nat.${index}.uplink`)}
              onChange={({ target }) => change({ nat: at(config.nat, index, { uplink: target.value || null }) })}
            />
          </Row>
        ))}
      </Group>
      <Group
        label={t('portRules')}
        add={t('addPort')}
        onAdd={() =>
          change({
            ports: [...config.ports, { protocol: 'tcp', port: 8080, uplink: null, address: '', toPort: 80 }],
          })
        }
      >
        {config.ports.map(({ protocol, port, address, toPort }, index) => (
          <Row key={index} number={index + 1} onRemove={() => change({ ports: without(config.ports, index) })}>
            <SelectField
              label={t('protocol')}
              value={protocol}
              options={[
                { value: 'tcp', label: 'TCP' },
                { value: 'udp', label: 'UDP' },
              ]}
              onChange={({ target }) =>
                change({ ports: at(config.ports, index, { protocol: target.value === 'udp' ? 'udp' : 'tcp' }) })
              }
            />
            <TextField
              label={t('port')}
              mono
              inputMode="numeric"
              value={port}
              error={errorOf(`ports.${index}.port`)}
              onChange={({ target }) => change({ ports: at(config.ports, index, { port: wholeOf(target.value) }) })}
            />
            <TextField
              label={t('toAddress')}
              mono
              value={address}
              error={errorOf(`ports.${index}.address`)}
              onChange={({ target }) => change({ ports: at(config.ports, index, { address: target.value }) })}
            />
            <TextField
              label={t('toPort')}
              mono
              inputMode="numeric"
              value={toPort}
              error={errorOf(`ports.${index}.toPort`)}
              onChange={({ target }) => change({ ports: at(config.ports, index, { toPort: wholeOf(target.value) }) })}
            />
          </Row>
        ))}
      </Group>
      <Group
        label={t('isolatedRules')}
        add={t('addIsolated')}
        onAdd={() => change({ isolated: [...config.isolated, { a: '', b: '' }] })}
      >
        {config.isolated.map(({ a, b }, index) => (
          <Row key={index} number={index + 1} onRemove={() => change({ isolated: without(config.isolated, index) })}>
            <SelectField
              label={t('bridge')}
              value={a}
              options={bridgeOptions}
              error={errorOf(`isolated.${index}.a`)}
              onChange={({ target }) => change({ isolated: at(config.isolated, index, { a: target.value }) })}
            />
            <SelectField
              label={t('and')}
              value={b}
              options={bridgeOptions}
              error={errorOf(`isolated.${index}.b`)}
              onChange={({ target }) => change({ isolated: at(config.isolated, index, { b: target.value }) })}
            />
          </Row>
        ))}
      </Group>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 font-bold">{t('passBridged')}</legend>
        {[...new Set([...bridges, ...config.passBridged])].map((bridge) => (
          <Checkbox
            key={bridge}
            label={bridge}
            checked={config.passBridged.includes(bridge)}
            onChange={({ target }) => {
              const others = config.passBridged.filter((one) => one !== bridge)
              change({ passBridged: target.checked ? [...others, bridge] : others })
            }}
          />
        ))}
      </fieldset>
      <Checkbox
        label={t('passFirewall')}
        hint={t('passFirewallHint')}
        checked={config.passFirewall}
        onChange={({ target }) => change({ passFirewall: target.checked })}
      />
      {set.error !== null && <ProblemNotice error={set.error} />}
      <section className="flex flex-col gap-1.5">
        <h3 className="font-bold">{t('preview')}</h3>
        <Code text={tableText(config, 'v')} label={t('preview')} />
      </section>
    </SidePanel>
  )
}

const wholeOf = (text: string): number => (/^\d{1,5}$/.test(text.trim()) ? Number(text) : 0)

function Group({
  label,
  add,
  onAdd,
  children,
}: {
  label: string
  add: string
  onAdd: () => void
  children: ReactNode
}) {
  return (
    <fieldset className="flex flex-col items-start gap-2">
      <legend className="mb-1 font-bold">{label}</legend>
      {children}
      <Button onClick={onAdd}>{add}</Button>
    </fieldset>
  )
}

function Row({ number, onRemove, children }: { number: number; onRemove: () => void; children: ReactNode }) {
  const t = useTranslations('networks')
  return (
    <div className="flex w-full flex-col gap-2 border-b border-line pb-3">
      <div className="grid gap-2 phone:grid-cols-2">{children}</div>
      <span>
        <Button variant="quiet" aria-label={t('removeRow', { row: number })} onClick={onRemove}>
          {t('remove')}
        </Button>
      </span>
    </div>
  )
}
