import { LabHost } from './host.ts'
import { MachineChassis } from './machine-chassis.ts'
import type { LabRecord } from './runtime.ts'

/** A tier 2 host: all that its own kernel can do (VLANs, bonds, vhost-net, nested KVM), and its state can be kept. */
export class LabMachine extends LabHost {
  readonly #chassis: MachineChassis

  constructor(lab: LabRecord, chassis: MachineChassis) {
    super(lab, chassis)
    this.#chassis = chassis
  }

  /** Keeps memory and disk under a name; 2–6 s. */
  async save(tag: string): Promise<void> {
    await this.#chassis.saveState(tag)
  }

  /** Back to what was saved; much quicker than a boot. */
  async restore(tag: string): Promise<void> {
    await this.#chassis.loadState(tag)
    await this.waitForSsh()
  }
}
