import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { consoleEnd, type ConsoleNews } from '@/lib/contract/vm-console.ts'
import { HeldKeys } from '@/lib/vm/held-keys.ts'
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
  /** Nothing is there to type to until `join`: what was held for it is forgotten. */
  deafen(): void
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

interface TerminalEvents {
  /** Ctrl+Alt+G was pressed: all other keys are the guest's, Tab too. */
  onLeave: () => void
  /** More was typed than is held for a line that is not there yet. */
  onKeysLost: () => void
}

export function openTerminal(box: HTMLElement, label: string, events: TerminalEvents): SerialTerminal {
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
  // `waiting`: the line comes (back) by itself, and gets what was typed meanwhile. `deaf`: what was typed at a VM that
  // is off, or after the console was closed, would reach a boot loader or whoever opens it next.
  let hearing: 'live' | 'waiting' | 'deaf' = 'waiting'
  const held = new HeldKeys()
  const hears = (now: typeof hearing) => {
    hearing = now
    if (now === 'deaf') held.take()
    if (now !== 'live') return
    const typed = held.take()
    if (typed.length > 0) line?.send(typed)
  }
  // Replayed questions were answered long ago; live ones are answered by one viewer alone.
  let isReplaying = false
  let isAnswering = false
  for (const question of questions) terminal.parser.registerCsiHandler(question, () => isReplaying || !isAnswering)

  const encoder = new TextEncoder()
  const send = (bytes: Uint8Array<ArrayBuffer>) => {
    if (hearing === 'live' && line?.readyState === WebSocket.OPEN) line.send(bytes)
    else if (hearing !== 'deaf' && !held.hold(bytes)) events.onKeysLost()
  }
  terminal.onData((text) => send(encoder.encode(text)))
  terminal.onBinary((text) => send(Uint8Array.from(text, (character) => character.charCodeAt(0))))
  terminal.attachCustomKeyEventHandler((event) => {
    const { ctrlKey, altKey, shiftKey, code } = event
    if (ctrlKey && altKey && code === 'KeyG') {
      event.preventDefault()
      if (event.type === 'keydown') events.onLeave()
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
      hears('waiting')
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
        else if (news.type === 'state')
          hears(news.state === 'live' ? 'live' : news.state === 'off' || news.state === 'taken' ? 'deaf' : 'waiting')
        onNews(news)
      })
      socket.addEventListener('close', ({ code }) => {
        if (line !== socket) return
        const isFinal = code === consoleEnd.idle || code === consoleEnd['signed-out']
        hears(isFinal ? 'deaf' : 'waiting')
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
    deafen: () => hears('deaf'),
    dispose() {
      observer.disconnect()
      terminal.dispose()
    },
  }
}
