import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { GivenSpans } from '../../../engine/live/given-traces.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { readTraceJson } from '../../../engine/otlp/read-json.js';
import { tracesOf } from '../../../engine/otlp/traces.js';
import { jsonOf } from '../../../engine/otlp/write-json.js';
import { replay } from '../../../engine/replay/replay.js';
import { readTraceFiles } from '../../../server/trace-files/batches.js';
import { requestOfFile } from '../../../server/trace-files/request.js';
import { span, trace } from '../../support/arbitrary/spans.js';
import { makeStorage } from '../../support/made-storage.js';
import { openStored } from '../../support/stored.js';

const work = mkdtempSync(join(tmpdir(), 'betrace-trace-files-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const LIMIT = 2 ** 24;
const RULES = `
rule no-dup { when { name =~ "dup.*" } as d  never { name = "root" } over d }
rule rooted { always count({ nestedSetParent < 0 }) = 1 }
rule late { when { name = "root" } as r  always { name = "dup2" } after r }
`;
const ID = (n: number): string => n.toString(16).padStart(32, '0');
const TRACES: readonly Trace[] = Array.from({ length: 20 }, (_, n) => ({
  ...trace(
    span(1, undefined, { name: 'root', ticks: 9 }),
    span(2, 1, { name: 'dup1', at: 1 }),
    ...(n % 3 === 0 ? [span(3, 1, { name: 'dup2', at: 2 })] : []),
    ...(n % 5 === 0 ? [span(4, undefined, { name: 'other', at: 3 })] : []),
  ),
  traceId: ID(n + 1),
}));

/** A frame of zstd that packs nothing: all its blocks are raw (RFC 8878, 3.1.1). */
function zstd(bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0xa0;
  head.writeUInt32LE(bytes.length, 5);
  const blocks: Uint8Array[] = [];
  const size = 100_000;
  for (let offset = 0; offset === 0 || offset < bytes.length; offset += size) {
    const part = bytes.subarray(offset, offset + size);
    const last = offset + size >= bytes.length ? 1 : 0;
    const header = Buffer.alloc(3);
    header.writeUIntLE(last | (part.length << 3), 0, 3);
    blocks.push(header, part);
  }
  return Buffer.concat([head, ...blocks]);
}

function delimited(...messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    messages.flatMap((message) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(message.length);
      return [length, message];
    }),
  );
}

const halves = [TRACES.slice(0, 7), TRACES.slice(7)];
const json = (traces: readonly Trace[]): Uint8Array => Buffer.from(jsonOf(traces));
const FORMS: Readonly<Record<string, Uint8Array>> = {
  'OTLP JSON': json(TRACES),
  'OTLP JSON laid out over lines': Buffer.from(
    JSON.stringify(JSON.parse(json(TRACES).toString()), undefined, 2),
  ),
  'a request a line, as the file exporter writes': Buffer.from(halves.map(jsonOf).join('\n')),
  'JSON in gzip': gzipSync(json(TRACES)),
  'OTLP protobuf': protobufOf(TRACES),
  'protobuf with lengths, as the file exporter writes': delimited(...halves.map(protobufOf)),
  'packed JSON with lengths, as the file exporter writes': delimited(
    ...halves.map((half) => zstd(json(half))),
  ),
  'packed protobuf with lengths, as the file exporter writes': delimited(
    ...halves.map((half) => zstd(protobufOf(half))),
  ),
};

const { rules } = loadWorkspace(new Map([['a.betrace', RULES]]));

async function replayed(...files: readonly string[]) {
  const { batches, refused } = await readTraceFiles(files, LIMIT);
  expect(refused).toEqual({ count: 0, first: [] });
  return await replay({
    given: new GivenSpans(batches),
    tenant: { name: 'single-tenant', path: '' },
    window: {},
    memory: 2 ** 29,
    tempDirectory: join(work, 'tmp'),
    rules,
    limit: 1000,
  });
}

function findings({ traces, spans, rules }: Awaited<ReturnType<typeof replayed>>): unknown {
  return {
    traces,
    spans,
    rules: rules.map((rule) =>
      rule.kind === 'trace'
        ? [rule.applicable, rule.passed, rule.violated, rule.violations.map(({ id }) => id).sort()]
        : [],
    ),
  };
}

describe('a file of traces is judged as the same traces in blocks are', () => {
  const stored = (async () => {
    const open = await openStored(makeStorage(join(work, 'blocks'), 'vParquet5', TRACES));
    return findings(await replay({ ...open.stored, rules, limit: 1000 }).finally(open.close));
  })();

  it.each(Object.entries(FORMS))('%s', async (name, bytes) => {
    const file = join(work, name.replaceAll(/\W/g, '-'));
    writeFileSync(file, bytes);
    expect(findings(await replayed(file))).toEqual(await stored);
    const request = requestOfFile(bytes, LIMIT);
    expect(
      tracesOf(request.groups)
        .map(({ traceId }) => traceId)
        .sort(),
    ).toEqual(TRACES.map(({ traceId }) => traceId).sort());
  });

  it('halves of it in the files of a folder, and traces in several files', async () => {
    const folder = join(work, 'folder');
    mkdirSync(folder);
    for (const [n, { traceId, spans }] of TRACES.entries())
      for (const [m, single] of spans.entries())
        writeFileSync(join(folder, `${n}-${m}.json`), jsonOf([{ traceId, spans: [single] }]));
    writeFileSync(join(folder, '.hidden'), 'nothing of ours');
    expect(findings(await replayed(folder))).toEqual(await stored);
  });
});

describe('what is no file of traces is refused in words', () => {
  it.each([
    ['text', Buffer.from('hello'), 'neither JSON nor protobuf'],
    ['JSON of something else', Buffer.from('{"a": 1}'), 'no "resourceSpans" found'],
    ['zstd that is cut off', zstd(json(TRACES)).subarray(0, 50), 'cannot be unpacked'],
    ['protobuf that is cut off', protobufOf(TRACES).subarray(0, 100), 'reaches past the end'],
  ])('%s', async (name, bytes, message) => {
    const file = join(work, `no-${name.replaceAll(/\W/g, '-')}`);
    writeFileSync(file, bytes);
    await expect(readTraceFiles([file], LIMIT)).rejects.toThrow(message);
    await expect(readTraceFiles([file], LIMIT)).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('a file that is not there, and one that is too large', async () => {
    await expect(readTraceFiles([join(work, 'none')], LIMIT)).rejects.toThrow('does not exist');
    const file = join(work, 'large.json');
    writeFileSync(file, json(TRACES));
    await expect(readTraceFiles([file], 100)).rejects.toThrow('give more --memory');
  });
});

describe("Jaeger's and Zipkin's JSON", () => {
  it('Jaeger: parents, services, kinds, errors, types, logs and links', () => {
    const jaeger = {
      data: [
        {
          traceID: 'abc',
          spans: [
            {
              traceID: 'abc',
              spanID: '1',
              operationName: 'GET /',
              references: [],
              startTime: 1_700_000_000_000_001,
              duration: 2_000,
              tags: [
                { key: 'span.kind', type: 'string', value: 'server' },
                { key: 'http.status_code', type: 'int64', value: 500 },
                { key: 'ratio', type: 'float64', value: 1 },
                { key: 'error', type: 'bool', value: true },
                { key: 'otel.library.name', type: 'string', value: 'express' },
              ],
              logs: [
                {
                  timestamp: 1_700_000_000_000_501,
                  fields: [
                    { key: 'event', type: 'string', value: 'exception' },
                    { key: 'retries', type: 'int64', value: '3' },
                  ],
                },
              ],
              processID: 'p1',
            },
            {
              traceID: 'abc',
              spanID: '2',
              operationName: 'query',
              references: [
                { refType: 'FOLLOWS_FROM', traceID: 'def', spanID: '9' },
                { refType: 'CHILD_OF', traceID: 'abc', spanID: '1' },
              ],
              startTime: 1_700_000_000_000_100,
              duration: 1,
              tags: [{ key: 'span.kind', type: 'string', value: 'client' }],
              logs: [],
              processID: 'p1',
            },
          ],
          processes: {
            p1: { serviceName: 'shop', tags: [{ key: 'host', type: 'string', value: 'a' }] },
          },
        },
      ],
    };
    const { groups, refused } = readTraceJson(JSON.stringify(jaeger));
    expect(refused).toEqual([]);
    const [{ traceId, spans }] = tracesOf(groups) as [Trace];
    expect(traceId).toBe(ID(0xabc));
    expect(spans[0]).toMatchObject({
      spanId: '0000000000000001',
      parentSpanId: '',
      name: 'GET /',
      kind: 'server',
      status: 'error',
      start: 1_700_000_000_000_001_000n,
      duration: 2_000_000n,
      scope: { name: 'express' },
      resource: new Map([
        ['service.name', 'shop'],
        ['host', 'a'],
      ]),
      attributes: new Map<string, unknown>([
        ['http.status_code', 500n],
        ['ratio', 1],
      ]),
      events: [{ name: 'exception', timeSinceStart: 500_000n, attributes: new Map([['retries', 3n]]) }],
    });
    expect(spans[1]).toMatchObject({
      parentSpanId: '0000000000000001',
      kind: 'client',
      status: 'unset',
      links: [{ traceId: ID(0xdef), spanId: '0000000000000009' }],
    });
  });

  it('Zipkin: parents, services, kinds, errors, annotations and peers', () => {
    const zipkin = [
      {
        traceId: '00000000000000000000000000000abc',
        id: '0000000000000001',
        name: 'get /',
        kind: 'SERVER',
        timestamp: 1_700_000_000_000_001,
        duration: 2_000,
        localEndpoint: { serviceName: 'shop' },
        remoteEndpoint: { ipv4: '10.0.0.1', port: 1234 },
        annotations: [{ timestamp: 1_700_000_000_000_501, value: 'flush' }],
        tags: { 'http.method': 'GET', error: 'it broke' },
      },
      { traceId: 'abc', id: '2', parentId: '1', name: 'query', timestamp: 1_700_000_000_000_100 },
      { traceId: 'abc', id: 'no id', name: 'bad' },
    ];
    const { groups, refused } = readTraceJson(JSON.stringify(zipkin));
    expect(refused).toEqual([{ reason: 'span id', message: 'span "bad": it has no valid "id"' }]);
    const [{ spans }] = tracesOf(groups) as [Trace];
    expect(spans[0]).toMatchObject({
      kind: 'server',
      status: 'error',
      statusMessage: 'it broke',
      start: 1_700_000_000_000_001_000n,
      resource: new Map([['service.name', 'shop']]),
      attributes: new Map<string, unknown>([
        ['http.method', 'GET'],
        ['net.peer.ip', '10.0.0.1'],
        ['net.peer.port', 1234n],
      ]),
      events: [{ name: 'flush', timeSinceStart: 500_000n }],
    });
    expect(spans[1]).toMatchObject({
      parentSpanId: '0000000000000001',
      kind: 'unspecified',
      status: 'unset',
    });
  });
});
