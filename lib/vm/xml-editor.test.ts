import { DOMParser, type Element } from '@xmldom/xmldom'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseXml, pathTo, valueOf, type XmlElement } from './xml-text.ts'
import { XmlEditor, type Locate } from './xml-editor.ts'
import { escapeText, escapeValue, tree } from './xml-write.ts'

const open = (text: string): XmlEditor => {
  const opened = XmlEditor.open(text)
  if (!opened.ok) throw new Error(opened.error.message)
  return opened.value
}
const by =
  (...names: string[]): Locate =>
  (root) =>
    pathTo(root, ...names)

const sample = `<domain type='kvm' id="7">
  <name>a &amp; b</name>
  <!-- <name>not this</name> -->
  <os>
    <type>hvm</type> <!-- beside -->
  </os>
  <devices>
    <disk type='file'/><disk type='block'/>
    <interface type='bridge'>
      <source bridge = "br0"   mode='x'/>
    </interface>
    <x:odd xmlns:x='urn:x'><![CDATA[<kept> & kept]]></x:odd>
  </devices>
</domain>
`

describe('places', () => {
  test('of what stands there', () => {
    const { root } = open(sample)
    expect([root.name, valueOf(root, 'id'), pathTo(root, 'name')?.text]).toEqual(['domain', '7', 'a & b'])
    expect(pathTo(root, 'devices', 'x:odd')?.text).toBe('<kept> & kept')
    expect(valueOf(pathTo(root, 'devices', 'interface', 'source'), 'bridge')).toBe('br0')
  })

  test.each([
    ['', 'begin with an element'],
    ['<a>', 'not closed'],
    ['<a></b>', 'closed by </b>'],
    ['<a b=1/>', 'not in quotes'],
    ["<a b='1' b='2'/>", 'twice'],
    ["<a b='<'/>", 'must not contain'],
    ['<a>&nbsp;</a>', '&amp;'],
    ['<a>a & b</a>', '&amp;'],
    ['<a>&#0;</a>', 'does not allow'],
    ['<a>\u0001</a>', 'does not allow'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'DOCTYPE'],
    ['<a><!ELEMENT b></a>', 'declares'],
    ['<a/><b/>', 'there is more'],
    ['<a><!-- -- --></a>', 'comment'],
    ['<a>]]></a>', ']]>'],
    [`${'<a>'.repeat(700)}${'</a>'.repeat(700)}`, 'nested'],
  ])('%s is refused', (text, why) => {
    const parsed = parseXml(text)
    expect(parsed.ok ? 'accepted' : parsed.error.message).toContain(why)
  })

  test('a problem names its line', () => {
    expect(parseXml('<a>\n  <b>\n  </c>\n</a>')).toMatchObject({ ok: false, error: { line: 3 } })
  })
})

describe('edits', () => {
  test('an attribute keeps its quotes, its neighbours and the spaces between them', () => {
    const edited = open(sample)
      .setAttributes(by('devices', 'interface', 'source'), { bridge: 'br1' })
      .setAttributes((root) => root, { id: null })
      .setAttributes(by('devices', 'disk'), { device: `it's "so" <&>` })
    expect(edited.text).toBe(
      sample
        .replace('"br0"', '"br1"')
        .replace(' id="7"', '')
        .replace(`<disk type='file'/>`, `<disk type='file' device='it&apos;s &quot;so&quot; &lt;&amp;&gt;'/>`),
    )
  })

  test('an element is put behind its siblings, and behind the comment on their line', () => {
    const edited = open(sample)
      .insert(by('os'), tree('boot', { dev: 'hd' }))
      .insert(by('devices', 'interface'), tree('vlan', {}, [tree('tag', { id: 7 })]))
    expect(edited.text).toContain(`    <type>hvm</type> <!-- beside -->\n    <boot dev='hd'/>\n  </os>`)
    expect(edited.text).toContain(`mode='x'/>\n      <vlan>\n        <tag id='7'/>\n      </vlan>\n    </interface>`)
  })

  test('an element goes with its line; one that shares it goes alone', () => {
    expect(open(sample).remove(by('devices', 'disk')).text).toBe(sample.replace(`<disk type='file'/>`, ''))
    expect(open(sample).remove(by('os', 'type')).text).toBe(sample.replace('<type>hvm</type>', ''))
    expect(open(sample).remove(by('devices', 'interface', 'source')).text).toContain(`    <interface type='bridge'/>\n`)
    expect(open(sample).remove(by('nothing')).text).toBe(sample)
  })

  test('the text of an element', () => {
    expect(open(sample).setText(by('name'), 'c < d').text).toBe(sample.replace('a &amp; b', 'c &lt; d'))
    expect(open(sample).setText(by('name'), 'a & b').text).toBe(sample)
    expect(open('<a><b/></a>').setText(by('b'), 'c').text).toBe('<a><b>c</b></a>')
  })

  test('in a text with carriage returns new lines have them too', () => {
    const dos = sample.replaceAll('\n', '\r\n')
    expect(open(dos).insert(by('os'), tree('boot')).text.replaceAll('\r\n', '')).not.toContain('\n')
  })
})

// Properties

const word = fc.stringMatching(/^[a-z][a-z0-9:]{0,5}$/).filter((name) => !name.endsWith(':') && !name.includes('::'))
const value = fc.string({ unit: 'grapheme', maxLength: 12 })
const space = fc.constantFrom('', ' ', '\n', '\n  ', '\r\n\t')
const attribute = fc
  .tuple(word, value, fc.constantFrom("'", '"'), space)
  .map(([name, text, quote, gap]) => ({ name, written: ` ${gap}${name}=${quote}${escapeValue(text)}${quote}` }))
const attributes = fc
  .uniqueArray(attribute, { maxLength: 3, selector: ({ name }) => name })
  .map((list) => list.map(({ written }) => written).join(''))
const filling = fc.oneof(
  value.map(escapeText),
  value.filter((text) => escapeText(text) === text && !text.includes(']]>')).map((text) => `<![CDATA[${text}]]>`),
  fc.stringMatching(/^[ a-z<&>'"]{0,8}$/).map((text) => `<!--${text}-->`),
  space,
)
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      word,
      attributes,
      fc.array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, filling, tie('element')), { maxLength: 4 }),
      space,
    )
    .map(([name, attrs, inner, gap]) =>
      inner.length === 0 ? `<${name}${attrs}${gap}/>` : `<${name}${attrs}${gap}>${inner.join('')}</${name}${gap}>`,
    ),
}))

const all = (root: XmlElement): XmlElement[] => [root, ...root.children.flatMap(all)]
const nth =
  (n: number): Locate =>
  (root) => {
    const elements = all(root)
    return elements[n % elements.length] ?? null
  }

type Step = (editor: XmlEditor) => void
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.nat(50), word, fc.option(value)).map(
    ([n, name, text]): Step =>
      (editor) =>
        void editor.setAttributes(nth(n), { [name]: text }),
  ),
  fc.tuple(fc.nat(50), value).map(
    ([n, text]): Step =>
      (editor) =>
        void editor.setText(nth(n), text),
  ),
  fc.tuple(fc.nat(50), word, value, fc.option(fc.array(word), { nil: undefined })).map(
    ([n, name, text, after]): Step =>
      (editor) =>
        void editor.insert(nth(n), tree(name, { text }, [tree('in', {}, text)]), after),
  ),
  fc.nat(50).map((n): Step => (editor) => {
    if ((editor.at(nth(n))?.parent ?? null) !== null) editor.remove(nth(n))
  }),
  fc.tuple(fc.nat(50), word).map(
    ([n, name]): Step =>
      (editor) =>
        void editor.replace(nth(n), tree(name)),
  ),
)

describe('whatever the XML', () => {
  test('no edit, no change; edits taken back one by one leave the same bytes', () => {
    fc.assert(
      fc.property(element, fc.array(step, { maxLength: 6 }), (text, steps) => {
        const editor = open(text)
        expect(editor.text).toBe(text)
        for (const edit of steps) edit(editor)
        while (editor.undo()) {
          // all of them
        }
        expect(editor.text).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  test('what is put in and removed again leaves the text as it was', () => {
    fc.assert(
      fc.property(element, fc.nat(50), (text, n) => {
        const editor = open(text)
        const at = editor.at(nth(n))
        if (at === null || at.children.length === 0) return
        editor.insert(nth(n), tree('put-in', { x: 1 }, [tree('below')]))
        editor.remove((root) => all(root).find(({ name }) => name === 'put-in') ?? null)
        // Only the break that an element behind another on its line needed may stay.
        expect(editor.text.replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''))
      }),
      { numRuns: 300 },
    )
  })

  test('what was set is read back', () => {
    fc.assert(
      fc.property(element, fc.nat(50), value, (text, n, set) => {
        const editor = open(text).setText(nth(0), set).setAttributes(nth(n), { set })
        expect(valueOf(editor.at(nth(n)), 'set')).toBe(set)
        expect(editor.root.text).toBe(set)
      }),
      { numRuns: 200 },
    )
  })

  test('it is read as another parser reads it', () => {
    fc.assert(
      fc.property(element, (text) => {
        // Prefixes without a namespace are nothing to a DOM.
        const plain = text.replaceAll(':', '-')
        const document = new DOMParser({ onError: () => {} }).parseFromString(plain, 'application/xml')
        const names = (one: Element): string[] => [one.tagName, ...[...one.children].flatMap(names)]
        const root = document.documentElement
        expect(all(open(plain).root).map(({ name }) => name)).toEqual(root === null ? [] : names(root))
      }),
      { numRuns: 200 },
    )
  })

  test('any text parses or is refused', () => {
    const scraps = fc.constantFrom(
      '<',
      '>',
      '/',
      '=',
      "'",
      '"',
      '&',
      ';',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      'a',
      ' ',
      '\n',
      '<a>',
      '</a>',
      '#',
      'x',
      '1',
    )
    const noise = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(scraps, { maxLength: 40 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(noise, (text) => {
        const parsed = parseXml(text)
        const said = parsed.ok ? text.slice(parsed.value.start, parsed.value.end) : parsed.error.message
        expect(said).toMatch(parsed.ok ? /^<[^]*>$/ : /\w/)
      }),
      { numRuns: 1000 },
    )
  })
})
