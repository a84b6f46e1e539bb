/** What BeTrace wrote into Tempo itself is there for searches, but not for rules: live judging never sees it either. */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReplayJson } from '../../engine/answers/replay.js';
import { loadQuery } from '../../engine/language/link/load-query.js';
import type { Workspace } from '../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { planSearch } from '../../engine/plan/search.js';
import { search } from '../../engine/query/search.js';
import { replay } from '../../engine/replay/replay.js';
import { replayJson } from '../../engine/replay/result-json.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import type { Window } from '../../engine/sql/relations/window.js';
import { putBlock } from '../support/made-storage.js';
import { plainSql } from '../support/plain-sql.js';
import { openStored } from '../support/stored.js';

const SHOP = fileURLToPath(new URL('../fixtures/blocks/shop-v5', import.meta.url));
const TENANT = 'blocks/single-tenant';
const START = 1_795_176_000_000_000_000n;

const work = mkdtempSync(join(tmpdir(), 'betrace-own-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Rules that a span more, one that failed, or a trace more would break. */
const RULES = `
rule no-errors { never { status = error } }
rule rooted { always { nestedSetParent = -1 } }
rule few-spans { always count({ }) <= 9 }
rule leaves { when { name = "pay" } as p never { } under p }
rule short { never { trace:duration > 40ms } }
rule error-rate { over 1h never { status = error } | rate() by (resource.service.name) > 0 }
rule busy { over 1h never { } | count_over_time() > 150 }
`;

interface MadeSpan {
  readonly id: number;
  readonly parent?: number | Uint8Array;
  readonly name: string;
  readonly service: string;
  readonly failed?: boolean;
  readonly atMs?: number;
  readonly attributes?: readonly (readonly [string, string | boolean])[];
}

const id = (length: number, number: number): Uint8Array => {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(number, length - 4);
  return new Uint8Array(bytes);
};

/** A row of a vParquet5 block; nested set numbers are for a chain of spans, each the parent of the next. */
function row(traceId: Uint8Array, spans: readonly MadeSpan[]): Readonly<Record<string, unknown>> {
  const root = spans.find(({ parent }) => parent === undefined);
  return {
    TraceID: traceId,
    StartTimeUnixNano: START,
    EndTimeUnixNano: START + BigInt(Math.max(...spans.map(({ atMs = 0 }) => atMs + 10))) * 1_000_000n,
    RootServiceName: root?.service ?? '',
    RootSpanName: root?.name ?? '',
    rs: spans.map(({ id: own, parent, name, service, failed = false, atMs = 0, attributes = [] }, n) => ({
      Resource: { ServiceName: service, Attrs: [], DedicatedAttributes: NONE },
      ss: [
        {
          Scope: { Name: '', Version: '', Attrs: [] },
          Spans: [
            {
              SpanID: id(8, own),
              ParentSpanID:
                typeof parent === 'object'
                  ? parent
                  : parent === undefined
                    ? new Uint8Array(0)
                    : id(8, parent),
              ParentID: root === undefined ? 0 : n === 0 ? -1 : n,
              NestedSetLeft: root === undefined ? 0 : n + 1,
              NestedSetRight: root === undefined ? 0 : 2 * spans.length - n,
              Name: name,
              Kind: 1n,
              StartTimeUnixNano: START + BigInt(atMs) * 1_000_000n,
              DurationNano: 10_000_000n,
              StatusCode: failed ? 2n : 0n,
              StatusMessage: '',
              Attrs: attributes.map(([Key, value]) =>
                typeof value === 'string'
                  ? { Key, IsArray: false, Value: [value] }
                  : { Key, IsArray: false, ValueBool: [value] },
              ),
              Events: [],
              Links: [],
              DedicatedAttributes: NONE,
            },
          ],
        },
      ],
    })),
  };
}
const NONE = { String01: [], String02: [], Int01: [] };

const ORDER: readonly MadeSpan[] = [
  { id: 1, name: 'checkout', service: 'shop' },
  { id: 2, parent: 1, name: 'pay', service: 'payment', atMs: 5 },
];
const violation = (id: number, more: Partial<MadeSpan> = {}): MadeSpan => ({
  id,
  name: 'betrace.violation',
  service: 'betrace',
  failed: true,
  atMs: 90,
  attributes: [
    ['betrace.violation', true],
    ['betrace.rule.id', 'no-errors'],
  ],
  ...more,
});
const RETRACTION: MadeSpan = {
  id: 8,
  parent: 7,
  name: 'betrace.retraction',
  service: 'betrace',
  atMs: 90,
  attributes: [['betrace.retracts', '00']],
};

/** The blocks of the shop, and one with these traces. */
function storageWith(name: string, rows: readonly Readonly<Record<string, unknown>>[]): string {
  const root = join(work, name);
  cpSync(SHOP, root, { recursive: true });
  const tenant = join(root, TENANT);
  rmSync(join(tenant, 'index.json.gz'));
  rmSync(join(tenant, 'index.pb.zst'));
  const some = readdirSync(tenant)[0]!;
  const meta = JSON.parse(readFileSync(join(tenant, some, 'meta.json'), 'utf8')) as object;
  putBlock(tenant, 1, 'vParquet5', rows, meta);
  return root;
}

let judged: Workspace;
let offended: { readonly trace: Uint8Array; readonly span: Uint8Array };

beforeAll(async () => {
  judged = loadWorkspace(new Map([['own.betrace', RULES]]));
  expect([...judged.files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  const database = await Database.open();
  const file = join(SHOP, TENANT, readdirSync(join(SHOP, TENANT)).find((name) => name.length === 36)!);
  const [found] = await database.rows(
    plainSql(`SELECT TraceID, rs[1].ss[1].Spans[1].SpanID FROM read_parquet('${file}/data.parquet') LIMIT 1`),
  );
  database.close();
  offended = { trace: bytesOf(found![0]), span: bytesOf(found![1]) };
});

function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Error('no bytes');
  return value;
}

async function over<T>(root: string, work: (stored: StoredTraces) => Promise<T>): Promise<T> {
  const { stored, close } = await openStored(root);
  return await work(stored).finally(close);
}

/** Of all that a replay says, what is not about blocks and their spans. */
async function verdicts(root: string, window: Window = {}): Promise<Omit<ReplayJson, 'blocks' | 'spans'>> {
  const { rules } = judged;
  const result = await over(root, (stored) => replay({ ...stored, window, rules, limit: 1000 }));
  const { blocks: _, spans: __, ...rest } = replayJson(result);
  return rest;
}

it('changes no verdict of a rule, wherever it was put', async () => {
  const plain = storageWith('plain', [row(id(16, 1), ORDER), row(id(16, 2), ORDER)]);
  const own = storageWith('own', [
    row(id(16, 1), [...ORDER, violation(7, { parent: 2 })]), // next to the spans that it is about
    row(id(16, 2), ORDER),
    row(id(16, 3), [violation(7), RETRACTION]), // in a trace of its own
    row(offended.trace, [violation(9, { parent: offended.span })]), // written after the trace was
  ]);
  const expected = await verdicts(plain);
  expect(await verdicts(own)).toEqual(expected);
  const window = { fromNs: START, toNs: START + 50_000_000n };
  expect(await verdicts(own, window)).toEqual(await verdicts(plain, window));
  expect(expected.rules.find(({ id }) => id === 'leaves')).toMatchObject({ applicable: 2, violated: 0 });
});

it('is found by queries', async () => {
  const root = storageWith('searched', [row(id(16, 1), [...ORDER, violation(7, { parent: 2 })])]);
  const { query } = loadQuery('{ name = "pay" } > { span.betrace.violation = true }');
  if (query?.kind !== 'search') throw new Error('no search');
  const options = { plan: planSearch(query.pipeline), limit: 10, spansPerSpanset: 5 };
  const { traces } = await over(root, (stored) => search({ ...stored, ...options }));
  expect(traces.map(({ traceId }) => traceId)).toEqual([Buffer.from(id(16, 1)).toString('hex')]);
});
