import { volumeNameOf } from './volume.ts'

/** Where images are fetched from, and by what on the host. */

/** Why an address is not fetched from, or null. */
export function addressRefusal(text: string): string | null {
  if (!URL.canParse(text)) return 'Write a whole address, e.g. https://cloud.debian.org/…/debian-12.qcow2.'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'Only http and https addresses are fetched.'
  // They would stand in the list of the host's processes and in the job's log.
  if (url.username !== '' || url.password !== '')
    return 'Addresses with a user and password are not fetched: both would be seen on the host. Upload the file instead.'
  return null
}

/** The name a file of this address gets unless another is asked for. */
export function nameOfAddress(text: string): string {
  const last = new URL(text).pathname.split('/').at(-1) ?? ''
  try {
    return volumeNameOf(decodeURIComponent(last))
  } catch {
    return volumeNameOf(last)
  }
}

/** The name a vendor's file of sums knows it by. */
export const publishedName = (text: string): string => decodeSafely(new URL(text).pathname.split('/').at(-1) ?? '')

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const fetchers = ['curl', 'wget', 'python3'] as const
export type Fetcher = (typeof fetchers)[number]

// Nothing but http and https, also after a redirection; a server that has gone silent ends it.
const curl = ['curl', '-q', '--fail', '--silent', '--show-error', '--location', '--max-redirs', '10']
const curlLimits = ['--proto', '=http,https', '--proto-redir', '=http,https', '--connect-timeout', '20']
const wget = ['wget', '--no-config', '--no-verbose', '--max-redirect=10', '--timeout=60', '--tries=3']
const python = ['python3', '-I', '-c']

const pythonGet = `
import sys, urllib.request
url, path = sys.argv[1], sys.argv[2]
try:
    with urllib.request.urlopen(url, timeout=60) as answer, open(path, 'wb') as out:
        while True:
            piece = answer.read(1 << 20)
            if not piece:
                break
            out.write(piece)
except Exception as failure:
    sys.exit('error: %s' % failure)
`
const pythonText = `
import sys, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], timeout=60) as answer:
        sys.stdout.buffer.write(answer.read(1 << 20))
except Exception as failure:
    sys.exit('error: %s' % failure)
`
const pythonHead = `
import sys, urllib.request
with urllib.request.urlopen(urllib.request.Request(sys.argv[1], method='HEAD'), timeout=30) as answer:
    print('content-length: %s' % answer.headers.get('content-length', ''))
`

/** Fetches into a file. @param resume goes on with what is there already */
export function fetchCommand(fetcher: Fetcher, url: string, path: string, resume: boolean): string[] {
  switch (fetcher) {
    case 'curl': {
      const patience = ['--speed-limit', '1000', '--speed-time', '60', '--retry', '3']
      return [
        ...curl,
        ...curlLimits,
        ...patience,
        ...(resume ? ['--continue-at', '-'] : []),
        '--output',
        path,
        '--',
        url,
      ]
    }
    case 'wget':
      return [...wget, ...(resume ? ['--continue'] : []), `--output-document=${path}`, '--', url]
    case 'python3':
      return [...python, pythonGet, url, path]
  }
}

/** Writes a small text to its stdout. */
export function textCommand(fetcher: Fetcher, url: string): string[] {
  switch (fetcher) {
    case 'curl':
      return [...curl, ...curlLimits, '--max-time', '60', '--max-filesize', '1048576', '--', url]
    case 'wget':
      return [...wget, '--output-document=-', '--', url]
    case 'python3':
      return [...python, pythonText, url]
  }
}

/** Writes the answer's headers, on stdout or stderr. */
export function headCommand(fetcher: Fetcher, url: string): string[] {
  switch (fetcher) {
    case 'curl':
      return [...curl, ...curlLimits, '--max-time', '60', '--head', '--', url]
    case 'wget':
      return [...wget, '--spider', '--server-response', '--', url]
    case 'python3':
      return [...python, pythonHead, url]
  }
}

/** The size an answer's headers name, of the last answer after redirections; null when they name none. */
export function sizeOfHeaders(text: string): number | null {
  const sizes = [...text.matchAll(/^\s*content-length:\s*(\d{1,15})\s*$/gim)]
  const last = sizes.at(-1)?.[1]
  return last === undefined || Number(last) === 0 ? null : Number(last)
}
