'use client'
import { useTranslations } from 'next-intl'
import { useId, useRef } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { State, type Tone } from '@/components/ui/state.tsx'
import { useProblemToast } from '@/components/parts/problem-notice.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { ImageList } from '@/lib/contract/storage.ts'
import { sizeText } from '@/lib/vm/volume.ts'
import { useAbortUpload } from '@/lib/wire/storage.ts'
import { type RunningUpload, uploads, type UploadState, useUploads } from '@/lib/wire/uploads.ts'
import { useCurrentHost } from '../current-host.tsx'

const tones: Record<UploadState, Tone> = {
  sending: 'busy',
  waiting: 'warn',
  paused: 'off',
  checking: 'busy',
  done: 'ok',
  failed: 'bad',
}

type Unfinished = ImageList['unfinished'][number]

/** Uploads of this page as they go on, and those that some page began. */
export function UploadList({
  unfinished,
  reason,
  onChanged,
}: {
  unfinished: Unfinished[]
  reason: string | null
  onChanged: () => void
}) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const running = useUploads(host.name)
  const left = unfinished.filter((one) => !running.some(({ pool, name }) => pool === one.pool && name === one.name))
  if (running.length === 0 && left.length === 0) return null
  return (
    <ul aria-label={t('uploads')} className="flex flex-col rounded-base border border-line">
      {running.map((one) => (
        <Running key={one.key} upload={one} />
      ))}
      {left.map((one) => (
        <Left key={`${one.pool}/${one.id}`} upload={one} reason={reason} onChanged={onChanged} />
      ))}
    </ul>
  )
}

const row = 'flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-3 py-2.5 last:border-b-0'

function Progress({ name, doneBytes, sizeBytes }: { name: string; doneBytes: number; sizeBytes: number }) {
  const t = useTranslations('storage')
  const percent = sizeBytes > 0 ? Math.floor((doneBytes / sizeBytes) * 100) : 0
  return (
    <span className="inline-flex items-center gap-2">
      <span
        role="progressbar"
        aria-label={t('progressOf', { name })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        className="inline-block h-1.5 w-28 overflow-hidden rounded-[3px] bg-line-strong"
      >
        <span className="block h-full bg-accent" style={{ width: `${percent}%` }} />
      </span>
      <span className="figures w-10 text-right">{`${percent} %`}</span>
      <span className="figures text-ink-3 max-phone:hidden">{`${sizeText(doneBytes)} / ${sizeText(sizeBytes)}`}</span>
    </span>
  )
}

function Running({ upload }: { upload: RunningUpload }) {
  const t = useTranslations('storage')
  const { key, name, pool, state, reason, sentBytes, sizeBytes } = upload
  const isUnderWay = state === 'sending' || state === 'waiting'
  return (
    <li className={row}>
      <span className="min-w-0 flex-1 basis-56">
        <span className="block font-bold wrap-anywhere">{`${pool}/${name}`}</span>
        <span role="status" className="block">
          <State tone={tones[state]} word={t(`uploadStates.${state}`)} />
        </span>
        {reason !== null && <span className="block text-12 text-ink-2 wrap-anywhere">{reason}</span>}
      </span>
      <Progress name={name} doneBytes={sentBytes} sizeBytes={sizeBytes} />
      <span className="flex gap-2">
        {isUnderWay && <Button onClick={() => uploads().pause(key)}>{t('pause')}</Button>}
        {(state === 'paused' || state === 'failed') && (
          <Button onClick={() => uploads().goOn(key)}>{state === 'paused' ? t('goOn') : t('tryAgain')}</Button>
        )}
        {state === 'done' ? (
          <Button variant="quiet" onClick={() => uploads().dismiss(key)}>
            {t('dismiss')}
          </Button>
        ) : (
          state !== 'checking' && (
            <Button variant="quiet" onClick={() => void uploads().giveUp(key)}>
              {t('giveUp')}
            </Button>
          )
        )}
      </span>
    </li>
  )
}

/** Begun by a page that is gone, by somebody else, or by the host itself. */
function Left({ upload, reason, onChanged }: { upload: Unfinished; reason: string | null; onChanged: () => void }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const toast = useToast()
  const failed = useProblemToast()
  const abort = useAbortUpload(host.name)
  const input = useRef<HTMLInputElement>(null)
  const inputId = useId()
  const { id, pool, name, sizeBytes, receivedBytes } = upload
  // Of a fetch the host knows the size, we don't.
  if (sizeBytes === null)
    return (
      <li className={row}>
        <span className="min-w-0 flex-1 basis-56 font-bold wrap-anywhere">{`${pool}/${name}`}</span>
        <State tone="busy" word={t('fetching')} />
        <span className="figures text-ink-2">{sizeText(receivedBytes)}</span>
      </li>
    )
  return (
    <li className={row}>
      <span className="min-w-0 flex-1 basis-56">
        <span className="block font-bold wrap-anywhere">{`${pool}/${name}`}</span>
        <State tone="off" word={t('unfinished')} />
        <span className="block text-12 text-ink-2">{t('unfinishedText')}</span>
      </span>
      <Progress name={name} doneBytes={receivedBytes} sizeBytes={sizeBytes} />
      <span className="flex gap-2">
        <label htmlFor={inputId} className="sr-only">
          {t('sameFile', { name })}
        </label>
        <input
          ref={input}
          id={inputId}
          type="file"
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            const file = event.target.files?.[0]
            if (file === undefined) return
            if (file.size !== sizeBytes) return toast('bad', t('otherFile', { name, size: sizeText(sizeBytes) }))
            uploads().start({ host: host.name, pool, name, file, checksum: null, onChanged })
          }}
        />
        <Button disabledReason={reason} onClick={() => input.current?.click()}>
          {t('goOnWith')}
        </Button>
        <Button
          variant="quiet"
          disabledReason={reason}
          pending={abort.isPending}
          onClick={() => abort.mutate({ pool, upload: id }, { onError: failed })}
        >
          {t('giveUp')}
        </Button>
      </span>
    </li>
  )
}
