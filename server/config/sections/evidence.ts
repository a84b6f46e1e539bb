import type { ObjectNode } from '../schema-node.js';

export const EVIDENCE_SECTION = {
  type: 'object',
  description:
    'Signed records of what each rule found on each day, for those who audit. They are evidence, not a certification.',
  additionalProperties: false,
  properties: {
    enabled: {
      type: 'boolean',
      default: false,
      description:
        'Counts verdicts by day (UTC) and writes them, once the day is over, to a chain for each tenant in the folder of `live.directory`. Needs a port under `otlp` and a key.',
    },
    key_file: {
      type: 'string',
      minLength: 1,
      description:
        'The Ed25519 private key that signs records, PEM (PKCS #8); `betrace evidence keygen` makes one.',
    },
    key_env: {
      type: 'string',
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      description: 'The environment variable that holds the key instead.',
    },
    close_after: {
      type: 'string',
      format: 'duration',
      default: '15m',
      description:
        'How long after its end a day is closed. What is judged later becomes another part of the day; longer than `live.max_age` and `live.grace` together leaves little for that.',
    },
    keep: {
      type: 'string',
      format: 'duration',
      default: '0s',
      description:
        'How long records are kept, by whole files of about 4 MiB; `0s` for ever. The chain then begins later, and says so.',
    },
  },
} as const satisfies ObjectNode;
