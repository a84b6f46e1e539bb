/** `--engine` of commands that read blocks. */

export const ENGINE_OPTION = {
  engine: {
    type: 'string',
    value: 'ADDRESS',
    help: 'have ClickHouse read the blocks where they are, instead of this process: clickhouse://HOST:8123; see below',
  },
} as const;

export const ENGINE_NOTE =
  'Several hosts of --engine, clickhouse://A:8123,B:8123 or ?cluster=NAME, share the traces. The server must reach the blocks: a bucket by its own credentials or by ?collection=NAME, a named collection of it with the address and the keys; a folder as ?files=PATH, which is what it is called below the server’s user_files. CLICKHOUSE_USER and CLICKHOUSE_PASSWORD say who asks; ?secure for TLS; any other parameter is a setting of ClickHouse, such as max_execution_time=600, and --memory is its max_memory_usage. Tables are temporary and belong to a session: the server drops them 10 minutes after a command that was killed.';
