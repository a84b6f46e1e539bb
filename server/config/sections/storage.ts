import type { ObjectNode } from '../schema-node.js';

export const STORAGE_SECTION = {
  type: 'object',
  description: 'Where Tempo’s blocks lie, and where flat copies of them are kept.',
  additionalProperties: false,
  required: ['blocks'],
  properties: {
    blocks: {
      type: 'string',
      minLength: 1,
      description: 'Tempo’s local storage, its blocks folder, or one tenant’s folder.',
    },
    refresh: {
      type: 'string',
      format: 'duration',
      default: '5s',
      description: 'How often to look for new and vanished blocks and tenants.',
    },
    cache_directory: {
      type: 'string',
      minLength: 1,
      description: 'Where flat blocks are kept; `$BETRACE_CACHE` or the XDG cache directory without it.',
    },
    cache_size: {
      type: ['string', 'integer'],
      format: 'size',
      default: '4GiB',
      description: 'Beyond this the flat blocks that were not used for longest go.',
    },
  },
} as const satisfies ObjectNode;
