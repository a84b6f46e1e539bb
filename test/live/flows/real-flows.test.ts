/** The spans of a real system, live: what is found and not retracted is what a replay over the same spans finds, with the same ids. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlockMeta } from '../../../engine/blocks/meta.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { replay } from '../../../engine/replay/replay.js';
import { replayJson } from '../../../engine/replay/result-json.js';
import { groupBy } from '../../../engine/shared/group-by.js';
import { openStored } from '../../support/stored.js';
import { readPlainTraces } from '../../support/stored-traces.js';
import { Random } from '../simulation/random.js';
import { TestLive } from '../support.js';

const BLOCKS = new URL('../../fixtures/blocks/flow-v5/blocks/', import.meta.url).pathname;
const RULES = readFileSync(new URL('../../replay/flows/flow-v5.betrace', import.meta.url), 'utf8');
const BEGIN_MS = 1_795_219_200_000;
const HOUR_MS = 3_600_000;
const BATCHES = 4;

const directory = mkdtempSync(join(tmpdir(), 'betrace-flows-'));
let traces: readonly Trace[];
/** `rule id` of each violation, and the number of undecided cases of each rule. */
let expected: {
  readonly violations: readonly string[];
  readonly undecided: Readonly<Record<string, number>>;
};

beforeAll(async () => {
  const tenant = join(BLOCKS, 'single-tenant');
  const blocks = readdirSync(tenant, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const read = blocks.map(async ({ name }) => {
    const meta = JSON.parse(readFileSync(join(tenant, name, 'meta.json'), 'utf8')) as BlockMeta;
    return await readPlainTraces(join(tenant, name, 'data.parquet'), meta, 1);
  });
  traces = (await Promise.all(read)).flat();
  const open = await openStored(BLOCKS);
  const { rules } = loadWorkspace(new Map([['flow-v5.betrace', RULES]]));
  const result = replayJson(await replay({ ...open.stored, rules, limit: 100_000 }));
  await open.close();
  expected = {
    violations: result.rules
      .flatMap(({ id, violations }) => violations.map((violation) => `${id} ${violation.id}`))
      .sort(),
    undecided: Object.fromEntries(result.rules.map(({ id, undecided }) => [id, undecided])),
  };
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface SentSpan {
  readonly traceId: string;
  readonly span: Span;
}

/** What has been emitted and not retracted: `rule id`. */
function standing({ live }: TestLive): readonly string[] {
  const { outbox } = live;
  return outbox
    .traces()
    .flatMap((place) => [...outbox.entriesOf(place).values()])
    .flatMap(({ rule, id, stands }) => (stands ? [`${rule} ${id}`] : []))
    .sort();
}

async function sendAll(test: TestLive, batches: readonly (readonly SentSpan[])[]): Promise<void> {
  for (const batch of batches) {
    const byTrace = groupBy(batch, ({ traceId }) => traceId);
    await test.sendAs(
      'single-tenant',
      ...[...byTrace].map(([traceId, spans]): Trace => ({ traceId, spans: spans.map(({ span }) => span) })),
    );
    await test.wait(8);
  }
}

describe('the flows of a real system', () => {
  it('are found live as a replay finds them, in any order, with a process that is killed on the way', async () => {
    const random = new Random(7);
    const spans = traces.flatMap(({ traceId, spans: own }) =>
      own.map((span): SentSpan => ({ traceId, span })),
    );
    const mixed = random.shuffled(spans);
    const size = Math.ceil(mixed.length / BATCHES);
    const batches = Array.from({ length: BATCHES }, (_, n) => mixed.slice(n * size, (n + 1) * size));
    const test = await TestLive.start({
      rules: RULES,
      flowsFile: join(directory, 'mixed.db'),
      // What any span may change stays open for changes.
      settings: { latenessMs: 0, graceMs: HOUR_MS, flowGraceMs: 100 * HOUR_MS, maxAgeMs: HOUR_MS },
    });
    test.setAhead = BEGIN_MS + 48 * HOUR_MS - 1_700_000_000_000;
    await sendAll(test, batches.slice(0, BATCHES / 2));
    await test.crash();
    await sendAll(test, batches.slice(BATCHES / 2));
    await test.wait(120);
    expect(test.problems).toEqual([]);
    expect(standing(test)).toEqual(expected.violations);
    const undecided = Object.keys(expected.undecided).map((id) => [
      id,
      test.live.counters.of('single-tenant', id, 'medium').undecided,
    ]);
    expect(Object.fromEntries(undecided)).toEqual(expected.undecided);
  });
});
