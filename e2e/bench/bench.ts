/** `node e2e/bench/bench.ts [hosts|vms|list|fleet|watchers|pixel|page|moves …]`: prints ratios, as docs/benchmarks.md explains them. */
import { fleet } from './fleet.ts'
import { hostCpu } from './host-cpu.ts'
import { table, type Ratio } from './measure.ts'
import { moves } from './moves.ts'
import { page } from './page.ts'
import { pixel } from './pixel.ts'
import { vmCpu } from './vm-cpu.ts'
import { vmList } from './vm-list.ts'
import { watching } from './watchers.ts'

const benches: Record<string, () => Promise<Ratio[]>> = {
  hosts: hostCpu,
  vms: vmCpu,
  list: vmList,
  fleet,
  watchers: watching,
  pixel,
  page,
  moves,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => benches[name] === undefined)
if (unknown.length > 0)
  throw new Error(`There is no benchmark ${unknown.join(', ')}: ${Object.keys(benches).join(', ')}`)

const ratios: Ratio[] = []
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.error(`${name}:`)
  ratios.push(...(await bench()))
}
console.log(table(ratios))
process.exit(0)
