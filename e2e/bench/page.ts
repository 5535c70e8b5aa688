/** Budget 6: the JavaScript of the fleet page's first load, as the built product sends it. */
import { gzipSync } from 'node:zlib'
import { startProduct } from '../harness/product.ts'
import type { Ratio } from './measure.ts'

const budgetKb = 305

export async function page(): Promise<Ratio[]> {
  const product = await startProduct()
  try {
    const admin = { name: 'Bench', email: 'bench@example.org', password: 'a long one for the bench' }
    const claimed = await fetch(`${product.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: product.url },
      body: JSON.stringify({ token: await product.setupToken(), ...admin }),
    })
    if (claimed.status !== 201) throw new Error(`not claimed: ${await claimed.text()}`)
    const cookie = claimed.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const answer = await fetch(product.url, { headers: { cookie } })
    const html = await answer.text()
    if (!answer.ok || new URL(answer.url).pathname !== '/')
      throw new Error(`no fleet page: ${answer.status} ${answer.url}`)
    // Old browsers alone load what is marked noModule.
    const tags = html.match(/<(?:script|link)\b[^>]*>/g) ?? []
    const scripts = new Set(
      tags.flatMap((tag) => (/nomodule/i.test(tag) ? [] : (/(?:src|href)="([^"]+\.js[^"]*)"/.exec(tag)?.[1] ?? []))),
    )
    let bytes = 0
    for (const path of scripts) {
      const script = await fetch(new URL(path.replaceAll('&amp;', '&'), product.url), { headers: { cookie } })
      bytes += gzipSync(Buffer.from(await script.arrayBuffer())).length
    }
    console.error(`  ${scripts.size} scripts`)
    return [
      {
        budget: '6',
        what: 'first-load JavaScript of the fleet page, gzip',
        ours: `${(bytes / 1000).toFixed(0)} kB`,
        peer: `${budgetKb} kB (a third of Cockpit’s)`,
        ratio: bytes / 1000 / budgetKb,
        atMost: 1,
      },
    ]
  } finally {
    await product.close()
  }
}
