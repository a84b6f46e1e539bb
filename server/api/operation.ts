/** One thing that the API does, described once: the router, the validation of requests and the OpenAPI document come from it. */
import type { Request, Response } from 'express';
import type { Call } from '../http/call.js';

/** JSON Schema, draft 2020-12, as OpenAPI 3.1 uses it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly description: string;
  readonly required?: boolean;
  /** A parameter of type `array` may be repeated. */
  readonly schema: JsonSchema;
}

export interface ResponseSpec {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  /** Media type to schema; absent for a response without a body. */
  readonly content?: Readonly<Record<string, JsonSchema>>;
}

/** Values of the parameters and the body, as their schemas say. */
export interface Input<P, B> {
  readonly call: Call;
  readonly params: P;
  readonly body: B;
  readonly request: Request;
  readonly response: Response;
}

export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'delete';
  /** Under the API's own path, in OpenAPI's spelling: `/replays/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly description: string; readonly required?: boolean; readonly schema: JsonSchema };
  /** By status. Those of every operation (401, 404 …) are added. */
  readonly responses: Readonly<Record<number, ResponseSpec>>;
  /** A stream without an end of its own: the time of an answer does not bound it. */
  readonly stream?: boolean;
  /** Sends what it returns as JSON with 200, or sends the response itself and returns undefined. */
  handle(input: Input<unknown, unknown>): Promise<unknown>;
}

/**
 * `P` and `B` are what the schemas of the parameters and of the body allow; requests are held to the schemas before `handle`
 * sees them, so that this is the one place where the type is taken on trust.
 */
export function defineOperation<P = Record<never, never>, B = undefined>(
  operation: Omit<Operation, 'handle'> & { handle(input: Input<P, B>): Promise<unknown> },
): Operation {
  return { ...operation, handle: (input) => operation.handle(input as Input<P, B>) };
}

export function json(schema: JsonSchema, description: string): ResponseSpec {
  return { description, content: { 'application/json': schema } };
}

/** A schema of `components/schemas`. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}
