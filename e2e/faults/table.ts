import { backEndFaults } from './back-end-faults.ts'
import { dataFaults } from './data-faults.ts'
import type { Fault, Section } from './fault.ts'
import { hostFaults } from './host-faults.ts'
import { linkFaults } from './link-faults.ts'

/** In the order of their numbers. */
export const faults: Fault[] = [...linkFaults, ...hostFaults, ...backEndFaults, ...dataFaults]

export interface Outcome {
  end: 'old' | 'new' | 'failed'
  seconds: number
}

const words: Record<Outcome['end'], string> = { old: 'as it was', new: 'confirmed', failed: '**failed**' }
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`)

/** The result table as Markdown. What was not run in this run says so. */
export function report(outcomes: ReadonlyMap<number, Outcome>): string {
  const section = (name: Section): string => {
    const rows = faults
      .filter((fault) => fault.section === name)
      .map((fault) => {
        const outcome = outcomes.get(fault.number)
        const end =
          fault.skip !== undefined
            ? `not run: ${fault.skip}`
            : outcome === undefined
              ? 'not in this run'
              : words[outcome.end]
        const seconds = outcome === undefined ? '' : outcome.seconds.toFixed(0)
        return `| ${fault.number} | ${cell(fault.name)} | ${cell(fault.how)} | ${cell(end)} | ${seconds} |`
      })
    return [`## ${name}`, '', '| | fault | brought about by | ended | s |', '|---|---|---|---|---|', ...rows, ''].join(
      '\n',
    )
  }
  const sections: Section[] = ['Dashboard and link', 'Host', 'Back-end', 'Concurrency and data']
  return sections.map(section).join('\n')
}
