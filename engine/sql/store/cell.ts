/** A value that comes out of a database, or goes into one. An `int64` is `bigint`, `bytes` a `Uint8Array`. */
export type Cell =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Cell[]
  | { readonly [name: string]: Cell };
export type Row = readonly Cell[];
