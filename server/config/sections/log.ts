import type { ObjectNode } from '../schema-node.js';

export const LOG_SECTION = {
  type: 'object',
  description: 'What is written to standard error.',
  additionalProperties: false,
  properties: {
    level: {
      type: 'string',
      enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      default: 'info',
      description: 'The least level that is written. Each request is a line at `info`.',
    },
    format: {
      type: 'string',
      enum: ['json', 'text'],
      default: 'json',
      description: 'A JSON object a line, for programs, or lines for people, such as those of violations.',
    },
    queries: {
      type: 'boolean',
      default: false,
      description:
        'Also writes the text of queries, which may hold what users consider private. At `debug` it is written in any case.',
    },
  },
} as const satisfies ObjectNode;
