import type { ObjectNode } from '../schema-node.js';

export const MCP_SECTION = {
  type: 'object',
  description: 'The server for agents, at `/api/mcp` (Model Context Protocol).',
  additionalProperties: false,
  properties: {
    enabled: {
      type: 'boolean',
      default: true,
      description:
        'Whether it is there. What an agent asks for is usually sent on to a language model: switch it off where traces must not go there.',
    },
    max_answer: {
      type: ['string', 'integer'],
      format: 'size',
      default: '48KiB',
      description:
        'What one answer may take of the context of a model. Of a longer one the lists are cut, and it says by how much.',
    },
  },
} as const satisfies ObjectNode;
