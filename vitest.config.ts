import { defineConfig } from 'vitest/config'

const alias = { '@': new URL('.', import.meta.url).pathname.replace(/\/$/, '') }

/** What each back-end's commands do by themselves, and a whole machine. The matrix and a short set of faults run always. */
const long = ['lib/net/backends/*.lab.test.ts', 'e2e/network/machine.lab.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['lib/**/*.test.ts', 'components/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.{store,lab}.test.ts'],
          environment: 'node',
          // A property takes a second alone, and six beside three other suites.
          testTimeout: 30_000,
        },
      },
      // Starts a real PostgreSQL.
      {
        resolve: { alias },
        test: {
          name: 'store',
          include: ['lib/**/*.store.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      // Needs root: makes real KVM hosts on this machine.
      {
        resolve: { alias },
        test: {
          name: 'lab',
          include: ['lib/**/*.lab.test.ts', 'e2e/**/*.lab.test.ts'],
          // A quarter of an hour more: `./drawbridge test --faults`.
          exclude: process.env.DRAWBRIDGE_FAULTS === 'all' ? [] : long,
          testTimeout: 180_000,
          // Whole hosts on a machine that others use too: what fails once and then passes is the machine.
          retry: process.env.CI ? 1 : 0,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
