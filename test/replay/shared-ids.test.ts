/** What a replay says of spans that share an id, of copies, and of ids that are none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { Trace } from '../../engine/otlp/model.js';
import { replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { markdownReport } from '../../server/cli/replay/markdown.js';
import { sharingText } from '../../server/cli/replay/sharing.js';
import { span, trace } from '../support/arbitrary/spans.js';
import { makeStorage } from '../support/made-storage.js';
import { openStored } from '../support/stored.js';

const work = mkdtempSync(join(tmpdir(), 'betrace-shared-ids-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const RULES = `
rule no-dup { when { name =~ "dup.*" } as d  never { name = "root" } over d }
rule rooted { always count({ nestedSetParent < 0 }) = 1  always { name = "dup1" } under { name = "root" } }
`;

async function replayOf(name: string, ...blocks: readonly (readonly Trace[])[]): Promise<ReplayResult> {
  const { rules, files } = loadWorkspace(new Map([['a.betrace', RULES]]));
  expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  const { stored, close } = await openStored(makeStorage(join(work, name), 'vParquet5', ...blocks));
  return await replay({ ...stored, rules, limit: 100 }).finally(close);
}

const root = span(1, undefined, { name: 'root', ticks: 9 });
const dups = [1, 2].map((n) => span(2, 1, { name: `dup${n}`, at: n }));

it('judges each, tells them apart by id, and says how many they are', async () => {
  const result = await replayOf('dups', [trace(root, ...dups)]);
  const [noDup] = result.rules;
  expect([noDup?.violated, new Set(noDup?.violations.map(({ id }) => id)).size]).toEqual([2, 2]);
  expect([result.spans, result.spansSharingId]).toEqual([3, 2]);
  expect(sharingText(result)).toBe(
    '2 spans share their id with another span of their trace; each is judged by itself',
  );
  expect(markdownReport(result, 10)).toContain('2 spans share their id');
});

it('counts copies once, and says nothing of them', async () => {
  const whole = trace(root, dups[0]!);
  const result = await replayOf('copies', [whole], [whole]);
  const once = await replayOf('once', [whole]);
  expect([result.spans, result.spansSharingId, sharingText(result)]).toEqual([2, 0, undefined]);
  expect(result.rules.map(({ violations }) => violations)).toEqual(
    once.rules.map(({ violations }) => violations),
  );
});

it('takes an id of zeros for none', async () => {
  const zeros = { ...root, parentSpanId: '0'.repeat(16) };
  const result = await replayOf('zeros', [trace(zeros, dups[0]!)]);
  expect(result.rules[1]).toMatchObject({ passed: 1, violated: 0 });
});
