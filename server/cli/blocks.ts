import { type BlockList, listBlocks } from '../../engine/blocks/listing/block-list.js';
import type { Tenant } from '../../engine/blocks/listing/tenants.js';
import type { BlockMeta } from '../../engine/blocks/meta.js';
import { formatRfc3339 } from '../../engine/blocks/meta-time.js';
import type { BlockProblem } from '../../engine/blocks/problem.js';
import { formatBytes, formatCount, plural } from '../shared/numbers.js';
import { printable, printableJson } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { defineCommand } from './args/command.js';
import { BLOCKS_OPTIONS } from './args/stored-options.js';
import { type BlocksSource, chooseTenant, LAYOUT_TEXT, openBlocks } from './blocks-source.js';
import { problemLine } from './terminal/problem-line.js';
import { table } from './terminal/table.js';

export const blocksCommand = defineCommand({
  name: 'blocks',
  summary: 'list the blocks of a Tempo storage',
  usage: '--blocks PLACE [options]',
  options: {
    ...BLOCKS_OPTIONS,
    tenant: { type: 'string', value: 'TENANT', help: 'only this one; all by default' },
    format: { type: 'string', value: 'FORMAT', choices: ['text', 'json'], help: 'text (default) or json' },
  },
  examples: [
    { command: 'betrace blocks --blocks /var/tempo', what: "all tenants of a Tempo's local storage" },
    {
      command: 'betrace blocks --blocks /var/tempo --tenant shop --format json',
      what: 'one tenant, for a program',
    },
  ],
  notes: ['Exit code: 0; 2 for wrong usage; 3 if there are blocks that cannot be read.'],
  async run(options, _, terminal) {
    const { format = 'text' } = options;
    const source = await openBlocks(options, terminal);
    const tenants = options.tenant === undefined ? source.tenants : [chooseTenant(source, options.tenant)];
    const lists: (readonly [Tenant, BlockList])[] = [];
    for (const tenant of tenants) lists.push([tenant, await listBlocks(source.storage, tenant)]);
    if (format === 'json') terminal.out(`${printableJson(asJson(source, lists), 2)}\n`);
    else printText(source, lists, terminal);
    return lists.some(([, { unread }]) => unread.length > 0) ? 3 : 0;
  },
});

function printText(
  source: BlocksSource,
  lists: readonly (readonly [Tenant, BlockList])[],
  terminal: Terminal,
): void {
  const { outStyle: style } = terminal;
  const { description, identity } = source.storage;
  const by = identity === undefined ? '' : `, read with ${identity}`;
  terminal.out(`${printable(description)}: ${LAYOUT_TEXT[source.layout]}${by}\n`);
  for (const [tenant, { blocks, unread, warnings }] of lists) {
    const traces = blocks.reduce((sum, block) => sum + block.totalObjects, 0);
    const size = blocks.reduce((sum, block) => sum + block.size, 0);
    const totals = `${plural(blocks.length, 'block')}, ${plural(traces, 'trace row')}, ${formatBytes(size)}`;
    terminal.out(`\n${style.bold(`tenant ${printable(tenant.name)}`)}: ${totals}\n`);
    if (blocks.length > 0) terminal.out(blockTable(blocks, terminal));
    for (const columns of dedicatedColumnSets(blocks)) terminal.out(`${columns}\n`);
    for (const problem of [...unread, ...warnings]) terminal.out(`${problemLine(problem, style)}\n`);
  }
}

function blockTable(blocks: readonly BlockMeta[], terminal: Terminal): string {
  const columns = [
    { title: 'BLOCK' },
    { title: 'FORMAT' },
    { title: 'FROM' },
    { title: 'TO' },
    { title: 'TRACES', align: 'right' },
    { title: 'SIZE', align: 'right' },
    { title: 'GROUPS', align: 'right' },
    { title: 'LEVEL', align: 'right' },
    { title: 'DEDICATED', align: 'right' },
  ] as const;
  const rows = blocks.map((block) => [
    block.blockId,
    block.format,
    formatRfc3339(block.startNs),
    formatRfc3339(block.endNs),
    formatCount(block.totalObjects),
    formatBytes(block.size),
    formatCount(block.totalRecords),
    formatCount(block.compactionLevel),
    formatCount(block.dedicatedColumns.length),
  ]);
  return table(columns, rows, terminal.width, terminal.outStyle.dim);
}

/** Each set of dedicated columns once: nearly all blocks of a tenant share one. */
function dedicatedColumnSets(blocks: readonly BlockMeta[]): readonly string[] {
  const sets = new Map<string, number>();
  for (const block of blocks) {
    const names = block.dedicatedColumns.map(
      ({ scope, name, type, options }) =>
        `${scope}.${printable(name)}${type === 'int' ? ' (int)' : ''}${options.length > 0 ? ` (${printable(options.join(', '))})` : ''}`,
    );
    const key = names.join(', ') || 'none';
    sets.set(key, (sets.get(key) ?? 0) + 1);
  }
  return [...sets].map(([columns, count]) => `dedicated columns of ${plural(count, 'block')}: ${columns}`);
}

function asJson(
  { storage, layout }: BlocksSource,
  lists: readonly (readonly [Tenant, BlockList])[],
): unknown {
  return {
    blocks: storage.description,
    layout,
    tenants: lists.map(([tenant, { blocks, unread, warnings }]) => ({
      tenant: tenant.name,
      blocks: blocks.map(({ startNs, endNs, tenant: _, ...block }) => ({
        ...block,
        start: formatRfc3339(startNs),
        end: formatRfc3339(endNs),
      })),
      unread: unread.map(problemJson),
      warnings: warnings.map(problemJson),
    })),
  };
}

export function problemJson({ code, blockId, path, message }: BlockProblem): unknown {
  return { code, blockId, path, message };
}
