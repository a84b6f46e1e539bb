import type { ObjectNode } from '../schema-node.js';

export const QUERY_SECTION = {
  type: 'object',
  description: 'What a question over stored traces may cost.',
  additionalProperties: false,
  properties: {
    timeout: {
      type: 'string',
      format: 'duration',
      default: '60s',
      description: 'A question that takes longer, waiting included, is cancelled and answered with 504.',
    },
    concurrency: {
      type: 'integer',
      minimum: 1,
      maximum: 256,
      default: 4,
      description: 'Questions that are answered at once; they share `memory`.',
    },
    queue: {
      type: 'integer',
      minimum: 0,
      default: 2000,
      description:
        'Questions of one tenant that may wait for their turn; one more is answered with 429. Tenants take turns.',
    },
    memory: {
      type: ['string', 'integer'],
      format: 'size',
      default: '2GiB',
      description: 'Memory for all questions together, about. Replays have their own.',
    },
    max_query: {
      type: ['string', 'integer'],
      format: 'size',
      default: '128KiB',
      description: 'A longer query text is refused.',
    },
    max_search_range: {
      type: 'string',
      format: 'duration',
      default: '0s',
      description: 'The widest time range of a search; `0s` for any.',
    },
    max_metrics_range: {
      type: 'string',
      format: 'duration',
      default: '0s',
      description: 'The widest time range of a metrics query; `0s` for any.',
    },
    max_traces: {
      type: 'integer',
      minimum: 1,
      default: 10_000,
      description: 'The most traces that a search returns, whatever limit it asks for.',
    },
    max_spans_per_spanset: {
      type: 'integer',
      minimum: 1,
      default: 1000,
      description:
        'The most spans of one spanset that a search returns, whatever it asks for; fewer where so many of all its traces would be more than five million.',
    },
    max_series: {
      type: 'integer',
      minimum: 1,
      default: 1000,
      description:
        'The most series that a metrics query returns: of more the first by their labels, with the status PARTIAL.',
    },
    max_trace: {
      type: ['string', 'integer'],
      format: 'size',
      default: '50MiB',
      description: 'A larger trace is not returned whole.',
    },
    max_tag_values: {
      type: ['string', 'integer'],
      format: 'size',
      default: '1MiB',
      description: 'Tag names and values beyond this are left out.',
    },
  },
} as const satisfies ObjectNode;
