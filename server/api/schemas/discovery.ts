import { PROPOSAL_KINDS } from '../../../engine/discover/proposal.js';
import type { JsonSchema } from '../operation.js';
import { COUNT, list, object, TEXT, TEXT_OR_NULL } from './object.js';

export const DISCOVERY_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Discovery: object({
    version: { const: 1 },
    tenant: TEXT,
    range: object({ from: TEXT_OR_NULL, to: TEXT_OR_NULL }),
    traces: COUNT,
    spans: COUNT,
    rules: list(
      object({
        id: TEXT,
        kind: { type: 'string', enum: [...PROPOSAL_KINDS] },
        summary: TEXT,
        toLookAt: {
          description:
            'So many break it that it is no invariant; they are clearly apart from those that keep it.',
          type: 'boolean',
        },
        text: { description: 'The rule with its tests, ready for a file.', ...TEXT },
        applicable: COUNT,
        violated: COUNT,
        undecided: {
          description: 'Of a rule across traces: cases that what is stored has not decided yet.',
          ...COUNT,
        },
        since: {
          description: 'Since when it is violated as often as it is; null where no case could be decided.',
          oneOf: [
            object({
              parts: list(object({ from: TEXT, to: TEXT, applicable: COUNT, violated: COUNT })),
              changes: list(object({ earliest: TEXT, at: TEXT, latest: TEXT })),
            }),
            { type: 'null' },
          ],
        },
        violatingTraces: list(TEXT, 'Ids, the earliest first: 20 at most.'),
        violatingKeys: list(
          { type: 'object', additionalProperties: true },
          'Of a rule across traces: the values of the key of these, each once: 20 at most.',
        ),
      }),
      'Those with few exceptions first, then those with more, then those with none, then those to look at.',
    ),
    leftOut: { description: 'How many more would have been proposed.', ...COUNT },
    file: { description: 'All of it as a file of rules, with what was counted in comments.', ...TEXT },
  }),
};
