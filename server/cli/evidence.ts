import { PERIODS, type Period } from '../../engine/evidence/controls.js';
import { type EvidenceExport, exportText } from '../../engine/evidence/export.js';
import type { Terminal } from '../shared/terminal.js';
import { parseUrl } from '../shared/typed-values.js';
import { UsageError } from '../shared/usage-error.js';
import { defineCommand } from './args/command.js';
import { BLOCKS_OPTIONS, CACHE_OPTION } from './args/stored-options.js';
import { parseDays } from './evidence/days.js';
import { evidenceHtml } from './evidence/html.js';
import { keygen } from './evidence/keygen.js';
import { evidenceMarkdown } from './evidence/markdown.js';
import { produceEvidence } from './evidence/produce.js';
import { storedEvidence } from './evidence/stored.js';
import { verifyFile } from './evidence/verify-file.js';
import { MEMORY_OPTION } from './over-blocks.js';

const FORMATS = ['json', 'md', 'html'] as const;

export const evidenceCommand = defineCommand({
  name: 'evidence',
  summary: 'export, verify or produce signed evidence of what rules found',
  usage: '[verify FILE | keygen FILE | RULES…] [options]',
  positionals:
    'Without RULES it exports what the service has recorded. With RULES and --blocks it replays them, day by day, and signs what they find. "verify" checks an export; "keygen" makes a key.',
  options: {
    from: { type: 'string', value: 'DAY', help: 'the first day (UTC), 2026-11-20, or 7d ago' },
    to: { type: 'string', value: 'DAY', help: 'the last day, included; by default the last that is over' },
    state: {
      type: 'string',
      value: 'DIR',
      help: "the service's live.directory; by default $BETRACE_STATE or the XDG state directory",
    },
    ...BLOCKS_OPTIONS,
    rule: { type: 'string', value: 'ID', multiple: true, help: 'only this rule; may be repeated' },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: FORMATS,
      help: 'json (default), which can be verified; md, or html for a file to read and to print (to PDF by the browser)',
    },
    period: {
      type: 'string',
      value: 'PERIOD',
      choices: PERIODS,
      help: 'in md and html, what controls are summed up by: month (default) or quarter',
    },
    anchor: {
      type: 'string',
      value: 'URL',
      help: 'also send the head of the chain as a span by OTLP, to this address by gRPC, or by HTTP where it has a path: kept there, it shows later that the chain was not written anew',
    },
    key: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      help: 'verify: a public key to trust; may be repeated. With RULES: the private key to sign with',
    },
    ...MEMORY_OPTION,
    ...CACHE_OPTION,
  },
  examples: [
    { command: 'betrace evidence --from 2026-11-01 --to 2026-11-30 > november.json', what: 'for an auditor' },
    {
      command: 'betrace evidence verify november.json --key evidence.pem.pub',
      what: 'is it whole and unchanged?',
    },
    {
      command: 'betrace evidence --from 2026-10-01 --to 2026-12-31 --period quarter --format html > q4.html',
      what: 'by control, to read and to print',
    },
    {
      command: 'betrace evidence rules --blocks /var/tempo --from 7d --key evidence.pem --format md',
      what: 'for days before the service kept any',
    },
  ],
  notes: [
    'Evidence is not a certification: whether rules cover a control is for whoever assesses it to judge.',
    'Records of --rule stand in the chain of all; of the others only hashes are exported, so that it still can be verified.',
    'Exit code: 0 done, or verified; 1 verify has found something wrong; 2 wrong usage; 3 days or blocks are missing, or the head could not be sent.',
  ],
  async run(options, positionals, terminal) {
    const [word, ...rest] = positionals;
    if (word === 'keygen') return await keygen(onlyFile(word, rest), terminal);
    if (word === 'verify') return await verifyFile(onlyFile(word, rest), options.key ?? [], terminal);
    const { format = 'json', period = 'month' } = options;
    const endpoint = options.anchor === undefined ? undefined : parseUrl('--anchor', options.anchor);
    const days = parseDays(options.from, options.to, Date.now());
    const { evidence, partial } =
      positionals.length > 0
        ? await produceEvidence({ ...options, days, patterns: positionals }, terminal)
        : await storedEvidence({ ...options, days }, terminal);
    if (evidence === undefined) return 2;
    terminal.out(WRITERS[format](evidence, period));
    const anchored = endpoint === undefined || (await anchor(evidence, endpoint, terminal));
    return partial || !anchored ? 3 : 0;
  },
});

type Format = (typeof FORMATS)[number];

const WRITERS: Readonly<Record<Format, (evidence: EvidenceExport, period: Period) => string>> = {
  json: exportText,
  md: evidenceMarkdown,
  html: evidenceHtml,
};

async function anchor(evidence: EvidenceExport, endpoint: URL, terminal: Terminal): Promise<boolean> {
  // Loaded only where it is asked for, as gRPC is large.
  const { anchorHead } = await import('./evidence/anchor.js');
  return await anchorHead(evidence, endpoint, terminal);
}

function onlyFile(word: string, files: readonly string[]): string {
  const [file, ...others] = files;
  if (file !== undefined && others.length === 0) return file;
  throw new UsageError(`evidence ${word} takes one file.`);
}
