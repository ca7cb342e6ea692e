import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    coverage: { provider: 'v8', include: ['compiler/**', 'runtime/**', 'stdlib/**', 'cli/**', 'tools/**'] },
  },
});
