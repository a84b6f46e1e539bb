/** What stored spans carry, by the names that Tempo's own server has for these tools. */
import { STORED_SCOPES } from '../../api/schemas/schema.js';
import type { TempoContext } from '../../tempo/context.js';
import { plainInspected } from '../plain.js';
import { defineTool, input, type Tool } from '../tool.js';

const SCOPES = [...STORED_SCOPES, 'intrinsic'] as const;

interface ValueArgs {
  readonly name: string;
  readonly 'filter-query'?: string;
}

export function attributeTools({ backend }: TempoContext): readonly Tool[] {
  return [
    defineTool<{ readonly scope?: (typeof SCOPES)[number] }>({
      name: 'get-attribute-names',
      title: 'Names of attributes',
      description:
        'The attributes that stored spans carry, by scope, the most frequent first, each with how many spans carry it. Ask this before you write a query or a rule: a misspelt name matches nothing.',
      input: input({ scope: { enum: SCOPES, description: 'Of this scope only.' } }),
      async run({ call, args }) {
        const { scopes, truncated, inspected } = await backend.tagNames(call, args);
        return {
          ...(truncated && { note: 'there are more than one answer may hold' }),
          scopes: scopes.map(({ scope, tags }) => ({
            scope,
            names: tags.length,
            attributes: tags.map(({ name, count }) => (scope === 'intrinsic' ? name : { name, count })),
          })),
          ...plainInspected(inspected),
        };
      },
    }),
    defineTool<ValueArgs>({
      name: 'get-attribute-values',
      title: 'Values of an attribute',
      description:
        'The values of one attribute, the most frequent first, each with how many spans have it: `resource.service.name`, `span.http.response.status_code`, `name`.',
      input: input(
        {
          name: {
            type: 'string',
            minLength: 1,
            maxLength: 2000,
            description: 'With its scope, as in a query: span.http.route, resource.service.name, name.',
          },
          'filter-query': {
            type: 'string',
            description: 'Only of spans that match: { resource.service.name = "checkout" }.',
          },
        },
        ['name'],
      ),
      async run({ call, args }) {
        const query = args['filter-query'];
        const { values, truncated, inspected } = await backend.tagValues(call, {
          tag: args.name,
          ...(query !== undefined && { query }),
        });
        return {
          ...(truncated && { note: 'there are more than one answer may hold' }),
          valuesFound: values.length,
          values: values.map(({ value, type, count }) => ({ value, type, count })),
          ...plainInspected(inspected),
        };
      },
    }),
  ];
}
