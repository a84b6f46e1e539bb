import { describe, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { planMetrics } from '../../../engine/plan/lower/lower-metrics.js';
import { queryInstant } from '../../../engine/query/metrics.js';
import type { StoredTraces } from '../../../engine/spans/stored-run.js';

async function ask(text: string): Promise<unknown> {
  const { query } = loadQuery(text);
  if (query?.kind !== 'metrics') throw new Error(text);
  const stored = {} as Omit<StoredTraces, 'window'>;
  return await queryInstant({ ...stored, plan: planMetrics(query), fromNs: 0n, toNs: 1n });
}

describe('a hint to extrapolate', () => {
  it('is refused, not passed over: every number would be another', async () => {
    await expect(ask('{ } | rate() with (extrapolate = true)')).rejects.toMatchObject({ code: 'BT3009' });
  });

  it('is nothing when it is off', async () => {
    await expect(ask('{ } | rate() with (extrapolate = false)')).rejects.not.toMatchObject({
      code: 'BT3009',
    });
  });
});
