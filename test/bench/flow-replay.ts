/** Rules across traces over very many keys: the real command over blocks made for it, and the same rules within a trace. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attributes, Span, Trace } from '../../engine/otlp/model.js';
import { makeStorageIn } from '../support/made-storage.js';
import { replayIn, shown } from './memory.js';
import { line } from './times.js';

/** `npm run` starts in the repository; the compiled file lies elsewhere. */
const FLOWS = join(process.cwd(), 'queries/flows');

const ORDERS_OF_BLOCK = 25_000;
const SPANS_OF_ORDER = 10;
const BLOCKS = 40;
const START = 1_795_132_800_000_000_000n;
const SECOND = 1_000_000_000n;
/** The orders of a block are made within a day. */
const APART = (86_000n * SECOND) / BigInt(ORDERS_OF_BLOCK);
/** Ends each id of a trace and each key; of a copy of the block, the last two characters are others. */
const MARK = '~~00';

/** Prints for the rules across traces, and for the same without `across`, what the command takes with an empty cache and a full one. */
export async function measureFlowReplay(blocks = BLOCKS): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-flows-'));
  try {
    const stored = join(work, 'blocks');
    makeBlocks(stored, blocks);
    const orders = blocks * ORDERS_OF_BLOCK;
    line(`${orders} orders, about ${orders * SPANS_OF_ORDER} spans, default --memory`);
    const across = flowRules();
    const count = across.filter((text) => text.startsWith('rule ')).length;
    const within = across.map((text) => text.replace(/^ *across .*\n/mu, ''));
    for (const [called, rules] of [
      ['within a trace', within],
      ['across traces', across],
    ] as const) {
      const folder = join(work, called.replaceAll(' ', '-'));
      mkdirSync(folder);
      writeFileSync(join(folder, 'rules.betrace'), rules.join('\n'));
      const cache = join(folder, 'cache');
      const cold = await replayIn(stored, { rules: folder, cache });
      const warm = await replayIn(stored, { rules: folder, cache });
      line(`${count} rules ${called}: cold ${shown(cold)}; warm ${shown(warm)}`);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** One block, and copies of it whose traces and keys have other ids. Nothing in it is compressed, and no page has a checksum. */
function makeBlocks(root: string, count: number): void {
  const traces = Array.from({ length: ORDERS_OF_BLOCK }, (_, order) => tracesOfOrder(order)).flat();
  traces.sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
  makeStorageIn(root, 'vParquet5', { rowsPerPage: 2000, indexed: true }, [traces]);
  const tenant = join(root, 'single-tenant');
  const [first] = readdirSync(tenant);
  const data = readFileSync(join(tenant, first!, 'data.parquet'));
  const meta = JSON.parse(readFileSync(join(tenant, first!, 'meta.json'), 'utf8')) as object;
  const marks = placesOf(data, Buffer.from(MARK));
  for (let copy = 1; copy < count; copy++) {
    const blockID = `${hex(copy, 8)}${first!.slice(8)}`;
    const folder = join(tenant, blockID);
    mkdirSync(folder);
    const digits = Buffer.from(String(copy).padStart(2, '0'));
    for (const mark of marks) digits.copy(data, mark + MARK.length - digits.length);
    writeFileSync(join(folder, 'data.parquet'), data);
    writeFileSync(join(folder, 'meta.json'), JSON.stringify({ ...meta, blockID }));
  }
}

function placesOf(data: Buffer, mark: Buffer): readonly number[] {
  const places: number[] = [];
  for (let place = data.indexOf(mark); place >= 0; place = data.indexOf(mark, place + mark.length))
    places.push(place);
  return places;
}

/** Of `queries/flows` the `let`s, and the rules across traces, without their tests. */
function flowRules(): readonly string[] {
  const texts = readdirSync(FLOWS)
    .filter((name) => name.endsWith('.betrace'))
    .map((name) => readFileSync(join(FLOWS, name), 'utf8'));
  const items = texts.flatMap((text) => text.split(/\n(?=(?:rule|test|let|export|use) )/u));
  return items.filter(
    (item) => /^(?:export )?let /u.test(item) || (/^rule /u.test(item) && /^ *across /mu.test(item)),
  );
}

/** Of a hundred orders two are never shipped, one is shipped twice, and one message is processed twice. */
function tracesOfOrder(order: number): readonly Trace[] {
  const now = START + BigInt(order) * APART;
  const id = `o-${order}${MARK}`;
  const ofOrder: Attributes = new Map([['order.id', id]]);
  const user: Attributes = new Map([
    ['user.name', `u-${order >> 3}${MARK}`],
    ['geo.country.iso_code', 'DE'],
  ]);
  const message = (operation: string): Attributes =>
    new Map([
      ['messaging.operation.type', operation],
      ['messaging.message.id', `m-${order}${MARK}`],
    ]);
  const checkout = traceOf(order, 0, [
    ['frontend', 'POST /checkout', now, {}],
    ['shop', 'order.created', now + 1000n, { attributes: ofOrder }],
    ['payment', 'payment.charge_card', now + 2000n, {}],
    ['inventory', 'inventory.reserve', now + 3000n, {}],
    ['shop', 'publish order', now + 4000n, { attributes: message('send') }],
  ]);
  const sent = { traceId: checkout.traceId, spanId: checkout.spans[4]!.spanId, attributes: new Map() };
  const shipped = order % 100 < 2 ? [] : order % 100 === 2 ? [60n, 90n] : [60n];
  const processed = order % 100 === 3 ? [2n, 30n] : [2n];
  return [
    checkout,
    ...shipped.map((after, index) =>
      traceOf(order, 1 + index, [
        ['shipping', 'POST /ship', now + after * SECOND, { attributes: ofOrder }],
        ['shipping', 'order.shipped', now + after * SECOND + 1000n, {}],
      ]),
    ),
    ...processed.map((after, index) =>
      traceOf(order, 3 + index, [
        ['mail', 'process order', now + after * SECOND, { attributes: message('process'), links: [sent] }],
      ]),
    ),
    traceOf(order, 5, [
      ['auth', 'auth.login', now - SECOND, { attributes: user }],
      ['auth', 'auth.check', now - SECOND + 1000n, {}],
    ]),
  ];
}

type MadeSpan = readonly [
  service: string,
  name: string,
  start: bigint,
  more: Partial<Pick<Span, 'attributes' | 'links'>>,
];

function traceOf(order: number, part: number, spans: readonly MadeSpan[]): Trace {
  // Ids are spread over blocks as random ones are.
  const traceId =
    hex(Math.imul(order * 8 + part + 1, 0x9e3779b1) >>> 0, 8) +
    hex(order * 8 + part, 16) +
    Buffer.from(MARK).toString('hex');
  const idOf = (index: number): string => hex(order * 64 + part * 8 + index + 1, 16);
  return {
    traceId,
    spans: spans.map(([service, name, start, { attributes = NONE, links = [] }], index) => ({
      spanId: idOf(index),
      parentSpanId: index === 0 ? '' : idOf(0),
      name,
      kind: 'internal',
      status: 'ok',
      statusMessage: '',
      start,
      duration: 500n,
      resource: new Map([['service.name', service]]),
      attributes,
      scope: { name: '', version: '', attributes: NONE },
      events: [],
      links,
    })),
  };
}

const NONE: Attributes = new Map();

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
