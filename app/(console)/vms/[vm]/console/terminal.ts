import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import type { ConsoleNews } from '@/lib/contract/vm-console.ts'
import { withNoncedStyles } from './nonced.ts'

export interface SerialTerminal {
  /** Shows what comes over this socket and sends what is typed; returns how to leave it. */
  join(socket: WebSocket, onNews: (news: ConsoleNews) => void): () => void
  /** A line of ours among the guest's. */
  note(text: string): void
  type(text: string): void
  paste(text: string): void
  /** What is selected, else all there is. */
  text(): string
  size(): { columns: number; rows: number }
  focus(): void
  dispose(): void
}

const mono =
  'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace'

/** The escape codes by which a guest asks a terminal about itself. */
const questions = [
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
]

/** @param onLeave Ctrl+Alt+G was pressed: all other keys are the guest's, Tab too. */
export function openTerminal(box: HTMLElement, label: string, onLeave: () => void): SerialTerminal {
  const terminal = new Terminal({
    fontFamily: mono,
    fontSize: 13,
    scrollback: 5000,
    screenReaderMode: true,
    cursorBlink: false,
    // The same in both themes: guests choose colours for a dark screen.
    theme: { background: '#0e1116', foreground: '#e4e7eb', cursor: '#6cb6ff', selectionBackground: '#33507a' },
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  withNoncedStyles(() => terminal.open(box))
  fit.fit()
  terminal.textarea?.setAttribute('aria-label', label)
  const observer = new ResizeObserver(() => fit.fit())
  observer.observe(box)

  let line: WebSocket | null = null
  // Replayed questions were answered long ago; live ones are answered by one viewer alone.
  let isReplaying = false
  let isAnswering = false
  for (const question of questions) terminal.parser.registerCsiHandler(question, () => isReplaying || !isAnswering)

  const encoder = new TextEncoder()
  const send = (bytes: Uint8Array<ArrayBuffer>) => {
    if (line?.readyState === WebSocket.OPEN) line.send(bytes)
  }
  terminal.onData((text) => send(encoder.encode(text)))
  terminal.onBinary((text) => send(Uint8Array.from(text, (character) => character.charCodeAt(0))))
  terminal.attachCustomKeyEventHandler((event) => {
    const { ctrlKey, altKey, shiftKey, code } = event
    if (ctrlKey && altKey && code === 'KeyG') {
      event.preventDefault()
      if (event.type === 'keydown') onLeave()
      return false
    }
    // The browser's own: paste.
    if (ctrlKey && shiftKey && code === 'KeyV') return false
    if (ctrlKey && shiftKey && code === 'KeyC' && terminal.hasSelection()) {
      event.preventDefault()
      if (event.type === 'keydown') void navigator.clipboard?.writeText(terminal.getSelection())
      return false
    }
    return true
  })

  return {
    join(socket, onNews) {
      line = socket
      let isScrollback = false
      socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
        if (line !== socket) return
        if (typeof data !== 'string') {
          if (!isScrollback) return terminal.write(new Uint8Array(data))
          isScrollback = false
          terminal.reset()
          isReplaying = true
          return terminal.write(new Uint8Array(data), () => (isReplaying = false))
        }
        const news = JSON.parse(data) as ConsoleNews
        if (news.type === 'scrollback') isScrollback = true
        else if (news.type === 'answers') isAnswering = news.you
        onNews(news)
      })
      return () => {
        if (line === socket) line = null
      }
    },
    note: (text) => terminal.write(`\r\n\u001b[2m— ${text} —\u001b[0m\r\n`),
    type: (text) => {
      send(encoder.encode(text))
      terminal.focus()
    },
    paste: (text) => {
      terminal.paste(text)
      terminal.focus()
    },
    text() {
      if (terminal.hasSelection()) return terminal.getSelection()
      const { active } = terminal.buffer
      const lines = Array.from(
        { length: active.length },
        (_, row) => active.getLine(row)?.translateToString(true) ?? '',
      )
      return lines.join('\n').trimEnd()
    },
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    focus: () => terminal.focus(),
    dispose() {
      observer.disconnect()
      terminal.dispose()
    },
  }
}
