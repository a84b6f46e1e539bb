import type { LogicalType } from '../../../plan/schema.js';
import type { Dialect, IntOperator, JoinOn, TableOptions } from '../../text/dialect.js';
import { EMPTY, join, name, names, Sql, sql } from '../../text/sql.js';
import { doubleLiteral, identifier, intLiteral, stringLiteral } from './literal.js';
import { uncovered } from './uncovered.js';

const text = (value: string): Sql => Sql.of([stringLiteral(value)]);
const list = (items: readonly Sql[]): Sql => sql`array(${join(items, ', ')})`;
const order = (by: readonly Sql[]): Sql => sql`tuple(${join(by, ', ')})`;

/**
 * ClickHouse 26, with the settings of `settings.ts`, without which much of this means something else. What it cannot say as the others mean it
 * throws an `Uncovered`, so that nobody is answered wrongly.
 */
export const clickhouse: Dialect = {
  outOfMemory: 'MEMORY_LIMIT_EXCEEDED',
  quoted: (text) => Sql.of([identifier(text)]),
  text,
  int: (value) => Sql.of([intLiteral(value)]),
  double: (value) => Sql.of([doubleLiteral(value)]),
  type: (type) => sql`${TYPES[type]}`,
  cast: (value, to) =>
    to === 'double' || to === 'bool' || to.endsWith('[]')
      ? sql`CAST(${value} AS ${TYPES[to]})`
      : sql`accurateCast(${value}, ${typeText(to)})`,
  tryCast: (value, to) => sql`accurateCastOrNull(${value}, ${typeText(to)})`,

  // Ints wrap around: these are wide enough for whatever two of them make.
  intArithmetic: (left, operator, right) =>
    sql`accurateCastOrNull(${INT_ARITHMETIC[operator](sql`toInt256(${left})`, sql`toInt256(${right})`)}, 'Int64')`,
  // Which operands the arithmetic has is not known here.
  tryInt: () => uncovered('arithmetic of ints'),
  intDivide: (dividend, divisor) => sql`intDiv(${dividend}, ${divisor})`,
  power: (base, exponent) => sql`pow(${base}, ${exponent})`,
  isNan: (double) => sql`isNaN(${double})`,
  exactSum: (double) => sql`sumKahan(${double})`,
  quantile: (double, quantile) => sql`quantileExactInclusive(${Sql.of([String(quantile)])})(${double})`,
  bitAnd: (left, right) => sql`bitAnd(${left}, ${right})`,
  shiftLeft: (value, bits) => sql`bitShiftLeft(toInt64(${value}), ${bits})`,
  bitOr: ([first = EMPTY, ...others]) => others.reduce((all, part) => sql`bitOr(${all}, ${part})`, first),
  bitOrOver: (value) => sql`groupBitOr(${value})`,

  matches: (value, pattern) => sql`match(${value}, concat('(?s)\\A(?:', ${pattern}, ')\\z'))`,
  lowerCase: () => uncovered('lower-case texts'),
  characters: (value) => sql`toInt64(lengthUTF8(${value}))`,
  containsText: (value, part) => sql`(position(${value}, ${part}) > 0)`,
  startsWith: (value, part) => sql`startsWith(${value}, ${part})`,
  withoutZeros: (value) => sql`replaceRegexpOne(${value}, '^0+', '')`,
  padded: (value, length) => sql`leftPad(${value}, ${length}, '0')`,
  hex: (bytes) => sql`lower(hex(${bytes}))`,
  fromHex: (digits) => sql`unhex(${text(digits)})`,
  allZeros: (bytes) => sql`match(hex(${bytes}), '^0*$')`,
  byteLength: (bytes) => sql`toInt64(length(${bytes}))`,
  bytesOut: (bytes) => sql`CAST(tuple(hex(${bytes})) AS ${BYTES_OUT})`,
  json: jsonText,
  hash: (bytes) => sql`sipHash64(${bytes})`,
  hash63: (bytes) => sql`toInt64(bitShiftRight(sipHash64(${bytes}), 1))`,

  list,
  element: (values, place) => sql`arrayElementOrNull(${values}, ${place})`,
  placeIn: (values, value) => sql`nullIf(toInt64(indexOf(${values}, ${value})), 0)`,
  isIn: (values, value) => sql`has(${values}, ${value})`,
  eachOf: (values, called, change) => sql`arrayMap(${name(called)} -> ${change(name(called))}, ${values})`,
  everyOf: (values, called, test) =>
    sql`arrayAll(${name(called)} -> ifNull(${test(name(called))}, false), ${values})`,
  someOf: (values, called, test) =>
    sql`arrayExists(${name(called)} -> ifNull(${test(name(called))}, false), ${values})`,
  joinedTexts: (values) => sql`arrayStringConcat(${values}, ', ')`,
  storedValues: () => uncovered('attributes that are there several times'),
  memberOf: () => uncovered('attributes that are there several times'),
  rowsOf: (values) => sql`arrayJoin(${values})`,
  ints: (values) => sql`CAST(${text(`[${values.join(',')}]`)} AS ${TYPES['int64[]']})`,
  distinctList: (value) => sql`arraySort(groupUniqArray(${value}))`,
  namedValues: (id, pairs, from) => {
    const all = pairs.map((pair) => sql`tuple(${pair.name}, ${pair.value})`);
    return sql`SELECT id, pair.1 AS name, pair.2 AS value FROM (SELECT ${id} AS id, arrayJoin(${list(all)}) AS pair FROM ${from})`;
  },
  firstRecords: () => uncovered('records of JSON'),
  recordValue: () => uncovered('records of JSON'),

  argMin: (value, by) => sql`argMin(${value}, ${order(by)})`,
  argMax: (value, by) => sql`argMax(${value}, ${order(by)})`,
  argMinOrNull: () => uncovered('the first of the events or links of a span'),
  anyValue: (value) => sql`any(${value})`,
  anyTrue: (condition) => sql`CAST(max(${condition}) AS ${TYPES.bool})`,
  distinctAbout: (value) => sql`uniq(${value})`,
  filtered: (aggregate, condition) => sql`${aggregate} FILTER (WHERE ${condition})`,

  semiJoin: (right, on) => sql`LEFT SEMI JOIN ${joined(right, on)}`,
  antiJoin: (right, on) => sql`LEFT ANTI JOIN ${joined(right, on)}`,
  allBut: (columns, alias) =>
    sql`${alias === undefined ? EMPTY : sql`${alias}.`}* EXCEPT (${join(names(columns), ', ')})`,
  allRenamed: (columns) => {
    const renamed = columns.map(([from, to]) => sql`${name(from)} AS ${name(to)}`);
    return sql`* EXCEPT (${join(names(columns.map(([from]) => from)), ', ')}), ${join(renamed, ', ')}`;
  },
  allReplacing: (alias, values, but = []) => {
    const replaced = values.map(([, column]) => column);
    const kept = sql`${alias}.* EXCEPT (${join(names([...but, ...replaced]), ', ')})`;
    return sql`${kept}, ${join(
      values.map(([value, column]) => sql`${value} AS ${name(column)}`),
      ', ',
    )}`;
  },
  qualify: (condition) => sql`QUALIFY ${condition}`,
  groupByAll: () => sql`GROUP BY ALL`,
  unionByName: (selects) =>
    selects.length === 1 ? selects[0]! : uncovered('relations of different columns put together'),
  materialized: () => sql`MATERIALIZED`,

  tableAs: (table, select, options) => sql`${create(options)} ${table} ENGINE = Memory AS ${select}`,
  emptyTable: (table, columns, options) =>
    sql`${create(options)} ${table} (${join(
      columns.map(([column, logical]) => sql`${name(column)} ${columnType(logical)}`),
      ', ',
    )}) ENGINE = Memory`,
  viewAs: (view, select) => sql`CREATE OR REPLACE VIEW ${view} AS ${select}`,
  dropTable: (table) => sql`DROP TABLE IF EXISTS ${table}`,
  update: (table, column, value, condition) =>
    sql`ALTER TABLE ${table} UPDATE ${name(column)} = ${value} WHERE ${condition} SETTINGS mutations_sync = 1`,

  filesRows: () => uncovered('flat files'),
  fileNumber: () => uncovered('flat files'),
  fileRow: () => uncovered('flat files'),
  filesColumns: () => uncovered('flat files'),
  mayBeOneOf: () => sql`true`,
  checksum: () => uncovered('flat files'),
};

/** Bytes are Strings, as texts are: what comes out of this type is read as bytes (`cells.ts`). */
const BYTES_OUT = sql`Tuple(bytes Nullable(String))`;

/** `toJSONString` puts ints in quotes, as all that is read here is, and calls what is no finite number by other names. */
function jsonText(value: Sql): Sql {
  const number = sql`toString(${value})`;
  const double = sql`transform(${number}, ['nan', 'inf', '-inf'], ['NaN', 'Infinity', '-Infinity'], ${number})`;
  const type = sql`toTypeName(${value})`;
  return sql`multiIf(isNull(${value}), NULL, match(${type}, 'Float'), ${double}, match(${type}, 'Int'), ${number}, toJSONString(${value}))`;
}

const INT_ARITHMETIC: Readonly<Record<IntOperator, (left: Sql, right: Sql) => Sql>> = {
  '+': (left, right) => sql`${left} + ${right}`,
  '-': (left, right) => sql`${left} - ${right}`,
  '*': (left, right) => sql`${left} * ${right}`,
  '/': (left, right) => sql`intDiv(${left}, nullIf(${right}, 0))`,
  '%': (left, right) => sql`modulo(${left}, nullIf(${right}, 0))`,
};

const TYPES: Readonly<Record<LogicalType, Sql>> = {
  int8: sql`Nullable(Int8)`,
  int32: sql`Nullable(Int32)`,
  int64: sql`Nullable(Int64)`,
  int128: sql`Nullable(Int128)`,
  double: sql`Nullable(Float64)`,
  bool: sql`Nullable(Bool)`,
  text: sql`Nullable(String)`,
  bytes: sql`Nullable(String)`,
  'text[]': sql`Array(Nullable(String))`,
  'int32[]': sql`Array(Nullable(Int32))`,
  'int64[]': sql`Array(Nullable(Int64))`,
  'double[]': sql`Array(Nullable(Float64))`,
  'bool[]': sql`Array(Nullable(Bool))`,
};

function typeText(type: LogicalType): Sql {
  return sql`'${TYPES[type]}'`;
}

/** No array is null here: one that is missing would be an empty one. Those of ints are our own lists, which are always there. */
function columnType(type: LogicalType): Sql {
  return type === 'text[]' || type === 'double[]' || type === 'bool[]'
    ? uncovered('attributes that are arrays')
    : TYPES[type];
}

/** The columns of the right side would be among all columns of the result, but for those by which it is joined. */
function joined(right: Sql, on: JoinOn): Sql {
  if ('on' in on) return sql`${right} ON ${on.on}`;
  const columns = join(names(on.using), ', ');
  return sql`(SELECT ${columns} FROM ${right}) USING (${columns})`;
}

/** The one session of a store sees its tables, whoever made them. */
function create({ replace = false }: TableOptions = {}): Sql {
  return sql`CREATE ${replace ? sql`OR REPLACE ` : EMPTY}TABLE`;
}
