/** The API's document as a page: one file, no script, nothing from anywhere else. */
import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import type { Document } from './document.ts'
import { schemaText } from './schema-text.ts'

type Html = ReturnType<typeof html>

interface Content {
  content?: Record<string, { schema?: unknown }>
}
interface Operation {
  tags?: string[]
  summary?: string
  description?: string
  'x-action'?: string
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: unknown }[]
  requestBody?: Content
  responses: Record<string, Content & { description?: string }>
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1d2126, #e8eaed); --ink-2: light-dark(#565d66, #a9b0b9);
  --line: light-dark(#e1e4e8, #33383f); --raised: light-dark(#f6f7f9, #1b1e23); --accent: light-dark(#0b61a4, #6fb7ee) }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: light-dark(#fff, #121417) }
a { color: var(--accent) } h1 { font-size: 1.5rem } h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem } h3 { font-size: 1rem; margin: 0 }
code, pre { font: 12px/1.5 ui-monospace, monospace } pre { overflow-x: auto; padding: .6rem .8rem; background: var(--raised); border: 1px solid var(--line); border-radius: 6px }
article { border-top: 1px solid var(--line); padding: .9rem 0 } article p { margin: .3rem 0; color: var(--ink-2) } summary { cursor: pointer }
.path { font: 600 13px ui-monospace, monospace; overflow-wrap: anywhere } .method { display: inline-block; min-width: 4.2em; color: var(--accent) }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem } table { border-collapse: collapse } td { padding: .1rem 1rem .1rem 0; vertical-align: top }`

/** Our own few lines of Markdown: code, bold, paragraphs. */
const prose = (text: string) =>
  text.split('\n\n').map((paragraph) => {
    const parts = paragraph.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
      if (part.startsWith('`')) return html`<code>${part.slice(1, -1)}</code>`
      return part.startsWith('**') ? html`<strong>${part.slice(2, -2)}</strong>` : part
    })
    return html`<p>${parts}</p>`
  })

const anchor = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

function content(title: string, { content: types = {} }: Content): Html | '' {
  const [entry] = Object.entries(types)
  if (entry === undefined) return ''
  const [type, { schema }] = entry
  const text = type === 'application/json' ? schemaText(schema) : type
  return html`<p>${title}</p>
    <pre tabindex="0">${text}</pre>`
}

function article(method: string, path: string, operation: Operation): Html {
  const { summary = '', description = '', parameters = [], requestBody, responses } = operation
  const action = operation['x-action'] ?? 'public'
  const answers = Object.entries(responses).filter(([status]) => status !== 'default')
  return html`<article id="${anchor(`${method} ${path}`)}">
    <h3 class="path"><span class="method">${method.toUpperCase()}</span>${path}</h3>
    <p>${summary}. ${action === 'public' ? 'Nobody need be signed in.' : html`Needs <code>${action}</code>.`}</p>
    ${description === '' ? '' : prose(description)}
    ${
      parameters.length === 0
        ? ''
        : html`<table>
            ${parameters.map(
              (one) =>
                html`<tr>
                  <td><code>${one.name}${one.required === true ? '' : '?'}</code></td>
                  <td>${one.in}</td>
                  <td><code>${schemaText(one.schema ?? {})}</code> ${one.description ?? ''}</td>
                </tr>`,
            )}
          </table>`
    }
    ${requestBody === undefined ? '' : content('Takes', requestBody)}
    ${answers.map(([status, answer]) => {
      const title = `Answers ${status}: ${answer.description ?? ''}`
      return answer.content === undefined ? html`<p>${title}</p>` : content(title, answer)
    })}
  </article>`
}

function page({ info, paths = {}, components }: Document, nonce: string): Html {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ method, path, operation })),
  )
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags ?? []))]
  const schemas = Object.entries(components?.schemas ?? {})
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info.title} API</title>
        <style nonce="${nonce}">
          ${raw(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>${info.title} API v${info.version}</h1>
          ${prose(info.description ?? '')}
          <p>For programs: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
          <nav aria-label="Sections">
            ${tags.map((tag) => html`<a href="#${anchor(tag)}">${tag}</a>`)}<a href="#schemas">Schemas</a>
          </nav>
        </header>
        <main>
          ${tags.map(
            (tag) =>
              html`<section aria-labelledby="${anchor(tag)}">
                <h2 id="${anchor(tag)}">${tag}</h2>
                ${operations
                  .filter(({ operation }) => operation.tags?.includes(tag))
                  .map(({ method, path, operation }) => article(method, path, operation))}
              </section>`,
          )}
          <section aria-labelledby="schemas">
            <h2 id="schemas">Schemas</h2>
            ${schemas.map(
              ([name, schema]) =>
                html`<article id="schema-${anchor(name)}">
                  <h3 class="path">${name}</h3>
                  <pre tabindex="0">${schemaText(schema)}</pre>
                </article>`,
            )}
          </section>
        </main>
      </body>
    </html>`
}

/** Answers with the page. */
export function answerDocs(c: Context, document: Document): Response | Promise<Response> {
  const nonce = btoa(crypto.randomUUID())
  c.header(
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`,
  )
  return c.html(page(document, nonce))
}
