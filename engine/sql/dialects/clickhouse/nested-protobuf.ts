/**
 * Protobuf messages in bytes, as vParquet3 keeps the values of attributes of events (`AnyValue`) and the links of a span (`LinkSlice`): the same of
 * them as `decodeAnyValue` and `decodeLinks` give (`blocks/flatten/proto.ts`), broken bytes included. What ClickHouse has no loop for is folded over as many
 * numbers as there may be fields.
 */
import { text } from '../../text/operations.js';
import { join, type Sql, sql } from '../../text/sql.js';
import { HELD } from './nested-held.js';

/** Fields that are put together at once: to add one to an array is to copy it. */
const PART = 64;
const PARTS = 16;
/** Of one message, so of an array or the links of a span: for each a step is run, however few rows have it. */
export const MOST_FIELDS = 1 + PARTS * PART;
/** In what the database says where a message has more than `MOST_FIELDS`. */
export const TOO_MANY_FIELDS = `a protobuf message of more than ${MOST_FIELDS} fields`;

/** `body` with `names` for values, each worked out once. */
function letIn(names: Sql, values: readonly Sql[], body: Sql): Sql {
  const held = values.map((value) => sql`[${value}]`);
  return sql`arrayMap((${names}) -> ${body}, ${join(held, ', ')})[1]`;
}

const FIELD = sql`Tuple(id UInt64, number UInt64, bytes String)`;
const NO_FIELDS = sql`CAST([] AS Array(${FIELD}))`;
/** More than a whole message has. */
const FAR = sql`toUInt64(4294967295)`;

/** The varint that a text begins with: how many bytes it takes, `FAR` where it does not end, and the number. */
const VARINT = sql`(s -> ${letIn(
  sql`bytes`,
  [sql`reinterpret(substring(s, 1, 10), 'Array(UInt8)')`],
  letIn(
    sql`size`,
    [sql`arrayFirstIndex(b -> b < 128, bytes)`],
    sql`tuple(if(size = 0, ${FAR}, toUInt64(size)), arraySum(arrayMap((b, bits) -> bitShiftLeft(toUInt64(bitAnd(b, 127)), bits),
      arraySlice(bytes, 1, size), arraySlice([0, 7, 14, 21, 28, 35, 42, 49, 56, 63], 1, size))))`,
  ),
)}) AS proto_varint`;

/** From what is left of a message, its fields so far, and whether it is broken, to the same after one more field; at the end nothing changes. */
const STEP = sql`(a -> if(a.1 = '', a, ${letIn(
  sql`tag, most`,
  [sql`proto_varint(a.1)`, sql`length(a.1)`],
  letIn(
    sql`rest, wire, v`,
    [sql`substring(a.1, tag.1 + 1)`, sql`bitAnd(tag.2, 7)`, sql`proto_varint(substring(a.1, tag.1 + 1))`],
    letIn(
      sql`size`,
      [
        sql`tag.1 + multiIf(wire = 0, v.1, wire = 1, toUInt64(8), wire = 2, v.1 + least(v.2, ${FAR}), wire = 5, toUInt64(4), ${FAR})`,
      ],
      sql`if(size > most, tuple('', ${NO_FIELDS}, toUInt8(1)), tuple(
        substring(a.1, size + 1),
        arrayPushBack(a.2, CAST(tuple(
          bitShiftRight(tag.2, 3),
          multiIf(wire = 0, v.2, wire = 1, reinterpretAsUInt64(substring(rest, 1, 8)), wire = 5, toUInt64(reinterpretAsUInt32(substring(rest, 1, 4))), toUInt64(0)),
          if(wire = 2, substring(rest, v.1 + 1, v.2), '')) AS ${FIELD})),
        toUInt8(0)))`,
    ),
  ),
)})) AS proto_step`;

/** The same after `PART` more fields; each is at least two bytes. */
const STEPS = sql`(a -> arrayFold((b, i) -> proto_step(b), range(toUInt64(least(${PART}, ceil(length(a.1) / 2)))), a)) AS proto_steps`;

/** The fields of a message, of which a broken one has none, and whether it is broken. Most have one. */
const FIELDS = sql`(m -> ${letIn(
  sql`first`,
  [sql`proto_step(tuple(m, ${NO_FIELDS}, toUInt8(0)))`],
  letIn(
    sql`a`,
    [
      sql`arrayFold((c, i) -> ${letIn(
        sql`part`,
        [sql`proto_steps(tuple(c.1, ${NO_FIELDS}, c.3))`],
        sql`tuple(part.1, if(part.3 = 1, ${NO_FIELDS}, arrayConcat(c.2, part.2)), part.3)`,
      )}, range(toUInt64(least(${PARTS}, ceil(length(first.1) / ${2 * PART})))), first)`,
    ],
    sql`tuple(a.2, toUInt8(a.3 + throwIf(a.1 != '', ${text(TOO_MANY_FIELDS)})))`,
  ),
)}) AS proto_fields`;

/** Of an `AnyValue` the field that counts; its id is 0 where none does. */
const VALUE = sql`(m -> arrayLast(f -> f.1 >= 1 AND f.1 <= 7, proto_fields(m).1)) AS proto_value`;

/** `HELD` of an `AnyValue`, of the kind '' where it is no value that rules see. */
const VALUE_HELD = sql`(m -> ${letIn(
  sql`whole`,
  [sql`proto_value(m)`],
  letIn(
    sql`inside`,
    [sql`proto_fields(if(whole.1 = 5, whole.3, ''))`],
    letIn(
      sql`scalars`,
      [sql`if(whole.1 = 5, arrayMap(e -> proto_value(e.3), arrayFilter(e -> e.1 = 1, inside.1)), [whole])`],
      letIn(
        sql`kind`,
        [
          sql`if(arrayExists(e -> e.1 != scalars[1].1, scalars) OR inside.2 = 1, '', if(empty(scalars), 's', ['s', 'b', 'i', 'd', '', '', ''][scalars[1].1]))`,
        ],
        sql`CAST(tuple(kind, toUInt8(whole.1 = 5),
          arrayMap(e -> e.3, if(kind = 's', scalars, [])),
          arrayMap(e -> reinterpretAsInt64(e.2), if(kind = 'i', scalars, [])),
          arrayMap(e -> reinterpretAsFloat64(e.2), if(kind = 'd', scalars, [])),
          arrayMap(e -> e.2 != 0, if(kind = 'b', scalars, []))) AS ${HELD})`,
      ),
    ),
  ),
)}) AS proto_held`;

/** Of fields the bytes of the last with an id. */
function lastBytes(fields: Sql, id: number): Sql {
  return sql`arrayLast(f -> f.1 = ${id}, ${fields}).3`;
}

/** A broken attribute has no key and no value. */
const ATTRIBUTE = sql`(m -> ${letIn(sql`fields`, [sql`proto_fields(m).1`], sql`tuple(${lastBytes(sql`fields`, 1)}, ${lastBytes(sql`fields`, 2)})`)}) AS proto_attribute`;

const NO_LINKS = 'a span has links that are not protobuf messages';

/** The fields of a message that links cannot be read without. */
const SOUND = sql`(m -> ${letIn(sql`read`, [sql`proto_fields(m)`], sql`if(throwIf(read.2 = 1, ${text(NO_LINKS)}) = 0, read.1, [])`)}) AS proto_sound`;

/** The fields of each link of a `LinkSlice`. */
const LINKS = sql`(m -> arrayMap(l -> proto_sound(l.3), arrayFilter(l -> l.1 = 1, proto_sound(m)))) AS proto_links`;

/** What a statement must begin `WITH` to use the functions below. */
export const PROTOBUF: readonly Sql[] = [
  VARINT,
  STEP,
  STEPS,
  FIELDS,
  VALUE,
  VALUE_HELD,
  ATTRIBUTE,
  SOUND,
  LINKS,
];

/** An array of `HELD`: the values among these messages. */
export function valuesOf(messages: Sql): Sql {
  return sql`arrayFilter(h -> tupleElement(h, 'kind') != '', arrayMap(m -> proto_held(m), ${messages}))`;
}

/** What a list of links has in `path`, as vParquet4 has it: an array of an item for each link. */
export function ofLinks(message: Sql, path: string): Sql {
  const each = (value: Sql): Sql => sql`arrayMap(fields -> ${value}, proto_links(${message}))`;
  const attributes = (part: number): Sql =>
    sql`arrayMap(a -> proto_attribute(a.3).${part}, arrayFilter(a -> a.1 = 4, fields))`;
  switch (path) {
    case 'TraceID':
      return each(lastBytes(sql`fields`, 1));
    case 'SpanID':
      return each(lastBytes(sql`fields`, 2));
    case 'Attrs.Key':
      return each(attributes(1));
    default:
      return each(attributes(2));
  }
}
