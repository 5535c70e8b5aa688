import { defineConfig } from 'vitest/config'

const alias = { '@': new URL('.', import.meta.url).pathname.replace(/\/$/, '') }

/** What each back-end's commands do by themselves, and a whole machine. The matrix and a short set of faults run always. */
const long = [
  'lib/net/backends/*.lab.test.ts',
  'lib/services/vms/edit/vlan.lab.test.ts',
  'e2e/network/machine.lab.test.ts',
  'e2e/vms/machine.lab.test.ts',
]

/** What counts packets or seconds, and would count its neighbour's work too. */
const alone = [
  'e2e/lab/lab.lab.test.ts',
  'lib/host/kvm-proof.lab.test.ts',
  'lib/host/sampler.lab.test.ts',
  'lib/host/watch.lab.test.ts',
  'lib/live/live.lab.test.ts',
]

const wholeHosts = {
  include: ['lib/**/*.lab.test.ts', 'e2e/**/*.lab.test.ts'],
  testTimeout: 180_000,
  // Whole hosts on a machine that others use too: what fails once and then passes is the machine.
  retry: process.env.CI ? 1 : 0,
  hookTimeout: 300_000,
}

export default defineConfig({
  test: {
    reporters: ['default', './scripts/failures-of-vitest.ts'],
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
      // Needs root: makes real KVM hosts on this machine. They mostly wait for each other, so two files run at a time.
      {
        resolve: { alias },
        test: {
          name: 'lab',
          ...wholeHosts,
          // A quarter of an hour more: `./drawbridge test --faults`.
          exclude: [...alone, ...(process.env.DRAWBRIDGE_FAULTS === 'all' ? [] : long)],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias },
        test: { name: 'lab-alone', ...wholeHosts, include: alone, fileParallelism: false, sequence: { groupOrder: 2 } },
      },
    ],
  },
})
