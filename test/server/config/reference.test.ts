/** `server/config/README.md` lists every setting as the schema describes it. `--update` writes it anew. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { environmentName, pathText, valuesUnder } from '../../../server/config/paths.js';
import { CONFIG_SCHEMA } from '../../../server/config/schema.js';
import { isObjectNode, type SchemaNode } from '../../../server/config/schema-node.js';

const INTRODUCTION = `# Configuration

Settings of \`betrace serve\` come from a file (\`--config FILE\` or \`$BETRACE_CONFIG\`; YAML or JSON), from the environment, and from
the command line (\`--set http.port=8080\`, and short forms such as \`--http-port\`), each over the one before. Everything that is
wrong is named at once, with its place. \`--print-config\` shows what is in force and where it comes from;
\`--print-schema\` prints the JSON Schema that files are held to, for editors.

A duration is \`500ms\`, \`30s\`, \`1h30m\`; a size \`512MB\`, \`1GiB\` or a number of bytes. In the environment a list is written with
commas, and a list of sections, or a map, as JSON. This page is generated from the schema, \`schema.ts\`.
`;

test('what files are held to is a JSON Schema', () => {
  const ajv = new Ajv2020();
  expect([ajv.validateSchema(CONFIG_SCHEMA), ajv.errors ?? []]).toEqual([true, []]);
});

test('the reference lists every setting', async () => {
  const sections = [
    '',
    ...Object.entries(CONFIG_SCHEMA.properties).flatMap(([name, node]) => (isObjectNode(node) ? [name] : [])),
  ];
  const text = [INTRODUCTION, ...sections.map(sectionText)].join('\n');
  await expect(text).toMatchFileSnapshot('../../../server/config/README.md');
});

function sectionText(section: string): string {
  const values = [...valuesUnder(CONFIG_SCHEMA)].filter(
    ({ path }) => (path.length === 1 ? '' : path[0]) === section,
  );
  const node: SchemaNode | undefined = Object.entries(CONFIG_SCHEMA.properties).find(
    ([name]) => name === section,
  )?.[1];
  const rows = values.flatMap(({ path, node }) => [
    row(pathText(path), environmentName(path), node),
    ...(node.type === 'array' && isObjectNode(node.items)
      ? Object.entries(node.items.properties).map(([name, item]) =>
          row(`${pathText(path)}[].${name}`, '', item),
        )
      : []),
  ]);
  const title = section === '' ? '## At the top' : `## \`${section}\`\n\n${node?.description ?? ''}`;
  return `${title}\n\n| setting | environment | default | what it does |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function row(name: string, variable: string, node: SchemaNode): string {
  const fallback =
    'default' in node && node.default !== undefined ? `\`${JSON.stringify(node.default)}\`` : '';
  const words =
    'enum' in node && node.enum !== undefined
      ? ` One of ${node.enum.map((word) => `\`${word}\``).join(', ')}.`
      : '';
  return `| \`${name}\` | ${variable && `\`${variable}\``} | ${fallback} | ${node.description.replaceAll('|', '\\|')}${words} |`;
}
