/** Answers in the language of whoever asks: English was written, kept and logged; it is translated on its way out. */
import type { MiddlewareHandler } from 'hono'
import { chooseLocale, localeCookie } from '../i18n/locales.ts'
import type { Translate } from '../language/phrase-book.ts'
import { speak } from '../language/speak.ts'
import { translationTo } from '../language/translations.ts'

/** By the pages' cookie, else by `Accept-Language`; a client that sends neither gets English. */
export function localeOf(headers: Headers): ReturnType<typeof chooseLocale> {
  const cookies = headers.get('cookie') ?? ''
  const held = cookies
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${localeCookie}=`))
    ?.slice(localeCookie.length + 1)
  return chooseLocale(held, headers.get('accept-language'))
}

const isJson = /^application\/(?:[\w.-]+\+)?json\b/

export const speakLanguage: MiddlewareHandler = async (c, next) => {
  await next()
  const type = c.res.headers.get('content-type') ?? ''
  const isStream = type.startsWith('text/event-stream')
  if (c.res.body === null || !(isJson.test(type) || isStream) || c.req.path.endsWith('/openapi.json')) return
  const locale = localeOf(c.req.raw.headers)
  const translate = translationTo(locale)
  c.res.headers.append('vary', 'Accept-Language, Cookie')
  c.res.headers.set('content-language', locale)
  if (translate === null) return
  const { status, headers } = c.res
  const body = isStream
    ? c.res.body.pipeThrough(spokenEvents(translate))
    : JSON.stringify(speak(await c.res.json(), translate))
  // Another text is another representation, though it says the same.
  const tag = headers.get('etag')
  if (tag !== null && !tag.startsWith('W/')) headers.set('etag', tag.replace(/"$/, `;${locale}"`))
  headers.delete('content-length')
  c.res = undefined
  c.res = new Response(body, { status, headers })
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()
/** Figures, which are most of a stream, have none of these and pass as they are. */
const saying = /"(?:title|reason|message)":"/

/** Each chunk is whole events: event-stream.ts sends them so. */
function spokenEvents(translate: Translate): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      const text = decoder.decode(chunk)
      if (!saying.test(text)) return controller.enqueue(chunk)
      const spoken = text.replaceAll(/^data: (\{.*\})$/gm, (line, data: string) => {
        if (!saying.test(data)) return line
        return `data: ${JSON.stringify(speak(JSON.parse(data), translate))}`
      })
      controller.enqueue(encoder.encode(spoken))
    },
  })
}
