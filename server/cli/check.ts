import type { WorkspaceFile } from '../../engine/language/link/resolved.js';
import { triedDiagnostics } from '../../engine/language/link/tried-diagnostics.js';
import type { Diagnostic } from '../../engine/language/problems/diagnostic.js';
import type { TriedDiagnostic } from '../../engine/language/problems/fixes.js';
import type { FieldCatalogue } from '../../engine/language/tree/catalogue.js';
import { isRuleItem } from '../../engine/language/tree/rule-item.js';
import { repositoryRoot } from '../rules/annotation.js';
import { diagnosticAnnotation, diagnosticJson, diagnosticText } from '../rules/diagnostics.js';
import { type LoadedRules, loadRules } from '../rules/read-rules.js';
import { plural } from '../shared/numbers.js';
import { printableJson } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { defineCommand } from './args/command.js';
import { RULES_TEXT } from './args/rules-text.js';
import { BLOCKS_OPTIONS, CACHE_OPTION, RANGE_OPTIONS } from './args/stored-options.js';
import type { LoadedSchema, loadStoredSchema } from './stored-schema.js';
import { problemLine } from './terminal/problem-line.js';

type Finding = readonly [file: WorkspaceFile, diagnostic: TriedDiagnostic];

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'find mistakes in rules',
  usage: 'RULES… [options]',
  positionals: RULES_TEXT,
  options: {
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: ['text', 'json', 'github'],
      help: 'text (default), json, or github for annotations in GitHub Actions',
    },
    strict: { type: 'boolean', help: 'warnings fail the check too' },
    blocks: {
      type: 'string',
      value: 'DIR',
      help: 'warn about attributes that the spans stored there do not carry',
    },
    tenant: BLOCKS_OPTIONS.tenant,
    ...RANGE_OPTIONS,
    ...CACHE_OPTION,
  },
  examples: [
    { command: 'betrace check rules', what: 'everything under a folder' },
    {
      command: 'betrace check rules --blocks /var/tempo --from 7d',
      what: 'against what was stored in the last week',
    },
    { command: 'betrace check --strict --format github rules', what: 'in a workflow of GitHub Actions' },
  ],
  notes: ['Exit code: 0 without errors, 2 with errors (with --strict: or warnings).'],
  async run(options, patterns, terminal) {
    const { format = 'text' } = options;
    const stored = options.blocks === undefined ? undefined : await storedSchema(options, terminal);
    // Attributes of blocks that were not read may be warned about wrongly.
    for (const problem of stored?.unread ?? []) terminal.err(`${problemLine(problem, terminal.errStyle)}\n`);
    const loaded = await loadRules(patterns, stored && { catalogue: await catalogueOf(stored) });
    const findings = [...loaded.workspace.files.values()].flatMap((file) =>
      triedDiagnostics(loaded.workspace, file.path).map((diagnostic): Finding => [file, diagnostic]),
    );
    const count = (severity: Diagnostic['severity']) =>
      findings.filter(([, found]) => found.severity === severity).length;
    const counts = { errors: count('error'), warnings: count('warning'), hints: count('hint') };
    if (format === 'json') printJson(loaded, findings, counts, terminal);
    else if (format === 'github') printAnnotations(findings, terminal);
    else printText(loaded, findings, counts, terminal);
    return counts.errors > 0 || (options.strict && counts.warnings > 0) ? 2 : 0;
  },
});

/** What reads blocks is loaded only where there are some to read. */
async function storedSchema(...asked: Parameters<typeof loadStoredSchema>): Promise<LoadedSchema> {
  const { loadStoredSchema } = await import('./stored-schema.js');
  return await loadStoredSchema(...asked);
}

async function catalogueOf({ schema }: LoadedSchema): Promise<FieldCatalogue> {
  const { fieldCatalogue } = await import('../../engine/blocks/schema.js');
  return fieldCatalogue(schema);
}

interface Counts {
  readonly errors: number;
  readonly warnings: number;
  readonly hints: number;
}

function printText(
  loaded: LoadedRules,
  findings: readonly Finding[],
  counts: Counts,
  terminal: Terminal,
): void {
  const { files } = loaded.workspace;
  for (const [file, diagnostic] of findings) {
    terminal.out(`${diagnosticText(file, diagnostic, files, terminal.outStyle, terminal.width)}\n`);
  }
  const problems = [
    ...(counts.errors > 0 ? [plural(counts.errors, 'error')] : []),
    ...(counts.warnings > 0 ? [plural(counts.warnings, 'warning')] : []),
    ...(counts.hints > 0 ? [plural(counts.hints, 'hint')] : []),
  ];
  const checked = `${plural(files.size, 'file')}, ${plural(countRules(loaded), 'rule')}`;
  terminal.out(`${checked}: ${problems.length > 0 ? problems.join(', ') : 'no problems'}\n`);
}

function printJson(
  loaded: LoadedRules,
  findings: readonly Finding[],
  counts: Counts,
  terminal: Terminal,
): void {
  const { files } = loaded.workspace;
  const diagnostics = findings.map(([file, diagnostic]) => diagnosticJson(file, diagnostic, files));
  terminal.out(
    `${printableJson({ files: files.size, rules: countRules(loaded), ...counts, diagnostics }, 2)}\n`,
  );
}

function printAnnotations(findings: readonly Finding[], terminal: Terminal): void {
  for (const [file, diagnostic] of findings)
    terminal.out(diagnosticAnnotation(file, diagnostic, repositoryRoot()));
}

/** With the broken ones. */
function countRules({ workspace }: LoadedRules): number {
  const items = [...workspace.files.values()].flatMap(({ file }) => file.items);
  return items.filter(isRuleItem).length;
}
