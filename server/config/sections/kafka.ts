import type { ObjectNode } from '../schema-node.js';
import { clientTls } from './tls.js';

export const KAFKA_SECTION = {
  type: 'object',
  description: 'For `live.source: kafka`: the topic of Tempo 3, as its `ingest.kafka` has it.',
  additionalProperties: false,
  properties: {
    brokers: {
      type: 'array',
      items: {
        type: 'string',
        pattern: '^[^\\s,/]+:[0-9]{1,5}$',
        description: '`HOST:PORT` of a broker.',
      },
      default: [],
      description: 'Brokers that are asked first; they name the others.',
    },
    topic: {
      type: 'string',
      pattern: '^[a-zA-Z0-9._-]{1,249}$',
      default: 'tempo-ingest',
      description: 'The topic.',
    },
    group: {
      type: 'string',
      pattern: '^\\S{1,249}$',
      default: 'betrace',
      description:
        'The consumer group. Replicas of one group share the partitions of the topic; another group judges all spans once more.',
    },
    start: {
      type: 'string',
      enum: ['latest', 'earliest'],
      default: 'latest',
      description:
        'Where a group begins that has never read the topic: with spans that come from now on, or with the oldest that the topic has.',
    },
    session: {
      type: 'string',
      format: 'duration',
      default: '15s',
      description:
        'A replica that brokers have not heard of for this long has lost its partitions to the others. Brokers allow 6s to 30m, unless they are configured otherwise.',
    },
    commit_every: {
      type: 'string',
      format: 'duration',
      default: '1s',
      description: 'How often offsets are committed, from which on the topic is still needed.',
    },
    tls: {
      type: 'boolean',
      default: false,
      description: 'Whether brokers speak TLS.',
    },
    ...clientTls('The certificate that is shown to brokers, PEM (mTLS).'),
    sasl_mechanism: {
      type: 'string',
      enum: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
      default: 'PLAIN',
      description: 'How the user is shown to brokers, where there is one.',
    },
    sasl_username: {
      type: 'string',
      minLength: 1,
      description: 'The user, together with `sasl_password`.',
    },
    sasl_password: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description: 'Better given by the environment.',
    },
  },
} as const satisfies ObjectNode;
