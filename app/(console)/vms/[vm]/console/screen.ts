import RFB from '@novnc/novnc'
import { keystrokesOf } from '@/lib/vm/keystrokes.ts'

export interface Combination {
  label: string
  /** X11's numbers and the places of the keys, in the order in which they go down. */
  keys: readonly (readonly [keysym: number, code: string])[]
}

const control = [0xffe3, 'ControlLeft'] as const
const alt = [0xffe9, 'AltLeft'] as const
const shiftKeysym = 0xffe1

export const combinations: readonly Combination[] = [
  { label: 'Ctrl+Alt+Backspace', keys: [control, alt, [0xff08, 'Backspace']] },
  ...Array.from({ length: 7 }, (_, index): Combination => ({
    label: `Ctrl+Alt+F${index + 1}`,
    keys: [control, alt, [0xffbe + index, `F${index + 1}`]],
  })),
  { label: 'Alt+Tab', keys: [alt, [0xff09, 'Tab']] },
  { label: 'Alt+F4', keys: [alt, [0xffc1, 'F4']] },
  { label: 'Super', keys: [[0xffeb, 'MetaLeft']] },
  { label: 'PrintScreen', keys: [[0xff61, 'PrintScreen']] },
  { label: 'Esc', keys: [[0xff1b, 'Escape']] },
  { label: 'Tab', keys: [[0xff09, 'Tab']] },
]

export interface Screen {
  ctrlAltDel(): void
  press(combination: Combination): void
  /** At the pace of a fast typist: the guest's keyboard holds 16 keys. Resolves when all is typed. */
  type(text: string): Promise<void>
  giveClipboard(text: string): void
  fit(isFitted: boolean): void
  watchOnly(isWatching: boolean): void
  signIn(user: string, password: string): void
  picture(then: (blob: Blob | null) => void): void
  leave(): void
}

export interface ScreenEvents {
  onPicture: () => void
  /** The VM's console has a password; `user` when it asks for a name, too. */
  onPassword: (user: boolean) => void
  onRefused: (reason: string | null) => void
  onClipboard: (text: string) => void
  /** Ctrl+Alt+G was pressed: all other keys are the guest's. */
  onLeave: () => void
}

const typeEveryMs = 20

/** Shows what comes over this socket, which may still be connecting. */
export function openScreen(box: HTMLElement, socket: WebSocket, label: string, events: ScreenEvents): Screen {
  const rfb = new RFB(box, socket, { shared: true })
  rfb.background = 'transparent'
  rfb.showDotCursor = true
  let isLeft = false
  const canvas = box.querySelector('canvas')
  if (canvas !== null) {
    canvas.tabIndex = 0
    canvas.setAttribute('role', 'application')
    canvas.setAttribute('aria-label', label)
  }
  rfb.addEventListener('connect', events.onPicture)
  rfb.addEventListener('credentialsrequired', ({ detail }) => events.onPassword(detail.types.includes('username')))
  rfb.addEventListener('securityfailure', ({ detail }) => events.onRefused(detail.reason ?? null))
  rfb.addEventListener('clipboard', ({ detail }) => events.onClipboard(detail.text))
  const onKey = (event: KeyboardEvent) => {
    if (!event.ctrlKey || !event.altKey || event.code !== 'KeyG') return
    event.preventDefault()
    event.stopPropagation()
    // The guest saw them go down, and would not see them come up.
    rfb.sendKey(...control, false)
    rfb.sendKey(...alt, false)
    events.onLeave()
  }
  box.addEventListener('keydown', onKey, { capture: true })

  return {
    ctrlAltDel: () => {
      rfb.sendCtrlAltDel()
      rfb.focus()
    },
    press({ keys }) {
      for (const [keysym, code] of keys) rfb.sendKey(keysym, code, true)
      for (const [keysym, code] of keys.toReversed()) rfb.sendKey(keysym, code, false)
      rfb.focus()
    },
    async type(text) {
      rfb.focus()
      for (const { keysym, shift } of keystrokesOf(text).strokes) {
        if (isLeft) return
        if (shift) rfb.sendKey(shiftKeysym, 'ShiftLeft', true)
        rfb.sendKey(keysym, null)
        if (shift) rfb.sendKey(shiftKeysym, 'ShiftLeft', false)
        await new Promise((resolve) => setTimeout(resolve, typeEveryMs))
      }
    },
    giveClipboard: (text) => rfb.clipboardPasteFrom(text),
    // At its own size it is scrolled where it is larger than the page.
    fit: (isFitted) => void (rfb.scaleViewport = isFitted),
    watchOnly: (isWatching) => void (rfb.viewOnly = isWatching),
    signIn: (user, password) => rfb.sendCredentials(user === '' ? { password } : { username: user, password }),
    picture: (then) => rfb.toBlob(then, 'image/png'),
    leave() {
      isLeft = true
      box.removeEventListener('keydown', onKey, { capture: true })
      rfb.disconnect()
      // Its own way out waits for the socket; the next screen comes before that.
      box.replaceChildren()
    },
  }
}
