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

const introduction = `# Faults

What is done to a host in the middle of a network change, and how it ended. Each is done to a real host of the lab: a bridge is put over the NIC that carries SSH, on ifupdown, with an IPv4 and an IPv6 address, a default route and a VM port that has nothing to do with it. It must end in exactly *as it was* or *confirmed*: the kernel, the files (content, owner, mode, attributes), the next boot and what the host says must agree, VM ports must be on their bridge, and nothing but the history may be left on the host. Each is judged by \`ip\` and by the files, never by the engine's word alone.

\`./drawbridge test --faults\` runs all of them; a short set runs in every \`./drawbridge test\`. \`DRAWBRIDGE_FAULTS=23,24\` runs some, and \`DRAWBRIDGE_FAULTS_REPORT=docs/network-faults.md\` writes this page.

`

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
  return introduction + sections.map(section).join('\n')
}
