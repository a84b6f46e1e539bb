import type { JsonSchema } from '../operation.js';

/** An object all of whose fields are there. */
export function object(properties: Readonly<Record<string, JsonSchema>>, description?: string): JsonSchema {
  return {
    ...(description !== undefined && { description }),
    type: 'object',
    required: Object.keys(properties),
    properties,
  };
}

export function list(items: JsonSchema, description?: string): JsonSchema {
  return { ...(description !== undefined && { description }), type: 'array', items };
}

export const TEXT: JsonSchema = { type: 'string' };
export const TEXT_OR_NULL: JsonSchema = { type: ['string', 'null'] };
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
export const FLAG: JsonSchema = { type: 'boolean' };
/** RFC 3339 in UTC with milliseconds: when something happened in the service. */
export const MOMENT: JsonSchema = { type: 'string', format: 'date-time' };
export const MOMENT_OR_NULL: JsonSchema = { type: ['string', 'null'], format: 'date-time' };
