import type { AttributeType, ListType, LogicalType } from '../../plan/schema.js';
import type { Sql } from './sql.js';

/**
 * What databases spell differently. `compile` writes standard SQL and asks a dialect for everything else; what a member means is said
 * here, and a dialect has to mean the same: null where it says null, one order of NaN, and so on.
 *
 * Places in lists are counted from 1.
 */
export interface Dialect {
  /** What the message of an error holds that comes for want of memory. */
  readonly outOfMemory: string;

  // ------------------------------------------------------------------------------------------ names, values, types
  /** A name in quotes. */
  readonly quoted: (name: string) => Sql;
  /** A text, whatever is in it. */
  readonly text: (value: string) => Sql;
  /** A 64-bit integer, from decimal text or a number; anything else is a programming error. */
  readonly int: (value: string | bigint) => Sql;
  /** NaN, infinities and -0 among them. */
  readonly double: (value: number) => Sql;
  readonly type: (type: LogicalType) => Sql;
  /** Fails where the value does not fit. */
  readonly cast: (value: Sql, type: LogicalType) => Sql;
  /** Null where it does not fit. */
  readonly tryCast: (value: Sql, type: LogicalType) => Sql;

  // ------------------------------------------------------------------------------------------------------- numbers
  /** Null where it overflows or divides by zero. */
  readonly intArithmetic: (left: Sql, operator: IntOperator, right: Sql) => Sql;
  /** The quotient of ints, which need not be in range. */
  readonly intDivide: (dividend: Sql, divisor: Sql) => Sql;
  readonly power: (base: Sql, exponent: Sql) => Sql;
  readonly isNan: (double: Sql) => Sql;
  /** The sum of ints, as wide as it may be. */
  readonly wholeSum: (int: Sql) => Sql;
  /** The sum of doubles in any order with little error. */
  readonly exactSum: (double: Sql) => Sql;
  /** Interpolated between the nearest two values, of which none is NaN. */
  readonly quantile: (double: Sql, quantile: number) => Sql;
  /** The same where NaN, which is above all others, may be among them; not to be `filtered`. */
  readonly quantileOfAny: (double: Sql, quantile: number) => Sql;
  /** … and the greatest. */
  readonly greatestOfAny: (double: Sql) => Sql;
  readonly bitAnd: (left: Sql, right: Sql) => Sql;
  readonly shiftLeft: (value: Sql, bits: number) => Sql;
  readonly bitOr: (parts: readonly Sql[]) => Sql;
  /** Of all rows. */
  readonly bitOrOver: (value: Sql) => Sql;

  // -------------------------------------------------------------------------------------------------- texts, bytes
  /** The whole text matches (RE2 syntax), a full stop also a line feed. */
  readonly matches: (text: Sql, pattern: Sql) => Sql;
  /** Each character by itself, by Unicode's simple mapping. */
  readonly lowerCase: (text: Sql) => Sql;
  /** How many code points of Unicode, as int64. */
  readonly characters: (text: Sql) => Sql;
  readonly containsText: (text: Sql, part: Sql) => Sql;
  readonly startsWith: (text: Sql, part: Sql) => Sql;
  /** Without the zeros that it begins with. */
  readonly withoutZeros: (text: Sql) => Sql;
  /** With zeros before it, or cut, to be so long. */
  readonly padded: (text: Sql, length: number) => Sql;
  /** Two lower-case digits a byte. */
  readonly hex: (bytes: Sql) => Sql;
  readonly fromHex: (digits: string) => Sql;
  /** Whether no byte is other than zero, or there is none. */
  readonly allZeros: (bytes: Sql) => Sql;
  readonly byteLength: (bytes: Sql) => Sql;
  /** In the list of a SELECT: so that bytes come out as bytes, where a database does not tell them from texts. */
  readonly bytesOut: (bytes: Sql) => Sql;
  /** The value, which is no list, as JSON text. */
  readonly json: (value: Sql) => Sql;
  /** The list of a column. */
  readonly jsonOfList: (column: Sql, type: ListType) => Sql;
  /** The same number for the same bytes, within one database. */
  readonly hash: (bytes: Sql) => Sql;
  /** The same of 63 bits, and in every database of the dialect. */
  readonly hash63: (bytes: Sql) => Sql;

  // --------------------------------------------------------------------------------------------------------- lists
  readonly list: (items: readonly Sql[]) => Sql;
  /** Null beyond the ends, and where the place is null. */
  readonly element: (list: Sql, place: Sql) => Sql;
  /** Null where it is not there. */
  readonly placeIn: (list: Sql, value: Sql) => Sql;
  readonly isIn: (list: Sql, value: Sql) => Sql;
  /** The element is called by this name, which has to be another one where such functions stand inside one another. */
  readonly eachOf: (list: Sql, called: ElementName, change: (element: Sql) => Sql) => Sql;
  readonly everyOf: (list: Sql, called: ElementName, test: (element: Sql) => Sql) => Sql;
  readonly someOf: (list: Sql, called: ElementName, test: (element: Sql) => Sql) => Sql;
  /** The list of a column of lists, where it has one: a list that no column holds is never null, and a database may know no other. */
  readonly listOf: (column: Sql, type: ListType) => Sql;
  /** `eachOf` of the list of a column, with elements of the same type, in the place of the column: null where that is. */
  readonly changedList: (
    column: Sql,
    type: ListType,
    called: ElementName,
    change: (element: Sql) => Sql,
  ) => Sql;
  /** All texts of a list as one, with a comma and a space between them. */
  readonly joinedTexts: (list: Sql) => Sql;
  /** The values that `furtherText` wrote, a list of records with a member for each attribute type; null for null. */
  readonly storedValues: (text: Sql) => Sql;
  readonly memberOf: (record: Sql, type: AttributeType) => Sql;
  /** In the place of a column: a row for each element. */
  readonly rowsOf: (list: Sql) => Sql;
  /** A list of ints, which costs less to plan than one of as many expressions. */
  readonly ints: (values: readonly bigint[]) => Sql;
  /** Over rows: the values that differ, ascending. */
  readonly distinctList: (value: Sql) => Sql;
  /** SELECTs `id`, `name` and `value` (both texts), a row for each of the pairs, for each row of `from`. */
  readonly namedValues: (
    id: Sql,
    pairs: readonly { readonly name: Sql; readonly value: Sql }[],
    from: Sql,
  ) => Sql;

  // ---------------------------------------------------------------------------------------------------- aggregates
  /** The value in the row that comes first by the order. */
  readonly argMin: (value: Sql, order: readonly Sql[]) => Sql;
  readonly argMax: (value: Sql, order: readonly Sql[]) => Sql;
  /** `argMin` of the rows for which a condition holds, also where the value there is null. */
  readonly argMinOrNull: (value: Sql, order: Sql, condition: Sql) => Sql;
  /** A list of the rows that come first by the order, in that order, at most so many: each a record of the values. No order may be null as a whole. */
  readonly firstRecords: (values: readonly Sql[], order: readonly Sql[], count: number) => Sql;
  /** A value of such a record, by its index. */
  readonly recordValue: (record: Sql, index: number) => Sql;
  /** Before `OVER`: that of the last row up to this one that is not null. */
  readonly lastKnown: (value: Sql) => Sql;
  readonly anyValue: (value: Sql) => Sql;
  readonly anyTrue: (condition: Sql) => Sql;
  /** How many different values there are, to within a few per cent. */
  readonly distinctAbout: (value: Sql) => Sql;
  /** An aggregate of those rows only. */
  readonly filtered: (aggregate: Sql, condition: Sql) => Sql;

  // ----------------------------------------------------------------------------------------------- parts of SELECTs
  /** A join that keeps the rows of its left side that have a match, each once. */
  readonly semiJoin: (right: Sql, on: JoinOn) => Sql;
  /** … that have none. */
  readonly antiJoin: (right: Sql, on: JoinOn) => Sql;
  /** All columns of the alias, which has these: called as they are there, also where another table of the join has some of the same names. */
  readonly allOf: (alias: Sql, columns: readonly string[]) => Sql;
  /** All columns (of the alias) but these. */
  readonly allBut: (columns: readonly string[], alias?: Sql) => Sql;
  readonly allRenamed: (columns: readonly (readonly [from: string, to: string])[]) => Sql;
  /** All columns of the alias but these, and with other values in some. */
  readonly allReplacing: (
    alias: Sql,
    values: readonly (readonly [value: Sql, column: string])[],
    but?: readonly string[],
  ) => Sql;
  /** Ends a SELECT: only rows for which a condition with window functions holds. */
  readonly qualify: (condition: Sql) => Sql;
  /** By all columns that are no aggregates. */
  readonly groupByAll: () => Sql;
  /** The rows of all; a column that one lacks is null there. */
  readonly unionByName: (selects: readonly Sql[]) => Sql;
  /** After `name AS`: computed once however often it is read. */
  readonly materialized: () => Sql;

  // ---------------------------------------------------------------------------------------------------- statements
  /** Fails where the table is there, unless it is to `replace` it. One that is `own` is seen by one connection. */
  readonly tableAs: (table: Sql, select: Sql, options?: TableOptions) => Sql;
  readonly emptyTable: (
    table: Sql,
    columns: readonly (readonly [name: string, type: LogicalType])[],
    options?: TableOptions,
  ) => Sql;
  /** Takes the place of a view of this name. */
  readonly viewAs: (view: Sql, select: Sql) => Sql;
  readonly dropTable: (table: Sql) => Sql;
  /** Gives a column another value in the rows for which a condition holds. */
  readonly update: (table: Sql, column: string, value: Sql, condition: Sql) => Sql;
  /** The rows for which a condition holds; those for which it is null stay. */
  readonly deleteFrom: (table: Sql, condition: Sql) => Sql;

  // --------------------------------------------------------------------------------------------------------- files
  /** A relation of the rows of flat files, a column that a file lacks is null; with `fileNumber` and `fileRow`, both from 0. */
  readonly filesRows: (paths: readonly string[]) => Sql;
  readonly fileNumber: () => Sql;
  readonly fileRow: () => Sql;
  /** A relation of `file_name` and `name`: the columns that the files have. */
  readonly filesColumns: (paths: readonly string[]) => Sql;
  /** A WHERE clause that is true for these numbers and few others, and keeps a reader of files from decoding other columns. */
  readonly mayBeOneOf: (column: Sql, numbers: readonly number[]) => Sql;
  /** A number made of all values of a file, so that each is decoded. */
  readonly checksum: (path: string) => Sql;
}

export type IntOperator = '+' | '-' | '*' | '/' | '%';

export type JoinOn = { readonly using: readonly string[] } | { readonly on: Sql };

export type ElementName = 'x' | 'y' | 'z';

export interface TableOptions {
  readonly replace?: boolean;
  readonly own?: boolean;
}
