import type { ObjectNode } from '../schema-node.js';

export const ENGINE_SECTION = {
  type: 'object',
  description:
    'ClickHouse in place of this process for questions about many traces: replays, violations, searches, metrics, tags and their values, and discovery. The list of blocks, traces by their ids, names for completion, and all that is judged while spans come stay with this process.',
  additionalProperties: false,
  properties: {
    address: {
      type: 'string',
      minLength: 1,
      description:
        'As `--engine` of `betrace replay` takes it: `clickhouse://USER@HOST:8123`, several hosts or `?cluster=NAME`, `?collection=NAME` for the keys of a bucket, `?files=PATH` for what a folder is called there, `?secure` for TLS; any other parameter is a setting of ClickHouse. A statement may use the memory and the time that one question or replay may, unless the address says otherwise (`max_memory_usage`, `max_execution_time`). Without it this process reads the blocks.',
    },
    password: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description: 'Of the user in the address. Better given by the environment.',
    },
  },
} as const satisfies ObjectNode;
