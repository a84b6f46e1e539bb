import type { ObjectNode } from '../schema-node.js';

export const AUTH_SECTION = {
  type: 'object',
  description: 'Who may ask. Without tokens everybody who reaches the port may.',
  additionalProperties: false,
  properties: {
    tokens: {
      type: 'array',
      default: [],
      description:
        'Bearer tokens. With at least one, every request but those for health needs one. The token itself is in a file or an environment variable, never here.',
      items: {
        type: 'object',
        description: 'A token and what it opens.',
        additionalProperties: false,
        required: ['name', 'tenants'],
        properties: {
          name: {
            type: 'string',
            pattern: '^[A-Za-z0-9._-]{1,64}$',
            description: 'What logs call whoever uses it.',
          },
          token_file: {
            type: 'string',
            minLength: 1,
            description: 'A file whose text is the token; blanks around it are ignored.',
          },
          token_env: {
            type: 'string',
            pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
            description: 'The environment variable that holds the token.',
          },
          tenants: {
            type: 'array',
            items: { type: 'string', minLength: 1, description: 'A tenant, or `*` for all.' },
            default: [],
            description: 'The tenants that the token opens; `*` for all, which also opens `/metrics`.',
          },
        },
      },
    },
  },
} as const satisfies ObjectNode;
