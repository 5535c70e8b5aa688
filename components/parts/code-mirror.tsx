'use client'
import { xmlLanguage } from '@codemirror/lang-xml'
import { yamlLanguage } from '@codemirror/lang-yaml'
import { Compartment, EditorState, RangeSetBuilder } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, lineNumbers, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import { minimalSetup } from 'codemirror'
import { useEffect, useEffectEvent, useRef, useState } from 'react'

export type CodeLanguage = 'xml' | 'yaml'

export interface CodeMirrorProps {
  language: CodeLanguage
  value: string
  onChange: (value: string) => void
  readOnly?: boolean
  id: string
  'aria-label': string
  'aria-describedby'?: string | undefined
  'aria-invalid'?: true | undefined
}

const parsers = { xml: xmlLanguage.parser, yaml: yamlLanguage.parser }

/** Colours by the parser's own names of what it found: CodeMirror's styles know one theme only. */
const colors: Record<string, Decoration> = Object.fromEntries(
  [
    ['text-accent', ['Key', 'TagName']],
    ['text-busy', ['AttributeName', 'Anchor', 'Alias', 'Tag']],
    ['text-ok', ['AttributeValue', 'QuotedLiteral']],
    ['text-ink-3', ['Comment', 'DocumentStart', 'DocumentEnd', 'ProcessingInst', 'StartTag', 'EndTag']],
    ['text-ink-3', ['StartCloseTag', 'SelfCloseEndTag', 'BlockLiteralHeader']],
  ].flatMap(([color, names]) => (names as string[]).map((name) => [name, Decoration.mark({ class: color as string })])),
)

/** Above this, coloring each keystroke anew would be felt. */
const coloredLength = 200_000

function colored(view: EditorView, language: CodeLanguage): DecorationSet {
  const { doc } = view.state
  const builder = new RangeSetBuilder<Decoration>()
  if (doc.length > coloredLength) return builder.finish()
  parsers[language].parse(doc.toString()).iterate({
    enter({ name, from, to }) {
      const mark = colors[name]
      if (mark === undefined || from === to) return true
      builder.add(from, to, mark)
      return false
    },
  })
  return builder.finish()
}

const coloring = (language: CodeLanguage) =>
  ViewPlugin.fromClass(
    class {
      decorations: DecorationSet
      constructor(view: EditorView) {
        this.decorations = colored(view, language)
      }
      update({ docChanged, view }: ViewUpdate): void {
        if (docChanged) this.decorations = colored(view, language)
      }
    },
    { decorations: (plugin) => plugin.decorations },
  )

const look = EditorView.theme({
  '&': { backgroundColor: 'var(--canvas)', color: 'var(--ink)', fontSize: '12px', maxHeight: '60dvh' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '18px', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--ink)', minHeight: '8rem' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--canvas)', color: 'var(--ink-3)', border: 'none' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklch, var(--accent) 30%, transparent)',
  },
})

/** The nonce that the page's policy names: what CodeMirror styles itself with is let through by it. */
const pageNonce = (): string => document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? ''

const naming = (id: string, label: string, description: string | undefined, isInvalid: true | undefined) =>
  EditorView.contentAttributes.of({
    id,
    'aria-label': label,
    // Focusable by itself already, but axe looks for this where a region scrolls.
    tabindex: '0',
    ...(description === undefined ? {} : { 'aria-describedby': description }),
    ...(isInvalid === true ? { 'aria-invalid': 'true' } : {}),
  })

/** An editor with line numbers, colours and undo. Tab leaves it, as it leaves any field. Load it lazily. */
export default function CodeMirror({ language, value, onChange, readOnly = false, id, ...named }: CodeMirrorProps) {
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView | null>(null)
  const [attributes] = useState(() => new Compartment())
  const changed = useEffectEvent(onChange)
  const first = useEffectEvent(() => value)
  const label = named['aria-label']
  const description = named['aria-describedby']
  const isInvalid = named['aria-invalid']
  const firstNaming = useEffectEvent(() => naming(id, label, description, isInvalid))
  useEffect(() => {
    if (place.current === null) return
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: first(),
        extensions: [
          EditorView.cspNonce.of(pageNonce()),
          lineNumbers(),
          minimalSetup,
          coloring(language),
          look,
          EditorState.readOnly.of(readOnly),
          attributes.of(firstNaming()),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) changed(state.doc.toString())
          }),
        ],
      }),
    })
    editor.current = view
    return () => {
      editor.current = null
      view.destroy()
    }
  }, [language, readOnly, attributes])
  // Apart from the making: an error that comes or goes must not take the cursor and what can be undone with it.
  useEffect(() => {
    editor.current?.dispatch({
      effects: attributes.reconfigure(naming(id, label, description, isInvalid)),
    })
  }, [attributes, id, label, description, isInvalid])
  useEffect(() => {
    const view = editor.current
    if (view === null || view.state.doc.toString() === value) return
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } })
  }, [value])
  return (
    <div
      ref={place}
      className="overflow-hidden rounded-base border border-field focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent"
    />
  )
}
