/** Blocks that a database reads where they are, as relations: of the databases that there are ClickHouse does. */
export { type NestedBlock, showNested } from './dialects/clickhouse/nested.js';
export type { NestedLeaf, NestedScope } from './dialects/clickhouse/nested-attributes.js';
export { uncovered } from './dialects/clickhouse/uncovered.js';
