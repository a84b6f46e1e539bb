/** The data sources of `provisioning/datasources`, and the one of the plugin, with what leads from Tempo to it. */
import { readFileSync } from 'node:fs';
import { type Document, isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

const PLAIN = new URL('../provisioning/datasources/betrace.yaml', import.meta.url);

/** By which the correlations name it. */
const UID = 'betrace-rules';

/** `$${name}` in a file is `${name}` in Grafana. */
const named = (variable: string): string => `$$\{${variable}}`;

/**
 * From Tempo to the plugin. Grafana stops at its start over a correlation whose target is not there, and takes all correlations of a data source
 * from one file: so they are not in the files for everybody, and these files stand in the place of those.
 */
const FROM_TEMPO: readonly object[] = [
  {
    targetUID: UID,
    label: 'Violations of this rule',
    description: 'What stored traces violate the rule',
    config: {
      type: 'query',
      field: 'betrace.rule.id',
      target: { queryType: 'query', query: `violations of ${named('__value.raw')}` },
    },
  },
  {
    targetUID: UID,
    label: 'Evidence of this violation',
    description: 'The trace that violates the rule, with the spans marked that prove it',
    config: {
      type: 'query',
      field: 'betrace.violation.trace_id',
      target: { queryType: 'query', query: named('__value.raw'), rule: named('rule') },
      transformations: [
        { type: 'regex', field: 'betrace.rule.id', expression: '(?<rule>.+)', mapValue: 'rule' },
      ],
    },
  },
  {
    targetUID: UID,
    label: 'Evidence of this violation span',
    description: 'The same, from the violation span in the view of its trace',
    config: {
      type: 'query',
      field: 'spanID',
      target: { queryType: 'query', query: named('offendingTrace'), rule: named('rule') },
      transformations: [
        {
          type: 'regex',
          field: 'tags',
          expression: valueOfTag('betrace.violation.trace_id', 'offendingTrace'),
          mapValue: 'offendingTrace',
        },
        { type: 'regex', field: 'tags', expression: valueOfTag('betrace.rule.id', 'rule'), mapValue: 'rule' },
      ],
    },
  },
];

/** Of the tags of a span, which Grafana gives as JSON with key and value in either order, the value of one. */
function valueOfTag(key: string, group: string): string {
  const quoted = key.replaceAll('.', '\\.');
  return `{(?=[^\\}]*\\bkey":"${quoted}")[^\\}]*\\bvalue":"(?<${group}>[^"]+)".*?}`;
}

/** The text of the file. */
export function pluginSourcesFile(): string {
  const document = parseDocument(readFileSync(PLAIN, 'utf8'));
  const sources = seqAt(document, 'datasources');
  const betrace = sourceOf(sources, 'betrace');
  const correlations = sourceOf(sources, 'tempo').get('correlations');
  if (!isSeq(correlations)) throw new Error(`${PLAIN.pathname} has no correlations of Tempo`);
  for (const correlation of FROM_TEMPO) correlations.add(document.createNode(correlation));
  sources.add(
    document.createNode({
      name: 'BeTrace rules',
      uid: UID,
      type: 'betrace-datasource',
      access: betrace.get('access'),
      url: betrace.get('url'),
      jsonData: { tempoUid: 'tempo' },
    }),
  );
  document.commentBefore = ` Made from provisioning/datasources/betrace.yaml by \`npm run grafana\`, with the data source of the plugin: for its place, where the plugin is installed.`;
  return document.toString({ lineWidth: 0 });
}

function seqAt(document: Document, key: string): YAMLSeq {
  const found = document.get(key);
  if (!isSeq(found)) throw new Error(`${PLAIN.pathname} has no ${key}`);
  return found;
}

function sourceOf({ items }: YAMLSeq, uid: string): YAMLMap {
  const found = items.find((item): item is YAMLMap => isMap(item) && item.get('uid') === uid);
  if (found === undefined) throw new Error(`${PLAIN.pathname} has no data source ${uid}`);
  return found;
}
