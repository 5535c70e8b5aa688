import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

/** Another process of a benchmark, with the options of Node that `./drawbridge up` gives. */
export const start = (file: string, args: readonly (string | number)[]): ChildProcess =>
  fork(join(import.meta.dirname, file), args.map(String), {
    execArgv: ['--max-semi-space-size=4'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

/** What it says next. */
export function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('A process of the benchmark ended early.'))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as T)
    })
  })
}

export function asked<T>(child: ChildProcess): Promise<T> {
  const answer = told<T>(child)
  child.send('now')
  return answer
}
