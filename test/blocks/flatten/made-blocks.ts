/** Blocks made up at random, with everything that is rare in real ones. */
import type { BlockFormat } from '../../../engine/blocks/block-formats.js';
import type { BlockMeta } from '../../../engine/blocks/meta.js';
import { type Storage, StorageError } from '../../../engine/blocks/storage.js';
import type { AttributeKey } from '../../../engine/plan/schema.js';
import type { LeafType, Node, NodeRepetition } from './nested-writer.js';
import { protoBytes, protoValue } from './proto-writer.js';

/** Which version's columns a format has; one that is new has some of its own, or those of the version before. */
const VERSIONS: Readonly<Record<BlockFormat, 3 | 4 | 5>> = { vParquet3: 3, vParquet4: 4, vParquet5: 5 };

const leaf = (name: string, type: LeafType, repetition: NodeRepetition = 'required'): Node => ({
  name,
  type,
  repetition,
});
const group = (name: string, children: readonly Node[], repetition: NodeRepetition = 'required'): Node => ({
  name,
  repetition,
  children,
});
/** A list of groups (or of single values) as vParquet3 and 4 nest it. */
const listOf = (name: string, element: readonly Node[] | LeafType): Node => ({
  name,
  repetition: 'required',
  list: true,
  children: [
    group(
      'list',
      [typeof element === 'string' ? leaf('element', element) : group('element', element)],
      'repeated',
    ),
  ],
});

const VALUES = [
  ['Value', 'text'],
  ['ValueInt', 'int64'],
  ['ValueDouble', 'double'],
  ['ValueBool', 'bool'],
] as const;

/** The schema of a version, as far as the reader looks at it. */
export function schemaOf(format: BlockFormat): readonly Node[] {
  const v5 = VERSIONS[format] === 5;
  const v3 = VERSIONS[format] === 3;
  const many = (name: string, children: readonly Node[]): Node =>
    v5 ? group(name, children, 'repeated') : listOf(name, children);
  const values = VALUES.map(([name, type]): Node => {
    if (v3) return leaf(name, type, 'optional');
    return v5 ? leaf(name, type, 'repeated') : listOf(name, type);
  });
  const attrs = many('Attrs', [leaf('Key', 'text'), ...(v3 ? [] : [leaf('IsArray', 'bool')]), ...values]);
  const dedicated = (ints: boolean): Node =>
    group('DedicatedAttributes', [
      leaf('String01', 'text', v5 ? 'repeated' : 'optional'),
      leaf('String02', 'text', v5 ? 'repeated' : 'optional'),
      ...(v5 && ints ? [leaf('Int01', 'int64', 'repeated')] : []),
    ]);
  const fixed = (names: readonly string[]): readonly Node[] =>
    v5 ? [] : names.map((name) => leaf(name, 'text', 'optional'));
  const events = v3
    ? [
        leaf('TimeUnixNano', 'int64'),
        leaf('Name', 'text'),
        many('Attrs', [leaf('Key', 'text'), leaf('Value', 'bytes')]),
      ]
    : [leaf('TimeSinceStartNano', 'int64'), leaf('Name', 'text'), attrs, ...(v5 ? [dedicated(false)] : [])];
  return [
    leaf('TraceID', 'bytes'),
    leaf('StartTimeUnixNano', 'int64'),
    leaf('EndTimeUnixNano', 'int64'),
    leaf('RootServiceName', 'text'),
    leaf('RootSpanName', 'text'),
    many('rs', [
      group('Resource', [
        leaf('ServiceName', 'text'),
        attrs,
        ...fixed(['Cluster', 'K8sPodName']),
        dedicated(true),
      ]),
      many('ss', [
        group('Scope', [leaf('Name', 'text'), leaf('Version', 'text'), ...(v3 ? [] : [attrs])]),
        many('Spans', [
          leaf('SpanID', 'bytes'),
          leaf('ParentSpanID', 'bytes'),
          leaf('ParentID', 'int32'),
          leaf('NestedSetLeft', 'int32'),
          leaf('NestedSetRight', 'int32'),
          leaf('Name', 'text'),
          leaf('Kind', 'int64'),
          leaf('StartTimeUnixNano', 'int64'),
          leaf('DurationNano', 'int64'),
          leaf('StatusCode', 'int64'),
          leaf('StatusMessage', 'text'),
          attrs,
          many('Events', events),
          v3
            ? leaf('Links', 'bytes')
            : many('Links', [leaf('TraceID', 'bytes'), leaf('SpanID', 'bytes'), attrs]),
          ...fixed(['HttpMethod']),
          ...(v5 ? [] : [leaf('HttpStatusCode', 'int64', 'optional')]),
          dedicated(true),
        ]),
      ]),
    ]),
  ];
}

/** In `made` blocks; `k2` and `dedicated` lie in columns of their own and in lists. */
const KEYS = ['k0', 'k1', 'k2', 'dedicated', 'number', 'http.method', 'http.status_code', 'cluster'];

export function madeAttributes(): readonly AttributeKey[] {
  const scopes = ['span', 'resource', 'instrumentation', 'event', 'link'] as const;
  return [
    ...scopes.flatMap((scope) => [...KEYS, 'absent'].map((key) => ({ scope, key }))),
    { scope: 'resource', key: 'service.name' },
    { scope: 'resource', key: 'k8s.pod.name' },
  ];
}

const DEDICATED: BlockMeta['dedicatedColumns'] = (['resource', 'span', 'event'] as const).flatMap((scope) => [
  { scope, name: 'dedicated', type: 'string', options: [] },
  { scope, name: 'number', type: 'int', options: ['array'] },
  { scope, name: 'k2', type: 'string', options: ['blob'] },
]);

/** mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

type Row = Readonly<Record<string, unknown>>;

/** `count` traces. */
export function madeRows(format: BlockFormat, count: number, seed: number): readonly Row[] {
  const random = randomOf(seed);
  const v5 = VERSIONS[format] === 5;
  const v3 = VERSIONS[format] === 3;
  const times = <T>(most: number, make: () => T): T[] => Array.from({ length: random(most + 1) }, make);
  const word = (): string => ['', 'a', 'äö€', 'long '.repeat(20), `w${random(1000)}`][random(5)]!;
  const scalar = (kind: number): unknown =>
    [
      word,
      () => BigInt(random(1 << 30)) * 4294967291n - (1n << 60n),
      () => random(1000) / 8 - 3,
      () => random(2) === 1,
    ][kind]!();
  const attribute = (): Row => {
    const Key = KEYS[random(KEYS.length)]!;
    const kind = random(4);
    if (v3) return random(6) === 0 ? { Key } : { Key, [VALUES[kind]![0]]: scalar(kind) };
    const IsArray = random(4) === 0;
    const length = IsArray ? random(4) : random(8) === 0 ? 0 : 1;
    return { Key, IsArray, [VALUES[kind]![0]]: Array.from({ length }, () => scalar(kind)) };
  };
  const attributes = (): Row[] => times(4, attribute);
  const dedicated = (): Row => {
    if (!v5) return { String01: random(2) ? word() : undefined, String02: random(2) ? word() : undefined };
    return { String01: times(1, word), String02: times(3, word), Int01: times(2, () => scalar(1)) };
  };
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256));
  const event = (start: bigint): Row => {
    const Name = word();
    if (!v3)
      return {
        TimeSinceStartNano: BigInt(random(1e9)),
        Name,
        Attrs: attributes(),
        DedicatedAttributes: dedicated(),
      };
    const Attrs = times(4, () => ({ Key: KEYS[random(KEYS.length)]!, Value: protoValue(random, scalar) }));
    return { TimeUnixNano: start + BigInt(random(1e9)), Name, Attrs };
  };
  const span = (): Row => {
    const start = 1_795_000_000_000_000_000n + BigInt(random(1e9));
    return {
      SpanID: random(12) === 0 ? Uint8Array.of(1, 2, 3, 4, 5, 6, 7, random(2)) : bytes(8),
      ParentSpanID: random(3) === 0 ? new Uint8Array(0) : bytes(8),
      ParentID: random(100) - 1,
      NestedSetLeft: random(100),
      NestedSetRight: random(1 << 30),
      Name: word(),
      Kind: BigInt(random(3)),
      StartTimeUnixNano: start,
      DurationNano: BigInt(random(1 << 30)) * 1000n,
      StatusCode: BigInt(random(3)),
      StatusMessage: word(),
      Attrs: attributes(),
      Events: times(2, () => event(start)),
      Links: v3
        ? protoBytes(
            times(2, () => ({
              traceId: bytes(16),
              spanId: bytes(8),
              keys: times(3, () => KEYS[random(KEYS.length)]!),
            })),
            random,
            scalar,
          )
        : times(2, () => ({ TraceID: bytes(16), SpanID: bytes(8), Attrs: attributes() })),
      HttpMethod: random(2) ? word() : undefined,
      HttpStatusCode: random(2) ? BigInt(random(600)) : undefined,
      DedicatedAttributes: dedicated(),
    };
  };
  return Array.from({ length: count }, () => ({
    TraceID: bytes(16),
    StartTimeUnixNano: BigInt(random(1e9)),
    EndTimeUnixNano: BigInt(random(1e9)),
    RootServiceName: word(),
    RootSpanName: word(),
    rs: times(3, () => ({
      Resource: {
        ServiceName: random(4) ? `service-${random(3)}` : '',
        Attrs: attributes(),
        Cluster: random(3) ? undefined : word(),
        K8sPodName: random(3) ? undefined : word(),
        DedicatedAttributes: dedicated(),
      },
      ss: times(2, () => ({
        Scope: { Name: word(), Version: word(), Attrs: attributes() },
        Spans: times(random(9) ? 3 : 40, span),
      })),
    })),
  }));
}

export function madeMeta(format: BlockFormat, size: number, traces: number): BlockMeta {
  return {
    tenant: 'single-tenant',
    blockId: '00000000-0000-4000-8000-000000000001',
    format,
    startNs: 0n,
    endNs: 1n,
    totalObjects: traces,
    size,
    footerSize: 0,
    totalRecords: 1,
    bloomShards: 1,
    compactionLevel: 0,
    replicationFactor: 1,
    dedicatedColumns: DEDICATED,
    dataPath: 'data.parquet',
  };
}

/** A storage with one file, without a path that DuckDB could open. */
export function memoryStorage(bytes: Uint8Array): Storage {
  return {
    description: 'memory',
    list: () => Promise.resolve({ directories: [], files: ['data.parquet'] }),
    read: () => Promise.resolve(bytes.slice()),
    readRange: (path, start, end) =>
      end > bytes.length
        ? Promise.reject(new StorageError('range', path, `ends at byte ${bytes.length}`))
        : Promise.resolve(bytes.slice(start, end)),
    size: () => Promise.resolve(bytes.length),
  };
}

/** Tempo has no trace without. */
export function hasSpans({ rs }: Row): boolean {
  type Made = readonly { readonly ss: readonly { readonly Spans: readonly unknown[] }[] }[];
  return (rs as Made).some(({ ss }) => ss.some(({ Spans }) => Spans.length > 0));
}
