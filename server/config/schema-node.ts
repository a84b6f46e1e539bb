/** The part of JSON Schema (draft 2020-12) that the configuration is described with, and the type of what it describes. */

interface Described {
  /** One or two sentences for the reference: what it does, and when to change it. */
  readonly description: string;
}

/** A duration is text such as `30s`, `1h30m` or `500ms`; its value is milliseconds. */
export interface StringNode extends Described {
  readonly type: 'string';
  readonly format?: 'duration';
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly default?: string;
  /** JSON Schema's word for what is never shown again: a secret. */
  readonly writeOnly?: true;
}

/** Text such as `64MiB`, or a number of bytes; its value is bytes. */
export interface SizeNode extends Described {
  readonly type: readonly ['string', 'integer'];
  readonly format: 'size';
  readonly default?: string;
}

export interface NumberNode extends Described {
  readonly type: 'integer' | 'number';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: number;
}

export interface BooleanNode extends Described {
  readonly type: 'boolean';
  readonly default?: boolean;
}

export interface ArrayNode extends Described {
  readonly type: 'array';
  readonly items: SchemaNode;
  readonly default: readonly string[];
}

export interface ObjectNode extends Described {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties: false;
}

/** Names that the user chooses, such as those of headers. */
export interface MapNode extends Described {
  readonly type: 'object';
  readonly additionalProperties: StringNode;
  readonly default: Readonly<Record<string, never>>;
}

export type SchemaNode = StringNode | SizeNode | NumberNode | BooleanNode | ArrayNode | ObjectNode | MapNode;

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

/** Whether a value is there even where the user gives none. */
type Always<N> = N extends { readonly default: unknown } | ObjectNode ? true : false;

type Named<N extends ObjectNode> = N['required'] extends readonly (infer R)[] ? R : never;

/** The type of what a description describes, once read: names in camelCase, durations in milliseconds, sizes in bytes. */
export type ValueOf<N extends SchemaNode> = N extends ObjectNode
  ? {
      readonly [K in keyof N['properties'] & string as Camel<K>]:
        | ValueOf<N['properties'][K]>
        | (Always<N['properties'][K]> extends true ? never : K extends Named<N> ? never : undefined);
    }
  : N extends MapNode
    ? Readonly<Record<string, string>>
    : N extends ArrayNode
      ? readonly ValueOf<N['items']>[]
      : N extends { readonly format: 'duration' | 'size' }
        ? number
        : N extends { readonly enum: readonly (infer E)[] }
          ? E
          : N extends StringNode
            ? string
            : N extends NumberNode
              ? number
              : boolean;

export function isObjectNode(node: SchemaNode): node is ObjectNode {
  return node.type === 'object' && 'properties' in node;
}

/** `request_timeout` as the code calls it: `requestTimeout`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
