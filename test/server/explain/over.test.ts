import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { betrace } from '../cli/support.js';
import { temporary } from '../replay/support.js';

const RULE = `rule errors { over 5m
  when { } | rate() > 1
  always { status = error } | count_over_time() by (span.k) < 3
}`;

it('shows the windows, tests and counting SQL of a rule over many traces', async () => {
  const path = join(await temporary('rules'), 'over.betrace');
  await writeFile(path, RULE);
  const text = await betrace(['explain', path]);
  expect(text.code).toBe(0);
  expect(text.out).toContain('in every window of 5 min, for each series');
  expect(text.out).toContain('when { } | rate() > 1');
  expect(text.out).toContain('span attribute k');
  expect(text.out).toMatch(/\n\{ status = error \} \| count_over_time\(\) by \(span\.k\)\nWITH /);
  const { overRules } = JSON.parse((await betrace(['explain', path, '--format', 'json'])).out) as {
    readonly overRules: readonly { readonly id: string; readonly sql: object }[];
  };
  expect(overRules).toHaveLength(1);
  expect(Object.keys(overRules[0]!.sql)).toHaveLength(3);
});
