/** The operations as an OpenAPI 3.1 document. */
import type { JsonSchema, Operation, ResponseSpec } from './operation.js';
import { COMPONENTS } from './schemas/components.js';

export const API_PATH = '/betrace/v1';

/** What any operation may answer. */
const COMMON: Readonly<Record<number, string>> = {
  400: 'The request is wrong: `detail` says how.',
  401: 'A valid bearer token, or with multitenancy a tenant, is missing.',
  403: 'The token does not open the tenant.',
  429: 'Too much is waiting: try again later.',
  503: 'The service is stopping.',
  504: 'The answer took longer than `query.timeout`.',
};

const TAGS: Readonly<Record<string, string>> = {
  rules: 'The rules that the service runs, and texts of rules.',
  replays: 'Rules over stored traces, as jobs.',
  traces: 'Stored traces and what rules find in them.',
  schema: 'Names and values of attributes, for completion.',
  service: 'The service itself.',
};

export function openApiDocument(operations: readonly Operation[], version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    paths[operation.path] = path;
    path[operation.method] = operationObject(operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'BeTrace',
      version,
      summary: 'Rules over traces: ask for them, check them, replay them over stored traces.',
      description:
        'Times are RFC 3339; a parameter that takes a time also takes unix seconds, `today`, `yesterday`, or how long ago: `24h`, `7d`. Errors are problem details (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: API_PATH }],
    security: [{ bearer: [] }, {}],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: COMPONENTS,
      parameters: {
        tenant: {
          name: 'X-Scope-OrgID',
          in: 'header',
          description: 'The tenant; needed with multitenancy, ignored without.',
          schema: { type: 'string' },
        },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Where `auth.tokens` names any.' },
      },
    },
  };
}

function operationObject(operation: Operation): JsonSchema {
  const { id, summary, description, tag, parameters, body, responses } = operation;
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    tags: [tag],
    parameters: [
      { $ref: '#/components/parameters/tenant' },
      ...parameters.map(({ required, ...parameter }) => ({
        ...parameter,
        required: parameter.in === 'path' || required === true,
        ...(parameter.schema.type === 'array' && { style: 'form', explode: true }),
      })),
    ],
    ...(body !== undefined && {
      requestBody: {
        description: body.description,
        required: body.required === true,
        content: { 'application/json': { schema: body.schema } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, response]) => [status, responseObject(response)]),
      ),
      ...Object.fromEntries(
        Object.entries({
          ...COMMON,
          ...(body && { 413: 'The body is too long.', 415: 'The body is no JSON.' }),
        })
          .filter(([status]) => !(Number(status) in responses))
          .map(([status, text]) => [status, problemResponse(text)]),
      ),
    },
  };
}

function responseObject({ description, headers, content }: ResponseSpec): JsonSchema {
  return {
    description,
    ...(headers !== undefined && { headers }),
    ...(content !== undefined && {
      content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])),
    }),
  };
}

export function problemResponse(description: string): JsonSchema {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
