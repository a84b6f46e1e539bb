import type { AttributeType } from '../../../plan/schema.js';
import { sql } from '../../text/sql.js';

export const SCALARS = ['s', 'i', 'd', 'b'] as const satisfies readonly AttributeType[];
export type Scalar = (typeof SCALARS)[number];

/** What an attribute has in one place: the type of its values, whether they are a list, and the values, of which but those of one type are empty. */
export const HELD = sql`Tuple(kind String, list UInt8, s Array(Nullable(String)), i Array(Nullable(Int64)), d Array(Nullable(Float64)), b Array(Nullable(Bool)))`;
