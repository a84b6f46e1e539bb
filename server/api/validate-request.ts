/** Requests against what an operation says it takes. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Request } from 'express';
import { suggest } from '../../engine/language/problems/spelling.js';
import { HttpError } from '../http/http-error.js';
import { param } from '../http/params.js';
import type { JsonSchema, Operation, Parameter } from './operation.js';

// Schemas are held to the schema of schemas by tests: to compile that one is a good part of what the start of a service takes.
const OPTIONS = { allErrors: false, useDefaults: true, strict: false, validateSchema: false } as const;
// Text becomes a number where the schema says so; a single value becomes a list.
const ofParameters = new Ajv2020({ ...OPTIONS, coerceTypes: 'array' });
const ofBodies = new Ajv2020(OPTIONS);

export interface RequestValidator {
  /** Throws `HttpError`. */
  params(request: Request): unknown;
  body(request: Request): unknown;
}

/** Holds values to a schema, with its defaults filled in. What it gives throws `HttpError`, which calls the value `what`. */
export function valueValidator(schema: JsonSchema, what: string): (value: unknown) => unknown {
  const check = compiled(ofBodies, schema);
  return (value) => checked(check(), value, what);
}

/** When it is first asked for: few of all are, between one start and the next. */
function compiled(ajv: Ajv2020, schema: JsonSchema): () => ValidateFunction {
  let check: ValidateFunction | undefined;
  return () => (check ??= ajv.compile(schema));
}

export function requestValidator(operation: Operation): RequestValidator {
  const checkParams = compiled(ofParameters, objectOf(operation.parameters));
  const checkBody = operation.body && valueValidator(operation.body.schema, 'the body');
  return {
    params: (request) => {
      const values: Record<string, unknown> = { ...request.params };
      const known = operation.parameters.filter((parameter) => parameter.in === 'query');
      for (const name of Object.keys(request.query)) {
        const parameter = known.find((parameter) => parameter.name === name);
        if (parameter === undefined) throw unknownParameter(name, known);
        values[name] = parameter.schema.type === 'array' ? request.query[name] : param(request, name);
      }
      return checked(checkParams(), values, 'the parameter');
    },
    body: (request) => {
      if (checkBody === undefined) return undefined;
      return checkBody(bodyOf(request, operation.body?.required === true));
    },
  };
}

function bodyOf(request: Request, required: boolean): unknown {
  const body: unknown = request.body;
  if (body !== undefined) return body;
  // Another type would also let a page of any origin send it without asking first (CORS).
  if (request.get('content-length') !== undefined && request.get('content-length') !== '0')
    throw new HttpError(415, 'the body must be application/json', { code: 'BT5020' });
  if (required) throw new HttpError(400, 'a body of application/json is needed', { code: 'BT5020' });
  return {};
}

function objectOf(parameters: readonly Parameter[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters
      .filter((parameter) => parameter.required === true || parameter.in === 'path')
      .map(({ name }) => name),
    additionalProperties: false,
  };
}

function unknownParameter(name: string, known: readonly Parameter[]): HttpError {
  const names = known.map((parameter) => parameter.name);
  const guess = suggest(name, names);
  const there = names.length > 0 ? ` There is ${names.join(', ')}.` : '';
  return new HttpError(
    400,
    `there is no parameter ${JSON.stringify(name.slice(0, 60))}.${guess ? ` Did you mean ${guess}?` : there}`,
    { code: 'BT5020' },
  );
}

function checked(validate: ValidateFunction, value: unknown, what: string): unknown {
  if (validate(value)) return value;
  const [error] = validate.errors ?? [];
  throw new HttpError(400, error === undefined ? `${what} is not valid` : sentence(error, what), {
    code: 'BT5020',
  });
}

function sentence({ instancePath, message, keyword, params }: ErrorObject, what: string): string {
  const place = instancePath.slice(1).replaceAll('/', '.');
  const where = place === '' ? what : `${what} "${place}"`;
  if (keyword === 'additionalProperties')
    return `${where} has no field ${JSON.stringify(String(params.additionalProperty).slice(0, 60))}`;
  if (keyword === 'enum') return `${where} must be one of ${params.allowedValues.join(', ')}`;
  return `${where} ${message ?? 'is not valid'}`;
}
