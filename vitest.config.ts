import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/compiled.mjs'],
    setupFiles: ['test/seed.ts'],
    // By default all but one of the processors: on two that is one worker, and half of the machine waits.
    maxWorkers: '100%',
    // Guards against tests that hang, whatever the machine is busy with: none is about how long something takes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
