/** Blocks that a database reads where they are, as relations: of the databases that there are ClickHouse does. */
export { gatherRows } from './dialects/clickhouse/gather.js';
export { type NestedBlock, showNested } from './dialects/clickhouse/nested.js';
export type { NestedLeaf, NestedScope } from './dialects/clickhouse/nested-attributes.js';
export type { NestedFile } from './dialects/clickhouse/nested-file.js';
export { openServer, type ServerAddress, shardsOf } from './dialects/clickhouse/server.js';
export { ENGINE_SETTINGS } from './dialects/clickhouse/settings.js';
export { uncovered } from './dialects/clickhouse/uncovered.js';
