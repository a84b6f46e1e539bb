import type { ObjectNode } from '../schema-node.js';

export const REPLAY_SECTION = {
  type: 'object',
  description: 'Replays of rules over stored traces that the API starts.',
  additionalProperties: false,
  properties: {
    concurrency: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 1,
      description: 'Replays that run at once; others wait.',
    },
    memory: {
      type: ['string', 'integer'],
      format: 'size',
      default: '1GiB',
      description: 'Memory for all replays together, about.',
    },
    timeout: {
      type: 'string',
      format: 'duration',
      default: '30m',
      description: 'A replay that runs longer is cancelled.',
    },
    rule_timeout: {
      type: 'string',
      format: 'duration',
      default: '1m',
      description:
        'A rule that takes longer over one part of the traces of a replay is stopped and named in the result; the others continue. It holds for the windows that the service judges as well.',
    },
    max_series: {
      type: 'integer',
      minimum: 1,
      default: 10000,
      description:
        'Series that one window of a rule with `over` may have. A window with more is named as not judged, the others are judged. It holds for the windows that the service judges as well.',
    },
    jobs_per_tenant: {
      type: 'integer',
      minimum: 1,
      default: 20,
      description:
        'Replays of one tenant that are waiting, running or kept. Of those kept, the oldest makes room; where none is, one more is answered with 429.',
    },
    keep: {
      type: 'string',
      format: 'duration',
      default: '1h',
      description: 'How long the result of a replay is kept.',
    },
    max_violations: {
      type: 'integer',
      minimum: 0,
      default: 10000,
      description: 'The most violations that a replay lists for each rule; the counts are always complete.',
    },
  },
} as const satisfies ObjectNode;
