import type { ObjectNode } from '../schema-node.js';
import { STORE_SECTIONS } from './stores.js';

export const STORAGE_SECTION = {
  type: 'object',
  description: 'Where Tempo’s blocks lie, and where flat copies of them are kept.',
  additionalProperties: false,
  required: ['blocks'],
  properties: {
    blocks: {
      type: 'string',
      minLength: 1,
      description:
        'Tempo’s local storage, its blocks folder, or one tenant’s folder; or a bucket: `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, `azblob://ACCOUNT/CONTAINER/PREFIX`.',
    },
    tempo_config: {
      type: 'string',
      minLength: 1,
      description:
        'The configuration file of Tempo: what its `storage.trace` and `ingest.kafka` say counts where nothing else does. Variables in it are taken from the environment, as Tempo does with `-config.expand-env`; what a reader has no use for is named as ignored.',
    },
    refresh: {
      type: 'string',
      format: 'duration',
      description:
        'How often to look for new and vanished blocks and tenants: 5s, for a bucket 1m by default.',
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
    ...STORE_SECTIONS,
  },
} as const satisfies ObjectNode;
