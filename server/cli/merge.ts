import { readFile } from 'node:fs/promises';
import type { ReplayResult } from '../../engine/replay/result.js';
import { mergeShares, type NamedShare } from '../../engine/replay/shares/merge.js';
import { readShare } from '../../engine/replay/shares/share-file.js';
import type { JudgedRule } from '../../engine/verdicts/judged-rule.js';
import { systemErrorText } from '../shared/system-error.js';
import { parseCount } from '../shared/typed-values.js';
import { UsageError } from '../shared/usage-error.js';
import { version } from '../shared/version.js';
import { defineCommand } from './args/command.js';
import { FORMAT_NAMES, formatsHelp, limitsHelp, REPORT_FORMATS } from './replay/formats.js';
import { exitCodeOf, listedFor, reportResult } from './replay/report-result.js';

export const mergeCommand = defineCommand({
  name: 'merge',
  summary: 'put the shares of a replay together: the result of one run over everything',
  usage: 'FILES… [options]',
  positionals: 'the files that `betrace replay --shard` wrote, all of them, in any order',
  options: {
    format: { type: 'string', value: 'FORMAT', choices: FORMAT_NAMES, help: formatsHelp() },
    limit: { type: 'string', value: 'N', help: `violations listed for each rule: ${limitsHelp()}` },
  },
  examples: [
    { command: 'betrace merge 1.json 2.json 3.json 4.json', what: 'what one replay would have said' },
    { command: 'betrace merge shares/*.json --format html > report.html', what: 'a file to send' },
  ],
  notes: [
    'Shares of other rules, ranges, blocks or bounds, and a share that is missing, there twice or not whole, are refused: added up they would be a wrong result.',
    'A block that one share could not read is unread, and the result is partial, even where others could read it.',
    'Exit code: that of the one replay; see betrace replay --help. 2 if the shares are refused.',
  ],
  async run(options, files, terminal) {
    const { format = 'text' } = options;
    const limit =
      options.limit === undefined ? REPORT_FORMATS[format].limit : parseCount('--limit', options.limit, 0);
    if (files.length === 0) throw new UsageError('no share given: betrace merge FILES….');
    const merged = mergeShares(await sharesOf(files));
    if (merged.kind === 'refused') throw new UsageError(`${merged.code}: ${merged.message}.`);
    const { result, elapsedMs } = merged;
    const listed = listedFor(format, limit);
    if (
      listed > merged.limit &&
      result.rules.some(({ violated, violations }) => violated > violations.length)
    )
      throw new UsageError(
        `BT3013: the shares list ${merged.limit} violations of each rule, of which there are more: ask for --limit ${merged.limit} at most, in JSON or CSV, or make shares with --limit ${listed}.`,
      );
    const rules = result.rules.map((rule) => listing(rule, listed));
    const shown: ReplayResult = { ...result, rules };
    const limitGiven = options.limit !== undefined;
    await reportResult(shown, { format, limit, limitGiven, elapsedMs, command: 'merge' }, terminal);
    return exitCodeOf(shown);
  },
});

/** The same with at most so many violations. */
function listing(rule: JudgedRule, most: number): JudgedRule {
  switch (rule.kind) {
    case 'trace':
    case 'flow':
      return { ...rule, violations: rule.violations.slice(0, most) };
    case 'window':
      return { ...rule, violations: rule.violations.slice(0, most) };
  }
}

async function sharesOf(files: readonly string[]): Promise<readonly NamedShare[]> {
  const own = await version();
  const shares: NamedShare[] = [];
  for (const name of files) {
    const text = await readFile(name, 'utf8').catch((error: unknown) => {
      throw new UsageError(`BT3012: ${name} cannot be read: ${systemErrorText(error) ?? String(error)}.`);
    });
    const read = readShare(text, own);
    if (read.kind === 'refused') throw new UsageError(`BT3012: ${name} ${read.message}.`);
    shares.push({ name, share: read.share });
  }
  return shares;
}
