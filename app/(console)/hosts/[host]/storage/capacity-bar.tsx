import { sizeText } from '@/lib/vm/volume.ts'

/** How full it is, as a bar and in words. */
export function CapacityBar({
  usedBytes,
  totalBytes,
  label,
}: {
  usedBytes: number
  totalBytes: number
  label: string
}) {
  const share = totalBytes > 0 ? Math.min(1, usedBytes / totalBytes) : 0
  const color = share >= 0.95 ? 'bg-bad' : share >= 0.85 ? 'bg-warn' : 'bg-accent'
  return (
    <span className="inline-flex items-center gap-2">
      <span
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={`${sizeText(usedBytes)} / ${sizeText(totalBytes)}`}
        className="inline-block h-1.5 w-20 shrink-0 overflow-hidden rounded-[3px] bg-line-strong"
      >
        <span className={`block h-full ${color}`} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="figures">{`${Math.round(share * 100)} %`}</span>
    </span>
  )
}
