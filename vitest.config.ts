import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/compiled.mjs'],
    setupFiles: ['test/seed.ts'],
    // By default all but one of the processors. Many tests wait for processes, clocks and sockets: others run meanwhile.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // Guards against tests that hang, whatever the machine is busy with: none is about how long something takes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
