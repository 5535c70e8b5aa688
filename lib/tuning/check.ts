import type { Check } from '../contract/hosts.ts'
import { commandText, type Command } from './command.ts'
import type { Situation } from './preparation.ts'

type CheckState = Check['state']

/** One line of the check list: what it looks for, why that matters, and how it is put in order. */
export interface TuningCheck {
  id: string
  title: string
  /** Why it matters, for somebody who has never heard of it. */
  why: string
  evaluate(situation: Situation): { state: CheckState; evidence: string }
  /**
   * What would put it in order, from how things are now; null when Drawbridge can't. Asked only where the check is not
   * in order. Running it twice changes nothing.
   */
  fix(situation: Situation): Fix | null
}

export interface Fix {
  /** What will be done, in one sentence. */
  sentence: string
  commands: Command[]
}

const isInOrder = (state: CheckState): boolean => state === 'ok' || state === 'not-needed'

/** A check's line as people and the API see it. */
export function describeCheck(check: TuningCheck, situation: Situation): Check {
  const { state, evidence } = check.evaluate(situation)
  const fix = isInOrder(state) ? null : plannedFix(check, situation)
  const isRoot = situation.preparation.root.kind === 'is-root'
  return {
    id: check.id,
    state,
    title: check.title,
    evidence,
    why: check.why,
    fix:
      fix === null
        ? null
        : { sentence: fix.sentence, commands: fix.commands.map((command) => commandText(command, !isRoot)) },
  }
}

/** The fix, or null where it is in order already, can't be fixed, or nobody here may. */
export function plannedFix(check: TuningCheck, situation: Situation): Fix | null {
  if (isInOrder(check.evaluate(situation).state) || situation.preparation.root.kind === 'refused') return null
  return check.fix(situation)
}
