import {
  ATTRIBUTE_TYPES,
  type AttributeType,
  type ListType,
  type LogicalType,
} from '../../../plan/schema.js';
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
  type: typeOf,
  cast: (value, to) =>
    to === 'double' || to === 'bool' || isListType(to)
      ? sql`CAST(${value} AS ${typeOf(to)})`
      : sql`accurateCast(${value}, ${typeText(to)})`,
  tryCast: (value, to) => sql`accurateCastOrNull(${value}, ${typeText(to)})`,

  // Ints wrap around: these are wide enough for whatever two of them make.
  intArithmetic: (left, operator, right) =>
    sql`accurateCastOrNull(${INT_ARITHMETIC[operator](sql`toInt256(${left})`, sql`toInt256(${right})`)}, 'Int64')`,
  intDivide: (dividend, divisor) => sql`intDiv(${dividend}, ${divisor})`,
  power: (base, exponent) => sql`pow(${base}, ${exponent})`,
  isNan: (double) => sql`isNaN(${double})`,
  wholeSum: (int) => sql`sum(toInt128(${int}))`,
  exactSum: (double) => sql`sumKahan(${double})`,
  quantile: quantileOf,
  // Both pass over NaN.
  quantileOfAny: (double, quantile) =>
    sql`if(max(isNaN(${double})), ${quantileOfAll(double, quantile)}, ${quantileOf(double, quantile)})`,
  greatestOfAny: (double) => sql`if(max(isNaN(${double})), toFloat64('nan'), max(${double}))`,
  bitAnd: (left, right) => sql`bitAnd(${left}, ${right})`,
  shiftLeft: (value, bits) => sql`bitShiftLeft(toInt64(${value}), ${bits})`,
  bitOr: ([first = EMPTY, ...others]) => others.reduce((all, part) => sql`bitOr(${all}, ${part})`, first),
  bitOrOver: (value) => sql`groupBitOr(${value})`,

  matches: (value, pattern) => sql`match(${value}, concat('(?s)\\A(?:', ${pattern}, ')\\z'))`,
  // `lowerUTF8` looks at the whole text: a sigma that ends a word becomes another letter.
  lowerCase: (value) =>
    sql`multiIf(isNull(${value}), NULL, isASCII(${value}), lower(${value}), arrayStringConcat(arrayMap(c -> if(c = 'İ', 'i', lowerUTF8(c)), extractAll(assumeNotNull(${value}), '(?s).'))))`,
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
  jsonOfList: (column, type) =>
    sql`if(isNull(${column}), NULL, concat('[', arrayStringConcat(arrayMap(j -> ifNull(${jsonText(sql`j`)}, 'null'), ${listOf(column, type)}), ','), ']'))`,
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
  listOf,
  changedList: (column, type, called, change) => {
    const changed = sql`arrayMap(${name(called)} -> ${change(name(called))}, ${listOf(column, type)})`;
    return sql`if(isNull(${column}), NULL, CAST(CAST(${changed} AS ${ARRAYS[type]}) AS ${columnType(type)}))`;
  },
  joinedTexts: (values) => sql`arrayStringConcat(${values}, ', ')`,
  storedValues: (values) => sql`JSONExtractArrayRaw(ifNull(${values}, '[]'))`,
  memberOf: storedMember,
  rowsOf: (values) => sql`arrayJoin(${values})`,
  ints: (values) => sql`CAST(${text(`[${values.join(',')}]`)} AS ${ARRAYS['int64[]']})`,
  distinctList: (value) => sql`arraySort(groupUniqArray(${value}))`,
  namedValues: (id, pairs, from) => {
    const all = pairs.map((pair) => sql`tuple(${pair.name}, ${pair.value})`);
    return sql`SELECT id, pair.1 AS name, pair.2 AS value FROM (SELECT ${id} AS id, arrayJoin(${list(all)}) AS pair FROM ${from})`;
  },
  // What is sorted is the order, and then the values.
  firstRecords: (values, by, count) =>
    sql`groupArraySorted(${Math.min(count, MOST_FIRST)})(tuple(${join([order(by), ...values], ', ')}))`,
  recordValue: (record, index) => sql`tupleElement(${record}, ${index + 2})`,

  argMin: (value, by) => sql`argMin(${value}, ${order(by)})`,
  argMax: (value, by) => sql`argMax(${value}, ${order(by)})`,
  argMinOrNull: (value, by, condition) =>
    sql`tupleElement(argMin(tuple(${value}), ${by}) FILTER (WHERE ${condition}), 1)`,
  // It ignores nulls unless it is to respect them.
  lastKnown: (value) => sql`last_value(${value})`,
  anyValue: (value) => sql`any(${value})`,
  anyTrue: (condition) => sql`CAST(max(${condition}) AS ${SCALARS.bool})`,
  distinctAbout: (value) => sql`uniq(${value})`,
  filtered: (aggregate, condition) => sql`${aggregate} FILTER (WHERE ${condition})`,

  semiJoin: (right, on) => sql`LEFT SEMI JOIN ${joined(right, on)}`,
  antiJoin: (right, on) => sql`LEFT ANTI JOIN ${joined(right, on)}`,
  allOf: (alias, columns) =>
    join(
      names(columns).map((column) => sql`${alias}.${column} AS ${column}`),
      ', ',
    ),
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
  viewAs: (view, select) => sql`${dropTable(view)};\nCREATE TEMPORARY VIEW ${view} AS ${select}`,
  dropTable,
  update: (table, column, value, condition) =>
    sql`ALTER TEMPORARY TABLE ${table} UPDATE ${name(column)} = ${value} WHERE ${condition}`,
  deleteFrom: (table, condition) => sql`ALTER TEMPORARY TABLE ${table} DELETE WHERE ${condition}`,

  filesRows: () => uncovered('flat files'),
  fileNumber: () => uncovered('flat files'),
  fileRow: () => uncovered('flat files'),
  filesColumns: () => uncovered('flat files'),
  mayBeOneOf: () => sql`true`,
  checksum: () => uncovered('flat files'),
};

function quantileOf(double: Sql, quantile: number): Sql {
  return sql`quantileExactInclusive(${Sql.of([String(quantile)])})(${double})`;
}

/** In arrays NaN comes last. */
function quantileOfAll(double: Sql, quantile: number): Sql {
  const place = sql`(${Sql.of([String(quantile)])} * (count(${double}) - 1))`;
  const valueAt = (rounded: Sql): Sql => sql`arraySort(groupArray(${double}))[toUInt64(${rounded}) + 1]`;
  const [low, high] = [valueAt(sql`floor${place}`), valueAt(sql`ceil${place}`)];
  return sql`if(floor${place} = ceil${place}, ${low}, ${low} + (${high} - ${low}) * (${place} - floor${place}))`;
}

/** Bytes are Strings, as texts are: what comes out of this type is read as bytes (`cells.ts`). */
const BYTES_OUT = sql`Tuple(bytes Nullable(String))`;

/** `toJSONString` puts ints in quotes, as all that is read here is, and calls what is no finite number by other names. */
export function jsonText(value: Sql): Sql {
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

const ARRAYS = {
  'text[]': sql`Array(Nullable(String))`,
  'int32[]': sql`Array(Nullable(Int32))`,
  'int64[]': sql`Array(Nullable(Int64))`,
  'double[]': sql`Array(Nullable(Float64))`,
  'bool[]': sql`Array(Nullable(Bool))`,
} as const satisfies Readonly<Record<ListType, Sql>>;

const SCALARS: Readonly<Record<Exclude<LogicalType, ListType>, Sql>> = {
  int8: sql`Nullable(Int8)`,
  int32: sql`Nullable(Int32)`,
  int64: sql`Nullable(Int64)`,
  int128: sql`Nullable(Int128)`,
  double: sql`Nullable(Float64)`,
  bool: sql`Nullable(Bool)`,
  text: sql`Nullable(String)`,
  bytes: sql`Nullable(String)`,
};

function isListType(type: LogicalType): type is ListType {
  return type in ARRAYS;
}

function typeOf(type: LogicalType): Sql {
  return isListType(type) ? ARRAYS[type] : SCALARS[type];
}

function typeText(type: LogicalType): Sql {
  return sql`'${typeOf(type)}'`;
}

/** An array is never null, and a list may be: a variant of one type may, too. */
export function columnType(type: LogicalType): Sql {
  return isListType(type) ? sql`Variant(${ARRAYS[type]})` : SCALARS[type];
}

function listOf(column: Sql, type: ListType): Sql {
  return sql`variantElement(${column}, '${ARRAYS[type]}')`;
}

/** A record is the text of a JSON object; ints and doubles are texts in it. */
function storedMember(record: Sql, member: AttributeType): Sql {
  const type = ATTRIBUTE_TYPES[member];
  const key = text(member);
  if (isListType(type))
    return sql`if(JSONHas(${record}, ${key}), CAST(JSONExtract(${record}, ${key}, '${ARRAYS[type]}') AS ${columnType(type)}), NULL)`;
  if (member !== 'i' && member !== 'd') return sql`JSONExtract(${record}, ${key}, ${typeText(type)})`;
  return sql`accurateCastOrNull(JSONExtract(${record}, ${key}, 'Nullable(String)'), ${typeText(type)})`;
}

/** `groupArraySorted` keeps no more rows. */
const MOST_FIRST = 0xff_ff_ff;

/** The columns of the right side would be among all columns of the result, but for those by which it is joined. */
function joined(right: Sql, on: JoinOn): Sql {
  if ('on' in on) return sql`${right} ON ${on.on}`;
  const columns = join(names(on.using), ', ');
  return sql`(SELECT ${columns} FROM ${right}) USING (${columns})`;
}

/** All are of the session: the server drops them where it ends, also for want of anybody who asks. */
function create({ replace = false }: TableOptions = {}): Sql {
  return sql`CREATE ${replace ? sql`OR REPLACE ` : EMPTY}TEMPORARY TABLE`;
}

/** A table or a view. */
function dropTable(table: Sql): Sql {
  return sql`DROP TEMPORARY TABLE IF EXISTS ${table}`;
}
