import { type JsonSchema, ref } from '../operation.js';
import { COUNT, FLAG, list, object, TEXT } from './object.js';

export const STORED_SCOPES = ['span', 'resource', 'instrumentation', 'event', 'link'] as const;

const TYPE: JsonSchema = { enum: ['string', 'int', 'float', 'bool'] };

/** What every answer of the catalogue says of itself. */
const COUNTED = {
  complete: { description: 'Whether all blocks are counted; if not, ask again for more.', ...FLAG },
  blocks: { description: 'Blocks counted.', ...COUNT },
  spans: { description: 'Spans counted.', ...COUNT },
};

export const SCHEMA_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  AttributeList: object({
    ...COUNTED,
    attributes: list(ref('Attribute'), 'The most frequent first.'),
  }),
  Attribute: object({
    scope: { enum: STORED_SCOPES },
    key: TEXT,
    types: list(TYPE, 'Those that its values were stored in, the most frequent first.'),
    count: { description: 'Spans (events, links) that carry it.', ...COUNT },
    share: { description: 'Of all spans counted, those that carry it.', type: 'number', minimum: 0 },
    acrossTraces: {
      description:
        'Whether each of its values occurs in several traces of a block but not in many, as the key of something that spans traces does.',
      type: 'boolean',
    },
    examples: list(TEXT, 'Its most frequent values.'),
  }),
  ValueList: object({ ...COUNTED, values: list(ref('FrequentValue'), 'The most frequent first.') }),
  FrequentValue: object({
    value: { description: 'As text, cut to 120 characters.', ...TEXT },
    type: TYPE,
    count: COUNT,
  }),
};
