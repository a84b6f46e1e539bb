import { ATTRIBUTE_TYPES, type LogicalType } from '../../../plan/schema.js';
import type { Dialect, ElementName, IntOperator, JoinOn, TableOptions } from '../../text/dialect.js';
import { EMPTY, join, name, names, Sql, sql } from '../../text/sql.js';
import { doubleLiteral, identifier, intLiteral, stringLiteral } from './literal.js';

const text = (value: string): Sql => Sql.of([stringLiteral(value)]);
const type = (logical: LogicalType): Sql => TYPES[logical];
const list = (items: readonly Sql[]): Sql => sql`[${join(items, ', ')}]`;
const texts = (values: readonly string[]): Sql => list(values.map(text));
const order = (by: readonly Sql[]): Sql => (by.length === 1 ? join(by, ', ') : sql`(${join(by, ', ')})`);
const json = (value: Sql): Sql => sql`to_json(${value})::VARCHAR`;
const eachOf = (values: Sql, called: ElementName, change: (element: Sql) => Sql): Sql =>
  sql`list_transform(${values}, lambda ${name(called)}: ${change(name(called))})`;
/** `arg_min` and its like keep no more rows. */
const MOST_FIRST = 999_999;

/** DuckDB 1.5. */
export const duckdb: Dialect = {
  outOfMemory: 'Out of Memory Error',
  quoted: (text) => Sql.of([identifier(text)]),
  text,
  int: (value) => Sql.of([intLiteral(value)]),
  double: (value) => Sql.of([doubleLiteral(value)]),
  type,
  cast: (value, to) => sql`${value}::${type(to)}`,
  tryCast: (value, to) => sql`TRY_CAST(${value} AS ${type(to)})`,

  intArithmetic: (left, operator, right) => sql`TRY(${left} ${SIGNS[operator]} ${right})`,
  intDivide: (dividend, divisor) => sql`${dividend} // ${divisor}`,
  power: (base, exponent) => sql`pow(${base}, ${exponent})`,
  isNan: (double) => sql`isnan(${double})`,
  wholeSum: (int) => sql`sum(${int})`,
  exactSum: (double) => sql`fsum(${double})`,
  quantile: quantileCont,
  quantileOfAny: quantileCont,
  greatestOfAny: (double) => sql`max(${double})`,
  bitAnd: (left, right) => sql`(${left} & ${right})`,
  shiftLeft: (value, bits) => sql`((${value}) << ${bits})`,
  bitOr: (parts) => join(parts, ' | '),
  bitOrOver: (value) => sql`bit_or(${value})`,

  matches: (value, pattern) => sql`regexp_full_match(${value}, ${pattern}, 's')`,
  lowerCase: (value) => sql`lower(${value})`,
  characters: (value) => sql`length(${value})`,
  containsText: (value, part) => sql`contains(${value}, ${part})`,
  startsWith: (value, part) => sql`starts_with(${value}, ${part})`,
  withoutZeros: (value) => sql`ltrim(${value}, '0')`,
  padded: (value, length) => sql`lpad(${value}, ${length}, '0')`,
  hex: (bytes) => sql`lower(hex(${bytes}))`,
  fromHex: (digits) => sql`from_hex(${text(digits)})`,
  allZeros: (bytes) => sql`regexp_full_match(hex(${bytes}), '0*')`,
  byteLength: (bytes) => sql`octet_length(${bytes})`,
  bytesOut: (bytes) => bytes,
  json,
  jsonOfList: json,
  hash: (bytes) => sql`hash(${bytes})`,
  hash63: (bytes) => sql`(hash(${bytes}) >> 1)::BIGINT`,

  list,
  element: (values, place) => sql`${values}[${place}]`,
  placeIn: (values, value) => sql`list_position(${values}, ${value})`,
  isIn: (values, value) => sql`list_contains(${values}, ${value})`,
  eachOf,
  everyOf: (values, called, test) => sql`len(${those(values, called, test)}) = len(${values})`,
  someOf: (values, called, test) => sql`len(${those(values, called, test)}) > 0`,
  listOf: (column) => column,
  changedList: (column, _, called, change) => eachOf(column, called, change),
  joinedTexts: (values) => sql`array_to_string(${values}, ', ')`,
  storedValues: (values) => sql`from_json(${values}, ${text(STORED_VALUES)})`,
  memberOf: (record, member) => sql`${record}.${name(member)}`,
  rowsOf: (values) => sql`unnest(${values})`,
  ints: (values) => sql`${text(`[${values.join(',')}]`)}::BIGINT[]`,
  distinctList: (value) => sql`list(DISTINCT ${value} ORDER BY ${value})`,
  namedValues: (id, pairs, from) => {
    const structs = pairs.map((pair) => sql`{name: ${pair.name}, value: ${pair.value}}`);
    return sql`SELECT id, unnest(pairs, recursive := true) FROM (SELECT ${id}, ${list(structs)} AS pairs FROM ${from})`;
  },

  argMin: (value, by) => sql`arg_min(${value}, ${order(by)})`,
  argMax: (value, by) => sql`arg_max(${value}, ${order(by)})`,
  firstRecords: (values, by, count) => {
    const record = join(
      values.map((value, index) => sql`f${index} := ${value}`),
      ', ',
    );
    return sql`arg_min(struct_pack(${record}), ${order(by)}, ${Math.min(count, MOST_FIRST)})`;
  },
  recordValue: (record, index) => sql`(${record}).f${index}`,
  argMinOrNull: (value, by, condition) => sql`arg_min_null(${value}, ${by}) FILTER (WHERE ${condition})`,
  lastKnown: (value) => sql`last_value(${value} IGNORE NULLS)`,
  anyValue: (value) => sql`any_value(${value})`,
  anyTrue: (condition) => sql`bool_or(${condition})`,
  distinctAbout: (value) => sql`approx_count_distinct(${value})`,
  filtered: (aggregate, condition) => sql`${aggregate} FILTER (WHERE ${condition})`,

  semiJoin: (right, on) => sql`SEMI JOIN ${right} ${joinOn(on)}`,
  antiJoin: (right, on) => sql`ANTI JOIN ${right} ${joinOn(on)}`,
  allOf: (alias) => sql`${alias}.*`,
  allBut: (columns, alias) =>
    sql`${alias === undefined ? EMPTY : sql`${alias}.`}* EXCLUDE (${join(names(columns), ', ')})`,
  allRenamed: (columns) =>
    sql`* RENAME (${join(
      columns.map(([from, to]) => sql`${name(from)} AS ${name(to)}`),
      ', ',
    )})`,
  allReplacing: (alias, values, but = []) => {
    const excluded = but.length === 0 ? EMPTY : sql`EXCLUDE (${join(names(but), ', ')}) `;
    const replaced = values.map(([value, column]) => sql`${value} AS ${name(column)}`);
    return sql`${alias}.* ${excluded}REPLACE (${join(replaced, ', ')})`;
  },
  qualify: (condition) => sql`QUALIFY ${condition}`,
  groupByAll: () => sql`GROUP BY ALL`,
  unionByName: ([first = EMPTY, ...others]) =>
    sql`${first}${join(
      others.map((select) => sql` UNION ALL BY NAME ${select}`),
      ' ',
    )}`,
  materialized: () => sql`MATERIALIZED`,

  tableAs: (table, select, options) => sql`${create(options)} ${table} AS ${select}`,
  emptyTable: (table, columns, options) =>
    sql`${create(options)} ${table} (${join(
      columns.map(([column, logical]) => sql`${name(column)} ${type(logical)}`),
      ', ',
    )})`,
  viewAs: (view, select) => sql`CREATE OR REPLACE VIEW ${view} AS ${select}`,
  dropTable: (table) => sql`DROP TABLE IF EXISTS ${table}`,
  update: (table, column, value, condition) =>
    sql`UPDATE ${table} SET ${name(column)} = ${value} WHERE ${condition}`,
  deleteFrom: (table, condition) => sql`DELETE FROM ${table} WHERE ${condition}`,

  filesRows: (paths) => sql`read_parquet(${texts(paths)}, union_by_name = true)`,
  fileNumber: () => sql`file_index::BIGINT`,
  fileRow: () => sql`file_row_number`,
  filesColumns: (paths) => sql`parquet_schema(${texts(paths)})`,
  mayBeOneOf,
  checksum: (path) => sql`SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet(${text(path)})`,
};

const SIGNS: Readonly<Record<IntOperator, Sql>> = {
  '+': sql`+`,
  '-': sql`-`,
  '*': sql`*`,
  '/': sql`//`,
  '%': sql`%`,
};

/** What DuckDB calls a type. */
export function typeName(logical: LogicalType): string {
  return TYPES[logical].in(duckdb);
}

const TYPES: Readonly<Record<LogicalType, Sql>> = {
  int8: sql`TINYINT`,
  int32: sql`INTEGER`,
  int64: sql`BIGINT`,
  int128: sql`HUGEINT`,
  double: sql`DOUBLE`,
  bool: sql`BOOLEAN`,
  text: sql`VARCHAR`,
  bytes: sql`BLOB`,
  'text[]': sql`VARCHAR[]`,
  'int32[]': sql`INTEGER[]`,
  'int64[]': sql`BIGINT[]`,
  'double[]': sql`DOUBLE[]`,
  'bool[]': sql`BOOLEAN[]`,
};

function those(values: Sql, called: ElementName, test: (element: Sql) => Sql): Sql {
  return sql`list_filter(${values}, lambda ${name(called)}: ${test(name(called))})`;
}

/** The structure that `from_json` takes for lists of records: a member for each type, a list in brackets. */
const STORED_VALUES = JSON.stringify([
  Object.fromEntries(
    Object.entries(ATTRIBUTE_TYPES).map(([type, logical]) => {
      const [element, isList] = typeName(logical).split('[');
      return [type, isList === undefined ? element : [element]];
    }),
  ),
]);

function joinOn(on: JoinOn): Sql {
  return 'on' in on ? sql`ON ${on.on}` : sql`USING (${join(names(on.using), ', ')})`;
}

function create({ replace = false, own = false }: TableOptions = {}): Sql {
  return sql`CREATE ${replace ? sql`OR REPLACE ` : EMPTY}${own ? sql`TEMP ` : EMPTY}TABLE`;
}

/**
 * It reads one column of a file, so the parquet reader asks it before it decodes others (not so `IN`). A bit covers neighbours, as the
 * rows of these are decoded together: exact bits would be a text that takes longer to plan than the query to run.
 */
function mayBeOneOf(column: Sql, numbers: readonly number[]): Sql {
  const most = numbers.reduce((greatest, number) => Math.max(greatest, number), 0);
  let shift = LEAST_NEIGHBOURS;
  while (Math.floor(most / 2 ** shift) >= MOST_BITS) shift++;
  const bits = new Uint8Array(Math.floor(most / 2 ** shift) + 1).fill('0'.charCodeAt(0));
  for (const number of numbers) bits[Math.floor(number / 2 ** shift)] = '1'.charCodeAt(0);
  // Other conditions may be evaluated later: a number beyond the last bit must find one.
  return sql`get_bit(${text(Buffer.from(bits).toString('latin1'))}::BIT, (${column} >> ${shift}) % ${bits.length}) = 1`;
}

/** Rows of 8 neighbours are hardly ever decoded apart. As a power of two. */
const LEAST_NEIGHBOURS = 3;
const MOST_BITS = 1 << 13;

function quantileCont(double: Sql, quantile: number): Sql {
  return sql`quantile_cont(${double}, ${Sql.of([String(quantile)])})`;
}
