/** The lines of the documents are run as they stand there, against a real host. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { addLabHost, expect, test } from './harness/fixtures.ts'

const blocks = async (document: string): Promise<string[]> =>
  [...(await readFile(join(import.meta.dirname, '..', 'docs', document), 'utf8')).matchAll(/^```sh\n(.*?)^```/gms)].map(
    ([, block = '']) => block,
  )

test('the examples of docs/vms.md work, line by line', async ({ lab, product }) => {
  test.setTimeout(300_000)
  const host = await lab.addHost({ name: 'examples', bridge: true })
  await addLabHost(product, host)
  const { body } = await product.api.call<{ token: string }>('POST', '/tokens', { name: 'examples', role: 'operator' })
  const lines = await blocks('vms.md')
  expect(lines.length).toBeGreaterThan(4)
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-examples-'))
  try {
    const env = {
      PATH: process.env.PATH,
      DRAWBRIDGE: product.url,
      TOKEN: body.token,
      HOST: 'examples',
      NODE_ENV: process.env.NODE_ENV,
    }
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', lines.join('\n')], {
      cwd: folder,
      env,
    }).catch((failure: { stdout: string; stderr: string }) => {
      throw new Error(`${failure.stdout}\n${failure.stderr}`)
    })
    expect(stdout).toContain('"bridges": [\n    "br0"')
    expect(stdout).toMatch(/web1\trunning\tbr0\t2/)
    expect(stdout).toContain('"when":"next-start"')
    expect(stdout).toMatch(/"done": 2,\s+"failed": 0/)
    expect(stdout.match(/"deleted":\["\/var/g)).toHaveLength(2)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  expect(await host.sh('virsh -q -c qemu:///system list --all --name | grep . || true')).toBe('')
})
