/** One block of many row groups: those of a block again and again, with other trace ids each time. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TAIL_BYTES } from '../../engine/blocks/flatten/parquet/footer.js';
import {
  changedFields,
  fieldsOf,
  itemsOf,
  readThrift,
  type ThriftValue,
  writeThrift,
} from '../../engine/blocks/flatten/parquet/thrift-tree.js';
import { correctChecksums } from '../support/checksums.js';
import { traceIdsOf } from './blocks.js';

const MAGIC = 'PAR1';

/** Numbers of fields in parquet.thrift. */
const FILE = { rows: 3, rowGroups: 4 } as const;
const ROW_GROUP = { columns: 1, offset: 5, ordinal: 7 } as const;
const COLUMN = { offset: 2, meta: 3, offsetIndex: 4, columnIndex: 6 } as const;
const META = { data: 9, index: 10, dictionary: 11, bloom: 14 } as const;

/** Makes a tenant of one block: the largest of those in `directory`, its row groups `copies` times. */
export function repeatRowGroups(directory: string, copies: number, into: string): void {
  const tenant = join(directory, 'blocks', 'single-tenant');
  const sizeOf = (block: string): number => statSync(join(tenant, block, 'data.parquet')).size;
  const [largest] = readdirSync(tenant, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => sizeOf(b) - sizeOf(a));
  const data = readFileSync(join(tenant, largest!, 'data.parquet'));
  const footerBytes = data.readUInt32LE(data.length - TAIL_BYTES);
  const bodyEnd = data.length - TAIL_BYTES - footerBytes;
  const body = bodyEnd - MAGIC.length;
  const footer = readThrift(data.subarray(bodyEnd, data.length - TAIL_BYTES));
  const groups = itemsOf(footer, FILE.rowGroups);
  const { ids, chunks } = traceIdsOf(data);
  const bodies = Array.from({ length: copies }, (_, copy) => {
    const changed = Buffer.from(data);
    for (const id of ids) changed[id + 15] = changed[id + 15]! ^ copy;
    if (copy > 0) correctChecksums(changed, chunks);
    return changed.subarray(MAGIC.length, bodyEnd);
  });
  const all = Array.from({ length: copies }, (_, copy) =>
    groups.map((group, n) => movedGroup(group, copy * body, copy * groups.length + n)),
  ).flat();
  const written = writeThrift(
    changedFields(footer, { [FILE.rows]: (rows) => rows * copies }, new Map([[FILE.rowGroups, all]])),
  );
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(written.length);
  tail.write(MAGIC, 4);
  const target = join(into, 'blocks', 'single-tenant', largest!);
  mkdirSync(target, { recursive: true });
  const file = Buffer.concat([Buffer.from(MAGIC), ...bodies, written, tail]);
  writeFileSync(join(target, 'data.parquet'), file);
  const meta = JSON.parse(readFileSync(join(tenant, largest!, 'meta.json'), 'utf8')) as object;
  writeFileSync(
    join(target, 'meta.json'),
    JSON.stringify({ ...meta, size: file.length, footerSize: written.length }),
  );
}

function movedGroup(group: ThriftValue, by: number, ordinal: number): ThriftValue {
  const moved = (offset: number): number => offset + by;
  const fields = fieldsOf(group);
  const columns = itemsOf(fields, ROW_GROUP.columns).map((column): ThriftValue => {
    const changed = changedFields(fieldsOf(column), {
      [COLUMN.offset]: moved,
      [COLUMN.offsetIndex]: moved,
      [COLUMN.columnIndex]: moved,
    });
    const meta = changedFields(fieldsOf(changed.get(COLUMN.meta)!), {
      [META.data]: moved,
      [META.index]: moved,
      [META.dictionary]: moved,
      [META.bloom]: moved,
    });
    return { kind: 'struct', fields: new Map(changed).set(COLUMN.meta, { kind: 'struct', fields: meta }) };
  });
  const changes = { [ROW_GROUP.offset]: moved, [ROW_GROUP.ordinal]: () => ordinal };
  return {
    kind: 'struct',
    fields: changedFields(fields, changes, new Map([[ROW_GROUP.columns, columns]])),
  };
}
