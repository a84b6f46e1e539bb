/** Shares of a replay add up to what one run finds, however the ids of traces are divided; and what does not belong together is refused. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdRange } from '../../engine/blocks/id-range.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { replayJson } from '../../engine/replay/result-json.js';
import { type Merged, mergeShares } from '../../engine/replay/shares/merge.js';
import { fromPlain, type Plain, toPlain } from '../../engine/replay/shares/plain.js';
import { replayShare } from '../../engine/replay/shares/replay-share.js';
import type { ReplayShare, SharedRun } from '../../engine/replay/shares/share.js';
import { readShare, shareJson } from '../../engine/replay/shares/share-file.js';
import { ruleOf, shopRules } from '../bench/rules.js';
import { runs } from '../support/runs.js';
import { type OpenStored, openStored } from '../support/stored.js';

const VERSION = '1.2.3';
const DAY = 86_400_000_000_000n;

const WINDOWS = `
rule errors { over 1h
  always ({ status = error } | rate() by (resource.service.name)) / ({ } | rate() by (resource.service.name)) < 0.01
}
rule slow { over 3h every 1h always { name = "payment.charge_card" } | quantile_over_time(duration, .9) by (span.tenant.id) < 50ms }
rule busy { over 1h when { } | count_over_time() > 10 always { } | distinct_over_time(name) by (resource.service.name) < 5 }
rule largest { over 6h never { } | max_over_time(duration) by (resource.service.name) | topk(2) > 400ms }
rule grew { over 2h when { } | count_over_time() by (resource.service.name) > 0 never prior(2h, { } | count_over_time() by (resource.service.name)) = 0 }
rule total { over 1h always { } | sum_over_time(duration) < 100s }
rule not-there { over 1h always { span.nowhere = "x" } | rate() < 1 }
`;

interface Case {
  readonly storage: string;
  readonly window: { readonly fromNs: bigint; readonly toNs: bigint };
  readonly rules: () => readonly ResolvedRule[];
  readonly limit: number;
}

const fixture = (path: string): string =>
  fileURLToPath(new URL(`../fixtures/blocks/${path}/blocks`, import.meta.url));
const FLOW_RULES = readFileSync(new URL('flows/flow-v5.betrace', import.meta.url), 'utf8');
const SHOP: Case = {
  storage: fixture('shop-v5'),
  window: { fromNs: 1_795_132_800_000_000_000n, toNs: 1_795_132_800_000_000_000n + DAY },
  rules: () => [...shopRules(), ...ruleOf(WINDOWS)],
  limit: 20,
};
const FLOWS: Case = {
  storage: fixture('flow-v5'),
  window: { fromNs: 1_795_219_200_000_000_000n, toNs: 1_795_219_200_000_000_000n + DAY },
  rules: () => ruleOf(FLOW_RULES),
  limit: 5,
};

/** Ranges of ids that are all together; some may hold nothing. */
const partition = fc
  .array(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), { minLength: 1, maxLength: 3 })
  .map((cuts): readonly IdRange[] => {
    const ids = cuts.toSorted((a, b) => (a < b ? -1 : 1)).map((cut) => cut.toString(16).padStart(32, '0'));
    return [...ids.keys(), ids.length].map((n) => ({
      ...(n === 0 ? {} : { from: ids[n - 1]! }),
      ...(n === ids.length ? {} : { to: ids[n]! }),
    }));
  });

async function sharesOf(
  open: OpenStored,
  { window, rules, limit }: Case,
  ids: readonly IdRange[],
): Promise<ReplayShare[]> {
  const shares: ReplayShare[] = [];
  for (const share of ids.keys()) {
    const made = await replayShare({
      ...open.stored,
      window,
      rules: rules(),
      limit,
      share: share + 1,
      shares: ids.length,
      ids,
    });
    const read = readShare(JSON.stringify(shareJson(made, VERSION)), VERSION);
    if (read.kind === 'refused') throw new Error(read.message);
    shares.push(read.share);
  }
  return shares;
}

function merged(shares: readonly ReplayShare[]): Merged {
  return mergeShares(shares.map((share, n) => ({ name: `${n}.json`, share })));
}

describe.each([
  ['a shop, and its windows', SHOP],
  ['flows', FLOWS],
] as const)('shares of %s', (_, asked) => {
  let open: OpenStored;
  let whole: ReplayResult;
  beforeAll(async () => {
    open = await openStored(asked.storage);
    whole = await replay({ ...open.stored, window: asked.window, limit: asked.limit, rules: asked.rules() });
  });
  afterAll(() => open.close());

  it('add up to what one run finds, in whatever order they come', async () => {
    expect(whole.rules.some(({ violated, violations }) => violated > violations.length)).toBe(true);
    await fc.assert(
      fc.asyncProperty(partition, fc.func(fc.integer()), async (ids, order) => {
        const shares = await sharesOf(open, asked, ids);
        const found = merged(shares.toSorted((a, b) => order(a.run.share) - order(b.run.share)));
        if (found.kind === 'refused') throw new Error(found.message);
        expect(replayJson(found.result)).toEqual(replayJson(whole));
        const { read, unread, warnings } = whole.blocks;
        expect(found.result).toEqual({ ...whole, blocks: { read, unread, warnings } });
      }),
      { numRuns: runs(2), endOnFailure: true },
    );
  });
});

describe('shares that do not belong together', () => {
  const [rule] = ruleOf('rule r { when { name = "a" } always { name = "b" } }');
  const [other] = ruleOf('rule r { when { name = "a" } always { name = "c" } }');
  const ids = [{ to: '8'.repeat(32) }, { from: '8'.repeat(32) }];
  let open: OpenStored;
  let first: ReplayShare;
  let second: ReplayShare;
  beforeAll(async () => {
    open = await openStored(SHOP.storage);
    const options = { ...open.stored, window: SHOP.window, limit: 5, shares: 2, ids };
    first = await replayShare({ ...options, rules: [rule!], share: 1 });
    second = await replayShare({ ...options, rules: [rule!], share: 2 });
  });
  afterAll(() => open.close());

  const refusal = (...shares: readonly ReplayShare[]): unknown => {
    const found = merged(shares);
    return found.kind === 'refused' ? [found.code, found.message] : 'merged';
  };
  const withRun = (run: Partial<SharedRun>): ReplayShare => ({ ...second, run: { ...second.run, ...run } });

  it('are refused, with what differs', async () => {
    expect(refusal(first, second)).toBe('merged');
    const different: readonly (readonly [string, Partial<SharedRun>])[] = [
      ['are of different numbers of shares', { shares: 3 }],
      ['are of different ranges', { toNs: second.run.toNs + 1n }],
      ['list different numbers of violations', { limit: 6 }],
      ['allow different numbers of series', { maxSeries: 1 }],
      ['have seen different blocks', { blocks: second.run.blocks.slice(1) }],
      [
        'divide the ids of traces in different ways',
        { ids: [{ to: '7'.repeat(32) }, { from: '7'.repeat(32) }] },
      ],
    ];
    for (const [message, run] of different)
      expect(refusal(first, withRun(run))).toEqual(['BT3013', `0.json and 1.json ${message}`]);
    const { rules } = await replayShare({
      ...open.stored,
      window: SHOP.window,
      limit: 5,
      shares: 2,
      ids,
      rules: [other!],
      share: 2,
    }).then(({ result }) => result);
    const ofOtherRules = { ...second, result: { ...second.result, rules } };
    expect(refusal(first, ofOtherRules)).toEqual(['BT3013', expect.stringContaining('different rules')]);
    const ofOtherTenant = { ...second, result: { ...second.result, tenant: 'other' } };
    expect(refusal(first, ofOtherTenant)).toEqual(['BT3013', expect.stringContaining('different tenants')]);
  });

  it('are refused where one is missing, or there twice', () => {
    expect(refusal()).toEqual(['BT3014', 'there is no share']);
    expect(refusal(second)).toEqual(['BT3014', 'of 2 shares there is no share 1']);
    expect(refusal(first, second, second)).toEqual(['BT3014', '1.json and 2.json are both share 2 of 2']);
  });

  it('tell what one of them could not read', () => {
    const problem = {
      code: 'BT4010',
      severity: 'error',
      tenant: 't',
      blockId: 'b',
      message: 'is damaged',
    } as const;
    const partial = {
      ...second,
      result: { ...second.result, blocks: { read: 1, unread: [problem], warnings: [] } },
    };
    const found = merged([first, partial]);
    if (found.kind === 'refused') throw new Error(found.message);
    expect(found.result.blocks).toEqual({ read: 1, unread: [problem], warnings: [] });
  });

  it('are files that are whole, and of this version', () => {
    const text = JSON.stringify(shareJson(first, VERSION));
    expect(readShare(text, VERSION)).toEqual({ kind: 'share', share: first });
    const messages = [
      ['', /^is empty/],
      [text.slice(0, -9), /^is not JSON/],
      ['{}', /^is no share/],
      ['null', /^is no share/],
      [JSON.stringify(replayJson(first.result)), /^is no share/],
      [text.replace('"traces":', '"traces":1'), /checksum/],
    ] as const;
    for (const [given, message] of messages)
      expect(readShare(given, VERSION)).toEqual({
        kind: 'refused',
        message: expect.stringMatching(message) as string,
      });
    expect(readShare(text, '1.2.4')).toEqual({
      kind: 'refused',
      message: 'was made by betrace 1.2.3, and this is 1.2.4',
    });
  });
});

it('values of a result come back from JSON as they were', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.bigInt(),
      fc.double(),
      fc.string(),
      fc.string().map((text) => `~${text}`),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4, noNullPrototype: true },
      ),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
      fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
    ),
  })).value;
  fc.assert(
    fc.property(value, (given) => {
      expect(fromPlain(JSON.parse(JSON.stringify(toPlain(given))) as Plain)).toEqual(given);
    }),
    { numRuns: runs(200) },
  );
});
