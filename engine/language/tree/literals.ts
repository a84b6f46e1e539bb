/** Values of literals. Numbers and durations as Go reads them, because TraceQL does. */

export const MIN_INT = -(2n ** 63n);
export const MAX_INT = 2n ** 63n - 1n;

export type NumberValue =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'duration'; readonly value: bigint };

/** The value of a number or duration as written; undefined where the text is neither. */
export function numberValue(text: string): NumberValue | undefined {
  if (/^\d+$/u.test(text)) return { kind: 'int', value: BigInt(text) };
  if (/^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? { kind: 'float', value } : undefined;
  }
  const value = durationValue(text);
  return value === undefined ? undefined : { kind: 'duration', value };
}

const PROMETHEUS = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/u;
const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;
const PROMETHEUS_UNITS = [
  365n * DAY,
  7n * DAY,
  DAY,
  3600n * SECOND,
  60n * SECOND,
  SECOND,
  1_000_000n,
] as const;

const GO_UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', SECOND],
  ['m', 60n * SECOND],
  ['h', 3600n * SECOND],
]);

/** Nanoseconds. First Prometheus' whole numbers from years down to milliseconds, then Go's fractions. */
export function durationValue(text: string): bigint | undefined {
  const total = text === '' ? undefined : (prometheusDuration(text) ?? goDuration(text));
  return total === undefined || total > MAX_INT ? undefined : total;
}

function prometheusDuration(text: string): bigint | undefined {
  const match = PROMETHEUS.exec(text);
  if (match === null) return undefined;
  return PROMETHEUS_UNITS.reduce((sum, unit, index) => sum + BigInt(match[index + 1] ?? 0) * unit, 0n);
}

function goDuration(text: string): bigint | undefined {
  if (!/^(?:(?:\d+\.?\d*|\.\d+)[a-zµμ]+)+$/u.test(text)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d*)\.?(\d*)([a-zµμ]+)/gu)) {
    const scale = GO_UNITS.get(unit);
    if (scale === undefined) return undefined;
    total += BigInt(whole || 0) * scale + (BigInt(fraction || 0) * scale) / 10n ** BigInt(fraction.length);
  }
  return total;
}

export interface StringProblem {
  readonly message: string;
  /** Offset into the literal's text. */
  readonly offset: number;
  readonly length: number;
}

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
]);
const ESCAPE =
  /\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[\s\S]?)/gu;

/** The value of a string with its delimiters: `"…"` with Go's escapes, or raw between backticks. */
export function stringValue(raw: string): {
  readonly value: string;
  readonly problems: readonly StringProblem[];
} {
  if (raw.startsWith('`')) return { value: raw.slice(1, -1).replaceAll('\r', ''), problems: [] };
  if (!raw.includes('\\')) return { value: raw.slice(1, -1), problems: [] };
  const problems: StringProblem[] = [];
  const bytes: string[] = [];
  const body = raw.slice(1, -1).replace(ESCAPE, (text, simple, octal, hex, short, long, offset: number) => {
    if (simple !== undefined) return SIMPLE_ESCAPES.get(simple) ?? '';
    const byte =
      octal !== undefined ? Number.parseInt(octal, 8) : hex !== undefined ? Number.parseInt(hex, 16) : -1;
    // Bytes are kept aside as private characters and joined to text below, since several make one character.
    if (byte >= 0 && byte < 0x80) return String.fromCharCode(byte);
    if (byte >= 0x80 && byte <= 0xff) {
      bytes.push(text);
      return String.fromCharCode(0xdc00 + byte);
    }
    const point = short ?? long;
    const code = point === undefined ? -1 : Number.parseInt(point, 16);
    if (code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)) return String.fromCodePoint(code);
    problems.push({ message: `\`${text}\` is not an escape`, offset: offset + 1, length: text.length });
    return '';
  });
  return { value: bytes.length === 0 ? body : joinBytes(body), problems };
}

/** Turns runs of byte markers (lone low surrogates from `\x80`–`\xff`) into the text that the bytes encode. */
function joinBytes(text: string): string {
  return text.replace(/[\udc80-\udcff]+/gu, (run) =>
    new TextDecoder().decode(Uint8Array.from(run, (char) => char.charCodeAt(0) - 0xdc00)),
  );
}

/** A string literal for a value, in double quotes, that every reader of Go's strings reads back. */
export function quoteString(value: string): string {
  const escaped = value.replace(/["\\\p{Cc}\u2028\u2029]/gu, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    if (char === '\n') return '\\n';
    if (char === '\t') return '\\t';
    if (char === '\r') return '\\r';
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

const PRINT_UNITS = [
  ['h', 3600n * SECOND],
  ['m', 60n * SECOND],
  ['s', SECOND],
  ['ms', 1_000_000n],
  ['us', 1000n],
  ['ns', 1n],
] as const;

/** The shortest plain form of a duration: `1h30m`, `100ms`, `0s`. */
export function durationText(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${durationText(-nanoseconds)}`;
  let rest = nanoseconds;
  let text = '';
  for (const [unit, size] of PRINT_UNITS) {
    if (rest >= size) text += `${rest / size}${unit}`;
    rest %= size;
  }
  return text === '' ? '0s' : text;
}

/** A float that reads back as a float: with a point or an exponent. */
export function floatText(value: number): string {
  const text = String(value);
  return /[.e]/u.test(text) ? text : `${text}.0`;
}
