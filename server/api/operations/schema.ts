import { typeNames } from '../../../engine/blocks/schema.js';
import type { StoredScope } from '../../../engine/plan/schema.js';
import type { SchemaCatalogue } from '../../../engine/query/catalogue.js';
import type { ValueCount } from '../../../engine/sql/relations/flat-values.js';
import type { ServiceContext } from '../../context/service-context.js';
import type { KnownCatalogue } from '../../questions/catalogues.js';
import { defineOperation, json, type Operation, type Parameter, ref } from '../operation.js';
import { STORED_SCOPES } from '../schemas/schema.js';

const EXAMPLES = 3;

const SCOPE: Parameter = {
  name: 'scope',
  in: 'query',
  description: 'Of this scope only.',
  schema: { enum: STORED_SCOPES },
};
const PREFIX: Parameter = {
  name: 'prefix',
  in: 'query',
  description: 'What it starts with, in any case.',
  schema: { type: 'string', maxLength: 200 },
};
const LIMIT: Parameter = {
  name: 'limit',
  in: 'query',
  description: 'How many at most.',
  schema: { type: 'integer', minimum: 1, maximum: 10_000, default: 100 },
};

interface ListParams {
  readonly prefix?: string;
  readonly limit: number;
}

interface AttributeParams extends ListParams {
  readonly scope?: StoredScope;
}

interface ValueParams extends ListParams {
  readonly scope: StoredScope;
  readonly key: string;
}

export function schemaOperations({ catalogues }: ServiceContext): readonly Operation[] {
  const listing = (
    id: string,
    path: string,
    summary: string,
    find: (catalogue: SchemaCatalogue, prefix: string | undefined) => readonly ValueCount[],
  ): Operation =>
    defineOperation<ListParams>({
      id,
      method: 'get',
      path,
      tag: 'schema',
      summary,
      parameters: [PREFIX, LIMIT],
      responses: { 200: json(ref('ValueList'), 'The values.') },
      async handle({ call, params }) {
        const known = await catalogues.of(call.tenant, call.signal);
        return valueList(known, find(known.catalogue, params.prefix), params.limit);
      },
    });
  return [
    defineOperation<AttributeParams>({
      id: 'listAttributes',
      method: 'get',
      path: '/schema/attributes',
      tag: 'schema',
      summary: 'The attributes that stored spans carry',
      parameters: [SCOPE, PREFIX, LIMIT],
      responses: { 200: json(ref('AttributeList'), 'The attributes.') },
      async handle({ call, params }) {
        const known = await catalogues.of(call.tenant, call.signal);
        return {
          ...counted(known),
          attributes: known.catalogue.attributes(params).map((attribute) => ({
            scope: attribute.scope,
            key: attribute.key,
            types: typeNames(attribute),
            count: attribute.count,
            acrossTraces: attribute.acrossTraces,
            share: attribute.share,
            examples: attribute.values.slice(0, EXAMPLES).map(({ text }) => text),
          })),
        };
      },
    }),
    defineOperation<ValueParams>({
      id: 'listValues',
      method: 'get',
      path: '/schema/values',
      tag: 'schema',
      summary: 'Frequent values of an attribute',
      parameters: [
        { ...SCOPE, required: true, description: 'The scope of the attribute.' },
        {
          name: 'key',
          in: 'query',
          required: true,
          description: 'The key of the attribute.',
          schema: { type: 'string', minLength: 1, maxLength: 2000 },
        },
        PREFIX,
        LIMIT,
      ],
      responses: { 200: json(ref('ValueList'), 'The values; none for an attribute that nothing carries.') },
      async handle({ call, params }) {
        const { scope, key, prefix, limit } = params;
        const known = await catalogues.of(call.tenant, call.signal);
        return valueList(known, known.catalogue.values(scope, key, prefix), limit);
      },
    }),
    listing('listSpanNames', '/schema/span-names', 'Frequent names of spans', (catalogue, prefix) =>
      catalogue.spanNames(prefix),
    ),
    listing('listServices', '/schema/services', 'Frequent services', (catalogue, prefix) =>
      catalogue.services(prefix),
    ),
  ];
}

function counted({ catalogue, complete }: KnownCatalogue) {
  return { complete, blocks: catalogue.blocks, spans: catalogue.spans };
}

const TYPES: Readonly<Record<ValueCount['type'], string>> = { s: 'string', i: 'int', d: 'float', b: 'bool' };

function valueList(known: KnownCatalogue, values: readonly ValueCount[], limit: number): unknown {
  return {
    ...counted(known),
    values: values
      .slice(0, limit)
      .map(({ text, type, count }) => ({ value: text, type: TYPES[type], count })),
  };
}
