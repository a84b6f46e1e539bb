/** Both answers to each difference from Tempo that its recorded answers do not show, and that the list of differences is complete. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { span, spanId, traceId } from '../support/arbitrary/spans.js';
import { makeStorage } from '../support/made-storage.js';
import type { Answer } from './answers.js';
import { type Asker, METRICS_RANGE, openAsker } from './ask.js';
import { deviations } from './deviations.js';
import { STATED, type StatedAnswer, TRACES } from './stated.js';

const FORMATS = ['vParquet4', 'vParquet5'] as const;
const START = BigInt(METRICS_RANGE.start + METRICS_RANGE.step) * 1_000_000_000n;
const work = mkdtempSync(join(tmpdir(), 'betrace-stated-'));
const askers = new Map<string, Asker>();

beforeAll(async () => {
  const blocks = ([0, 1] as const).map((block) =>
    TRACES.flatMap((spans, n) => {
      const own = spans.filter((sent) => (sent.block ?? 0) === block);
      const made = own.map(({ id, parent, at = 0, ...parts }) => ({
        ...span(id, parent, parts),
        start: START + BigInt(at) * 1_000_000n,
      }));
      return own.length === 0 ? [] : [{ traceId: traceId(n + 1), spans: made }];
    }),
  );
  for (const format of FORMATS)
    askers.set(format, await openAsker(makeStorage(join(work, format), format, ...blocks)));
});
afterAll(async () => {
  for (const asker of askers.values()) await asker.close();
  rmSync(work, { recursive: true, force: true });
});

const NAMES = new Map(TRACES.flat().map(({ id, name = '' }) => [spanId(id), name]));

function stated(answer: Answer): StatedAnswer {
  if (answer.kind === 'refused') return 'refused';
  if (answer.kind === 'metrics')
    return answer.series.map(({ labels }) =>
      Object.entries(labels)
        .map(([key, value]) => `${key}=${valueText(value)}`)
        .join(' '),
    );
  if ('totals' in answer) throw new Error('every span is wanted');
  const sets = answer.traces.flatMap((trace) => trace.sets);
  return sets
    .map(({ spans, attrs = [] }) => {
      const groups = attrs.flatMap(([key, value]) => (key.startsWith('by(') ? [valueText(value)] : []));
      const names = spans.map((id) => NAMES.get(id)).sort();
      return `${groups.length === 0 ? '' : `(${groups.join(', ')}) `}${names.join(' ')}`;
    })
    .sort();
}

/** As OTLP's JSON has it; an array is `{ values }`. */
function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('values' in value)) return String(value);
  const items = (value.values as readonly object[]).map((item) => String(Object.values(item)[0]));
  return `[${items.join(', ')}]`;
}

describe('differences from Tempo', () => {
  it.each(STATED)('$difference: $query', async ({ query, ours, tempos, format = 'vParquet5' }) => {
    const answer = stated(await askers.get(format)!.ask(query));
    expect(answer).toEqual(ours === 'refused' ? ours : [...ours].sort());
    expect(answer).not.toEqual(tempos === 'refused' ? tempos : [...tempos].sort());
  });

  it('are shown by both answers, each of the list', () => {
    const text = readFileSync(new URL('../../engine/language/README.md', import.meta.url), 'utf8');
    const list = text.split('## Differences from Tempo')[1]!.split('\n## ')[0]!;
    const listed = [...list.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
    const shown = new Set([
      ...STATED.map(({ difference }) => difference),
      ...[...deviations().values()].map(({ reason }) => Number.parseInt(reason, 10)),
    ]);
    expect(listed.length).toBeGreaterThan(0);
    expect(listed).toEqual(listed.map((_, n) => n + 1));
    expect([...shown].sort((a, b) => a - b)).toEqual(listed);
  });
});
