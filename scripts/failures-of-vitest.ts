import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'
import { tellFailure } from './failures.ts'

type Errors = readonly ReturnType<TestModule['errors']>[number][]

/** Vitest’s part of scripts/failures.ts: tests, hooks of suites and files, and what nobody caught. */
export default class FailuresOfVitest implements Reporter {
  onTestRunEnd(files: readonly TestModule[], uncaught: Errors): void {
    for (const file of files) {
      tell(file.moduleId, '(the file)', file.errors(), false)
      for (const suite of file.children.allSuites()) tell(file.moduleId, nameOf(suite), suite.errors(), false)
      for (const test of file.children.allTests()) {
        const result = test.result()
        tell(file.moduleId, nameOf(test), result.errors ?? [], result.state === 'passed')
      }
    }
    tell(undefined, '(nobody caught it)', uncaught, false)
  }
}

function nameOf(entity: TestCase | TestSuite): string {
  return `${entity.project.name}: ${entity.fullName}`
}

function tell(file: string | undefined, title: string, errors: Errors, passedLater: boolean): void {
  if (errors.length === 0) return
  tellFailure({
    file,
    title,
    passedLater,
    errors: errors.map(({ stack, message, diff }) => `${stack ?? message}\n${typeof diff === 'string' ? diff : ''}`),
  })
}
