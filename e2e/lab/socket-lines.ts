import { connect } from 'node:net'

export type LineSocket = {
  send(line: string): void
  /** The next line for which `pick` gives anything but null. */
  expect<T>(what: string, timeoutMs: number, pick: (line: string) => T | null): Promise<T>
  close(): void
}

const LIMIT_BYTES = 32 * 1024 * 1024

/** A Unix socket that talks in lines. */
export function openLines(path: string): Promise<LineSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let buffer = ''
    let ended: Error | null = null
    let wake: () => void = () => {}
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      buffer += chunk
      if (buffer.length > LIMIT_BYTES) socket.destroy(new Error(`${path} says too much`))
      wake()
    })
    socket.on('error', (error) => {
      ended = error
      reject(error)
      wake()
    })
    socket.on('close', () => {
      ended ??= new Error(`${path} was closed`)
      wake()
    })
    socket.on('connect', () =>
      resolve({
        send: (line) => void socket.write(`${line}\n`),
        close: () => void socket.destroy(),
        expect: async (what, timeoutMs, pick) => {
          const deadline = Date.now() + timeoutMs
          for (;;) {
            for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
              const line = buffer.slice(0, end).trim()
              buffer = buffer.slice(end + 1)
              const picked = pick(line)
              if (picked !== null) return picked
            }
            if (ended !== null) throw ended
            const leftMs = deadline - Date.now()
            if (leftMs <= 0) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`)
            await new Promise<void>((resume) => {
              const timer = setTimeout(resume, leftMs)
              wake = () => {
                clearTimeout(timer)
                resume()
              }
            })
          }
        },
      }),
    )
  })
}
