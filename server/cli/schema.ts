import { type AttributeSummary, typeNames } from '../../engine/blocks/schema.js';
import type { ValueCount } from '../../engine/sql/relations/flat-values.js';
import { formatCount, plural } from '../shared/numbers.js';
import { printable, printableJson } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { parseCount } from '../shared/typed-values.js';
import { defineCommand } from './args/command.js';
import { BLOCKS_OPTIONS, CACHE_OPTION, RANGE_OPTIONS } from './args/stored-options.js';
import { problemJson } from './blocks.js';
import { type LoadedSchema, loadStoredSchema } from './stored-schema.js';
import { problemLine } from './terminal/problem-line.js';
import { table } from './terminal/table.js';

export const schemaCommand = defineCommand({
  name: 'schema',
  summary: 'list the attributes that stored spans carry',
  usage: '--blocks PLACE [options]',
  options: {
    ...BLOCKS_OPTIONS,
    ...RANGE_OPTIONS,
    limit: { type: 'string', value: 'N', help: 'only the N most frequent attributes' },
    format: { type: 'string', value: 'FORMAT', choices: ['text', 'json'], help: 'text (default) or json' },
    ...CACHE_OPTION,
  },
  examples: [
    { command: 'betrace schema --blocks /var/tempo', what: 'all attributes, the most frequent first' },
    {
      command: 'betrace schema --blocks /var/tempo --from 24h --format json',
      what: 'of the last day, for a program',
    },
  ],
  notes: [
    'SPANS counts the spans that carry an attribute (of scope event or link: the events or links).',
    'Exit code: 0; 2 for wrong usage; 3 if there are blocks that cannot be read.',
  ],
  async run(options, _, terminal) {
    const { format = 'text' } = options;
    const limit = options.limit === undefined ? undefined : parseCount('--limit', options.limit, 1);
    const { tenant, list, schema, unread } = await loadStoredSchema(options, terminal);
    const read = list.blocks.length - schema.unread.length;
    if (format === 'json') {
      const attributes = schema.attributes.slice(0, limit).map(attributeJson);
      const counts = { tenant: tenant.name, blocks: read, spans: schema.spans };
      const spanNames = schema.spanNames.map(valueJson);
      terminal.out(
        `${printableJson({ ...counts, attributes, spanNames, unread: unread.map(problemJson) }, 2)}\n`,
      );
    } else {
      printText(schema, limit, terminal);
      const totals = `${plural(read, 'block')}, ${plural(schema.spans, 'span')}`;
      const cut = limit !== undefined && limit < schema.attributes.length ? `${formatCount(limit)} of ` : '';
      terminal.out(`${cut}${plural(schema.attributes.length, 'attribute')} in ${totals}\n`);
      for (const problem of [...unread, ...list.warnings])
        terminal.out(`${problemLine(problem, terminal.outStyle)}\n`);
    }
    return unread.length > 0 ? 3 : 0;
  },
});

function printText(
  { attributes }: LoadedSchema['schema'],
  limit: number | undefined,
  terminal: Terminal,
): void {
  if (attributes.length === 0) return;
  const columns = [
    { title: 'ATTRIBUTE', shrinks: true },
    { title: 'TYPE' },
    { title: 'SPANS', align: 'right' },
    { title: 'EXAMPLES', shrinks: true },
  ] as const;
  const rows = attributes
    .slice(0, limit)
    .map((attribute) => [
      `${attribute.scope}.${printable(attribute.key)}`,
      typeNames(attribute).join(', '),
      formatCount(attribute.count),
      examplesOf(attribute).map(printable).join(', '),
    ]);
  terminal.out(`${table(columns, rows, terminal.width, terminal.outStyle.dim)}\n`);
}

function attributeJson(attribute: AttributeSummary): unknown {
  const { scope, key, count } = attribute;
  return {
    scope,
    key,
    types: typeNames(attribute),
    count,
    acrossTraces: attribute.acrossTraces,
    examples: examplesOf(attribute),
    values: attribute.values.map(valueJson),
  };
}

function valueJson({ text, count }: ValueCount): unknown {
  return { value: text, count };
}

const EXAMPLES = 5;

function examplesOf({ values }: AttributeSummary): readonly string[] {
  return values.slice(0, EXAMPLES).map(({ text }) => text);
}
