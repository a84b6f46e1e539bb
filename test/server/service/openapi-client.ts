/** Asks the API and holds each answer to its OpenAPI document: nothing missing, nothing undocumented. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { Running } from './support.js';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly responses: Record<string, { content?: Record<string, Json>; headers?: Json }>;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

/** What `REPLAY_RESULT` may have is held by the tests of `betrace replay`; its schemas are made of parts that cannot be closed one by one. */
const OPEN: ReadonlySet<string> = new Set(['ReplayResult']);

export class ApiClient {
  /** `listRules 200`. */
  readonly seen = new Set<string>();
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });

  private constructor(
    private readonly running: Running,
    readonly document: Document,
  ) {
    const schemas = Object.fromEntries(
      Object.entries(document.components.schemas).map(([name, schema]) => [
        name,
        OPEN.has(name) ? schema : closed(schema),
      ]),
    );
    this.ajv.addSchema({ ...closed(document as unknown as Json), $id: 'api', components: { schemas } });
  }

  static async of(running: Running): Promise<ApiClient> {
    const response = await running.get('/betrace/v1/openapi.json');
    return new ApiClient(running, (await response.json()) as Document);
  }

  async ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; json: never; headers: Headers }> {
    const response = await this.running.get(`/betrace/v1${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await response.text();
    const [template, operation] = this.operationOf(method, path);
    const spec = operation.responses[response.status];
    expect(spec, `${operation.operationId} does not document ${response.status}: ${text}`).toBeDefined();
    this.seen.add(`${operation.operationId} ${response.status}`);
    for (const name of Object.keys(spec?.headers ?? {})) expect(response.headers.get(name)).not.toBeNull();
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    if (spec?.content === undefined) expect(text).toBe('');
    else expect(Object.keys(spec.content)).toContain(type);
    const json: unknown = type.endsWith('json') ? JSON.parse(text) : text;
    if (spec?.content !== undefined) {
      const place = [
        'paths',
        template,
        method.toLowerCase(),
        'responses',
        String(response.status),
        'content',
        type,
        'schema',
      ];
      const validate = this.ajv.compile({ $ref: `api#/${place.map(escapePointer).join('/')}` });
      expect(
        validate(json),
        `${method} ${path}: ${this.ajv.errorsText(validate.errors)} in ${text.slice(0, 500)}`,
      ).toBe(true);
    }
    return { status: response.status, json: json as never, headers: response.headers };
  }

  private operationOf(method: string, path: string): readonly [string, Operation] {
    const plain = path.split('?', 1)[0] ?? '';
    const matching = Object.keys(this.document.paths).filter((template) =>
      new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
    );
    // `/rules/check` and not `/rules/{id}`.
    const found = matching
      .sort((a, b) => a.split('{').length - b.split('{').length)
      .find((template) => this.document.paths[template]?.[method.toLowerCase()]);
    const operation = found === undefined ? undefined : this.document.paths[found]?.[method.toLowerCase()];
    if (found === undefined || operation === undefined)
      throw new Error(`${method} ${path} is not documented`);
    return [found, operation];
  }
}

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** The schema with every object closed that says what it has. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]) => [name, closed(value)]);
  const open =
    'properties' in schema &&
    'type' in schema &&
    schema.type === 'object' &&
    !('additionalProperties' in schema);
  return Object.fromEntries(open ? [...entries, ['additionalProperties', false]] : entries) as T;
}
