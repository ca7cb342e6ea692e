import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    // The default leaves one core out, which on two cores is half of them.
    maxWorkers: '100%',
    coverage: { provider: 'v8', include: ['compiler/**', 'runtime/**', 'stdlib/**', 'cli/**', 'tools/**'] },
  },
});
