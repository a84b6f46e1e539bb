import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { PATIENCE } from './test/support/patience.js';
import { timeFor } from './test/support/runs.js';

/** Tests that change what a process shares: a module in place of another, the clock, the environment. Each has a process of its own. */
const ALONE = [
  'test/blocks/buckets/*.test.ts',
  'test/blocks/storage/watch.test.ts',
  'test/server/live/violation-log.test.ts',
  'test/server/replay/emit-bound.test.ts',
];

/**
 * Tests of whole processes, which `npm test` leaves to `npm run test:processes`: services that are killed, starved, turned away and waited
 * for, the command `replay`, and pages in a browser.
 */
const PROCESSES = [
  'test/blocks/identities/*.test.ts',
  'test/extension/views.test.ts',
  'test/server/grafana/plugin/plugin.test.ts',
  'test/server/live/*.test.ts',
  'test/server/replay/*.test.ts',
  'test/server/service/load.test.ts',
  'test/server/start/*.test.ts',
  'test/server/web/app.test.ts',
];

/** Modules that tests have others for. */
const RESOLVE = {
  alias: [
    {
      find: /^\.\/worker-entry\.js$/,
      replacement: fileURLToPath(new URL('test/support/compiled-worker.ts', import.meta.url)),
    },
  ],
};

const SHARED = {
  globalSetup: ['test/compiled.mjs', 'test/temporary.mjs'],
  setupFiles: ['test/seed.ts'],
  // Guards against tests that hang, whatever the machine is busy with: none is about how long something takes.
  testTimeout: timeFor(600_000),
  hookTimeout: 600_000,
  expect: { poll: PATIENCE },
};

export default defineConfig({
  test: {
    // What sources are compiled to is kept by their content: CI runs some of the tests with four versions of Node.js, and everybody some again and again.
    experimental: { fsModuleCache: true },
    // By default all but one of the processors. Many tests wait for processes, clocks and sockets: others run meanwhile.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    projects: [
      // One file after the other in the same process, so that what they import is loaded once.
      {
        resolve: RESOLVE,
        test: {
          ...SHARED,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...ALONE, ...PROCESSES],
          isolate: false,
        },
      },
      {
        resolve: RESOLVE,
        test: { ...SHARED, name: 'processes', include: PROCESSES, exclude: ALONE, isolate: false },
      },
      { resolve: RESOLVE, test: { ...SHARED, name: 'alone', include: ALONE, sequence: { groupOrder: 1 } } },
    ],
  },
});
