/** What comes out of ClickHouse as JSON (`JSONCompactEachRowWithNamesAndTypes`), as cells. */
import type { Cell, Row } from '../../store/cell.js';

export function rowsOf(text: string): readonly Row[] {
  const [, types, ...rows] = text.split('\n').filter((line) => line !== '');
  if (types === undefined) return [];
  const read = (JSON.parse(types) as readonly string[]).map(reader);
  return rows.map((line) => (JSON.parse(line) as readonly unknown[]).map((value, n) => read[n]!(value)));
}

function bytesOf(digits: string | null | undefined): Uint8Array | null {
  return digits === null || digits === undefined ? null : new Uint8Array(Buffer.from(digits, 'hex'));
}

type Reader = (value: unknown) => Cell;

function reader(type: string): Reader {
  const [, outer = type, inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? [];
  switch (outer) {
    case 'Nullable':
    case 'LowCardinality':
    // Of one type: a column of lists.
    case 'Variant': {
      const read = reader(inner);
      return (value) => (value === null ? null : read(value));
    }
    case 'Tuple':
      // `bytesOut` of the dialect: digits of bytes.
      return (value) => bytesOf((value as { readonly bytes?: string | null }).bytes);
    case 'Array': {
      const read = reader(inner);
      return (value) => (value as readonly unknown[]).map(read);
    }
    case 'Int64':
    case 'UInt64':
    case 'Int128':
    case 'UInt128':
      return (value) => BigInt(value as string);
    case 'Float32':
    case 'Float64':
    case 'Int8':
    case 'Int16':
    case 'Int32':
    case 'UInt8':
    case 'UInt16':
    case 'UInt32':
      return (value) => Number(value === 'inf' ? 'Infinity' : value === '-inf' ? '-Infinity' : value);
    default:
      return (value) => value as Cell;
  }
}
