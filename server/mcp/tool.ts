/** What an agent can call. `toolsOf` has them all. */
import type { Request, Response } from 'express';
import type { JsonSchema, Operation } from '../api/operation.js';
import type { Call } from '../http/call.js';

export type ToolAnswer = Readonly<Record<string, unknown>>;

export interface ToolCall<A> {
  readonly call: Call;
  /** As the schema says, with its defaults. */
  readonly args: A;
  readonly request: Request;
  readonly response: Response;
  /** Says how far it is, from 0 to 1, to whoever asked for it. */
  readonly progress: (fraction: number, message: string) => void;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  /** For a model that has to choose among tools: what it answers, and when to use it. */
  readonly description: string;
  /** Of the arguments: an object. */
  readonly input: JsonSchema;
  /** Which setting bounds its time; default: `query.timeout`. */
  readonly bound?: 'replay.timeout';
  /** What is listed in it may be cut, so that counts are fields of their own. Rejects with `HttpError` for what the agent can change. */
  run(call: ToolCall<unknown>): Promise<ToolAnswer>;
}

/** `A` is what the schema allows: arguments are held to it before `run` sees them, so that this is the one place where it is taken on trust. */
export function defineTool<A>(
  tool: Omit<Tool, 'run'> & { run(call: ToolCall<A>): Promise<ToolAnswer> },
): Tool {
  return { ...tool, run: (call) => tool.run(call as ToolCall<A>) };
}

/** The arguments of a tool: an object with these fields and no others. */
export function input(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, required };
}

/** What the arguments of Tempo's tools are called, for those of the API. */
const RENAMED: Readonly<Record<string, string>> = { from: 'start', to: 'end' };

const HOW_TIMES_ARE_WRITTEN =
  'RFC 3339, unix seconds, yesterday, or how long ago: 24h, 7d. Default: the edge of what is stored.';

/** The range that a tool looks at. */
export const RANGE = {
  start: { type: 'string', maxLength: 64, description: `From when on: ${HOW_TIMES_ARE_WRITTEN}` },
  end: { type: 'string', maxLength: 64, description: `Until when: ${HOW_TIMES_ARE_WRITTEN}` },
} as const satisfies Readonly<Record<string, JsonSchema>>;

export interface RangeArgs {
  readonly start?: string;
  readonly end?: string;
}

interface FromOperation extends Omit<Tool, 'input' | 'run'> {
  /** In the place of what the operation says of an argument, its default for one. */
  readonly args?: Readonly<Record<string, JsonSchema>>;
  /** Those that agents have no use for. */
  readonly without?: readonly string[];
  /** Makes an answer of what the operation answers. */
  readonly shape?: (answer: ToolAnswer) => ToolAnswer;
}

/** A tool that does what an operation of the API does, with the same arguments by the names that Tempo's tools have for them. */
export function toolFrom(
  operation: Operation,
  { args = {}, without = [], shape = (answer) => answer, ...rest }: FromOperation,
): Tool {
  const ofBody = (operation.body?.schema ?? {}) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  const fields: readonly (readonly [string, JsonSchema])[] = [
    ...operation.parameters.map(
      ({ name, description, schema }) => [name, { ...schema, description }] as const,
    ),
    ...Object.entries(ofBody.properties ?? {}),
  ];
  const properties = fields
    .filter(([name]) => !without.includes(name))
    .map(([name, schema]) => {
      const renamed = RENAMED[name] ?? name;
      const range = renamed in RANGE ? RANGE[renamed as keyof typeof RANGE] : {};
      return [renamed, { ...schema, ...range, ...args[renamed] }] as const;
    });
  const required = [
    ...operation.parameters.flatMap((parameter) => (parameter.required === true ? [parameter.name] : [])),
    ...(ofBody.required ?? []),
  ];
  return {
    ...rest,
    input: input(Object.fromEntries(properties), required),
    run: async ({ call, args: given, request, response }) => {
      const named = Object.entries(given as Readonly<Record<string, unknown>>).map(
        ([name, value]) =>
          [Object.keys(RENAMED).find((key) => RENAMED[key] === name) ?? name, value] as const,
      );
      const isParameter = (name: string) => operation.parameters.some((parameter) => parameter.name === name);
      const params = Object.fromEntries(named.filter(([name]) => isParameter(name)));
      const body = Object.fromEntries(named.filter(([name]) => !isParameter(name)));
      return shape((await operation.handle({ call, params, body, request, response })) as ToolAnswer);
    },
  };
}
