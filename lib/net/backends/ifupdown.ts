import { applyInterfaces, checkInterfaces, outageOf, undoInterfaces } from './ifupdown-steps.ts'
import { interfacesGlobs, InterfacesFiles, type Dialect } from './ifupdown-files.ts'
import { readInterfaces } from './ifupdown-read.ts'
import { writeInterfaces } from './ifupdown-write.ts'
import type { BackEndDriver } from '../back-end.ts'

const driver = (dialect: Dialect): BackEndDriver => ({
  id: dialect,
  globs: interfacesGlobs,
  read: (files) => readInterfaces(new InterfacesFiles(files, dialect)),
  write: (files, changes) => writeInterfaces(files, changes, dialect),
  check: (transition) => checkInterfaces(transition, dialect),
  apply: (transition) => applyInterfaces(transition, dialect),
  undo: (transition) => undoInterfaces(transition, dialect),
  outageMs: (transition) => outageOf(transition),
})

/** Debian's ifupdown with bridge-utils, ifenslave and vlan. */
export const ifupdown = driver('ifupdown')

/** ifupdown2, also Proxmox's. */
export const ifupdown2 = driver('ifupdown2')
