import type { FullConfig, Reporter, Suite, TestError } from '@playwright/test/reporter'
import { tellFailure } from './failures.ts'

/** Playwright’s part of scripts/failures.ts. */
export default class FailuresOfPlaywright implements Reporter {
  #all: Suite | undefined

  onBegin(_config: FullConfig, all: Suite): void {
    this.#all = all
  }

  onError(error: TestError): void {
    tellFailure({ title: '(outside of any test)', passedLater: false, errors: [textOf(error)] })
  }

  onEnd(): void {
    for (const test of this.#all?.allTests() ?? []) {
      const outcome = test.outcome()
      if (outcome !== 'unexpected' && outcome !== 'flaky') continue
      tellFailure({
        file: test.location.file,
        title: test.titlePath().slice(3).join(' › '),
        passedLater: outcome === 'flaky',
        errors: test.results.flatMap((result) => result.errors.map(textOf)),
      })
    }
  }

  printsToStdio(): boolean {
    return false
  }
}

function textOf(error: TestError): string {
  return error.stack ?? error.message ?? String(error.value)
}
