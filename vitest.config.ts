/**
 * How the tests run. All files share the processes of the workers (a file of its own for each would load and warm up the compiler
 * and the machine a hundred times, which is two thirds of the time), but for those that change what cannot be changed back.
 * Invariant: a test file passes alone, and after any others in the same process: it leaves nothing behind in a module's state.
 */
import { defineConfig } from 'vitest/config';

/** The host forbids making code from then on, for the rest of the process. */
const ALONE = ['tests/unit/machine-csp.test.ts'];

/** So long that only a test that hangs is ended by it, however busy the machine is: what must be quick is counted in steps. */
const NEVER = 900_000;

export default defineConfig({
  test: {
    testTimeout: NEVER,
    hookTimeout: NEVER,
    pool: 'forks',
    // The default leaves one core out, which on two cores is half of them.
    maxWorkers: '100%',
    coverage: { provider: 'v8', include: ['compiler/**', 'runtime/**', 'stdlib/**', 'cli/**', 'tools/**'] },
    projects: [
      {
        extends: true,
        test: { name: 'shared', include: ['tests/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
      {
        extends: true,
        // After the others: a worker that has to change to another project starts anew.
        test: { name: 'alone', include: ALONE, isolate: true, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
