import { createHash } from 'node:crypto'
import { candidate, type Expectation, type HostChange, type HostFile, type Step } from '../net/change.ts'
import { scriptText } from '../ssh/script.ts'
import { ustar } from './ustar.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Thrown, not returned: the planner has parsed everything that comes here, so this is a bug. */
const refuse = (what: string): never => {
  throw new TypeError(`a change can't hold ${what}`)
}

const lineBreak = /[\n\r\0]/
const word = (text: string): string => (lineBreak.test(text) ? refuse('a line break in a word') : text)
const field = (text: string | number): string => {
  const written = String(text)
  return written === '' || /[\s\0]/.test(written) ? refuse(`the field ${JSON.stringify(written)}`) : written
}
const link = (name: string): string =>
  name === '.' || name === '..' || name.includes('/') || name.length > 15 ? refuse(`the link ${name}`) : field(name)

const lines = (texts: readonly string[]): string => texts.map((text) => `${word(text)}\n`).join('')
const ids = (numbers: readonly number[]): string =>
  numbers.length === 0 ? '-' : numbers.toSorted((a, b) => a - b).join(',')

/** One line for commit.sh: kind, link, then the rest; tabs between, `-` for nothing. */
export function expectationLine(expectation: Expectation): string {
  const { kind } = expectation
  const rest = (() => {
    switch (expectation.kind) {
      case 'link':
      case 'no-link':
      case 'up':
        return []
      case 'master':
        return [expectation.master === null ? '-' : link(expectation.master)]
      case 'mtu':
        return [expectation.mtu]
      case 'mac':
        return [expectation.mac]
      case 'address':
      case 'no-address':
        return [expectation.cidr]
      case 'any-address':
        return [expectation.family]
      case 'route':
        return [expectation.family, expectation.destination, expectation.gateway ?? '-', expectation.table]
      case 'sysfs':
        return [
          /^\w+(?:\/\w+)*$/.test(expectation.file) ? expectation.file : refuse(`the file ${expectation.file}`),
          expectation.value,
        ]
      case 'vlans':
        return [expectation.pvid ?? '-', ids(expectation.untagged), ids(expectation.tagged)]
    }
  })()
  return [kind, link(expectation.link), ...rest].map(field).join('\t')
}

const expectationLines = (all: readonly Expectation[]): string => lines(all.map(expectationLine))

function fileLine(file: HostFile, index: number): string {
  const { path, beforeSha256, after, mode } = file
  const isPlain = path.startsWith('/') && !/[\n\r\t\0]/.test(path) && !path.split('/').includes('..')
  if (!isPlain || path.endsWith('/')) refuse(`the path ${JSON.stringify(path)}`)
  const afterSha256 = after === null ? '-' : sha256(after)
  return [index, path, beforeSha256 ?? '-', afterSha256, mode.toString(8)].join('\t')
}

/** How the journal and the page name a step. */
export function stepWords(step: Step): string {
  switch (step.kind) {
    case 'files':
      return 'put the new files in place'
    case 'run':
      return step.argv.join(' ').replaceAll(/\s+/g, ' ').replaceAll(candidate, 'the new files')
    case 'ip':
      return `ip -batch: ${step.lines.join('; ')}`
    case 'wait':
      return 'wait until the host is as it should be'
    case 'lines':
      return `edit ${step.path}`
  }
}

function stepFiles(folder: string, step: Step): Record<string, string> {
  const files: Record<string, string> = {
    [`${folder}/kind`]: `${step.kind}\n`,
    [`${folder}/words`]: `${stepWords(step).slice(0, 300)}\n`,
  }
  switch (step.kind) {
    case 'files':
      break
    case 'run':
      if (step.argv.length === 0) refuse('a step without a command')
      files[`${folder}/argv`] = lines(step.argv)
      files[`${folder}/seconds`] = `${Math.ceil(step.timeoutSeconds)}\n`
      if (step.mayFail === true) files[`${folder}/may-fail`] = ''
      break
    case 'ip':
      files[`${folder}/lines`] = lines(step.lines)
      break
    case 'wait':
      files[`${folder}/until`] = expectationLines(step.until)
      files[`${folder}/seconds`] = `${Math.ceil(step.timeoutSeconds)}\n`
      break
    case 'lines':
      files[`${folder}/path`] = lines([step.path])
      files[`${folder}/remove`] = lines(step.remove)
      files[`${folder}/add`] = lines(step.add)
      break
  }
  return files
}

const numbered = (index: number): string => String(index + 1).padStart(4, '0')

const phaseFiles = (phase: string, steps: readonly Step[]): Record<string, string> =>
  Object.assign({}, ...steps.map((step, index) => stepFiles(`${phase}/${numbered(index)}`, step)))

// What brings the kernel back speaks ip's language unless it says otherwise.
const kernelTools = ['ip', 'bridge', 'tc', 'sysctl', 'ethtool', 'nft', 'resolvectl']
const restoreArgv = (words: readonly string[]): string[] =>
  kernelTools.includes(words[0] ?? '') ? [...words] : ['ip', ...words]

/** The files commit.sh finds in its folder, path → content. Content and words go in as they are, never as shell text. */
export function bundleFiles(change: HostChange, tokenSha256: string): Record<string, string> {
  if (!/^[0-9A-Za-z]{1,40}$/.test(change.id)) refuse(`the id ${change.id}`)
  if (!/^[0-9a-f]{64}$/.test(tokenSha256)) refuse('a token hash that is no sha256')
  const contents = change.files.flatMap(({ after }, index) => (after === null ? [] : [[`new/${index}`, after]]))
  return {
    id: `${change.id}\n`,
    token: `${tokenSha256}\n`,
    window: `${Math.ceil(change.windowSeconds)}\n`,
    'apply-seconds': `${Math.ceil(change.applySeconds)}\n`,
    files: lines(change.files.map(fileLine)),
    created: lines(change.created.map(link)),
    expect: expectationLines(change.expect),
    'expect-old': expectationLines(change.expectOld),
    taps: lines(change.taps.map(({ tap, bridge }) => `${link(tap)} ${link(bridge)}`)),
    probes: lines(change.probes.map((address) => (/^[0-9a-fA-F.:]+$/.test(address) ? address : refuse(address)))),
    ...(Object.fromEntries(contents) as Record<string, string>),
    ...phaseFiles('check', change.check),
    ...phaseFiles('apply', change.apply),
    ...phaseFiles('undo', change.undo),
    ...Object.fromEntries(
      change.restore.map((words, index) => [`restore/${numbered(index)}`, lines(restoreArgv(words))]),
    ),
    'commit.sh': scriptText('lib/host/scripts/commit.sh'),
  }
}

export const bundle = (change: HostChange, tokenSha256: string): Buffer => ustar(bundleFiles(change, tokenSha256))
