import { randomBytes } from 'node:crypto';
import type { Judge } from '../../../engine/live/judge/judge.js';
import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import { hexAt } from '../../../engine/live/otlp/batch.js';

/** A judge to which each copy of a span is a span of its own. */
export function withoutDeduplication(judge: Judge): Judge {
  const broken = Object.create(judge) as Judge;
  broken.judge = (plan, traces) => judge.judge(plan, traces.map(withCopiesApart));
  return broken;
}

function withCopiesApart({ traceId, pieces }: TraceSnapshot): TraceSnapshot {
  const seen = new Set<string>();
  const apart = pieces.map(({ batch, rows }) => {
    const spanIds = batch.spanIds.slice();
    for (const row of rows) {
      const key = `${hexAt(spanIds, row * 8, 8)} ${batch.kinds[row]}`;
      if (seen.has(key)) spanIds.set(randomBytes(8), row * 8);
      seen.add(key);
    }
    return { batch: { ...batch, spanIds }, rows };
  });
  return { traceId, pieces: apart };
}
