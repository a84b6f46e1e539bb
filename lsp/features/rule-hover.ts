import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import type { TraceCatalogue } from '../catalogue/catalogue.js';
import { percent } from '../docs/attribute-docs.js';
import { plain } from '../docs/markdown.js';
import type { KnownResults } from '../results/known-results.js';
import { ruleMeaning } from '../results/meaning.js';
import type { Analysis } from '../workspace/analysis.js';
import { costOf } from './cost.js';
import { minuteText } from './lenses.js';

/** What is known of rules apart from their text. */
export interface RuleFacts {
  readonly catalogue: TraceCatalogue;
  readonly results: KnownResults;
  /** What the compiler says: when a verdict is final, for people. Absent where there is no compiler. */
  readonly ruleClass?: ((rule: ResolvedRule) => string) | undefined;
}

/** What a rule demands, when it is decided, what it costs, and what its last replay found. */
export function ruleMarkdown(id: string, analysis: Analysis, facts: RuleFacts): string | undefined {
  const named = analysis.ruleNamed(id);
  if (named === undefined) return undefined;
  const meaning = ruleMeaning(analysis, named.path, named.item);
  const rule = analysis.soundRule(id);
  const last = lastReplayText(id, meaning, facts);
  const parts = [
    ...(rule === undefined ? [`**${plain(id)}** · has errors, so it cannot be replayed`] : headOf(rule)),
    ...(rule === undefined ? [] : factsOf(rule, meaning, facts)),
    ...(last === undefined ? [] : [last]),
  ];
  return parts.join('\n\n');
}

function headOf({ item, settings }: ResolvedRule): readonly string[] {
  const { severity, summary, description, owner } = settings;
  return [
    `**${plain(item.id.text)}** · ${severity}${owner === undefined ? '' : ` · ${plain(owner)}`}`,
    ...(summary === undefined ? [] : [plain(summary)]),
    ...(description === undefined ? [] : [plain(description)]),
  ];
}

function factsOf(
  rule: ResolvedRule,
  meaning: string,
  { catalogue, results, ruleClass }: RuleFacts,
): readonly string[] {
  const asked = results.classOf(rule.item.id.text);
  const decided = ruleClass?.(rule) ?? (asked?.meaning === meaning ? asked.found : undefined);
  return [
    ...(decided === undefined ? [] : [`**Decided** ${plain(decided)}`]),
    ...(catalogue.spans === 0 ? [] : [costText(rule, catalogue)]),
  ];
}

function costText(rule: ResolvedRule, catalogue: TraceCatalogue): string {
  const { attributes, filters, spans } = costOf(rule, catalogue);
  const read =
    attributes === 0 ? 'no attribute' : attributes === 1 ? '1 attribute' : `${attributes} attributes`;
  const left = `at most ${count(spans)} of ${count(catalogue.spans)} spans (${percent(spans / catalogue.spans)})`;
  return `**Cost** reads ${read}; ${filters === 1 ? 'its filter leaves' : `its ${filters} filters leave`} ${left}`;
}

function lastReplayText(id: string, meaning: string, { results }: RuleFacts): string | undefined {
  const known = results.replayOf(id);
  if (known === undefined) return undefined;
  const { ended, from, to, applicable, passed, violated, cannotTell, first, partial } = known.found;
  const { vacuous = 0, vacuousClauses = [] } = known.found;
  const window = from === null || to === null ? '' : ` over ${minuteText(from)} to ${minuteText(to)}`;
  const lines = [
    `**Last replay** ${minuteText(ended)} UTC${window}${partial ? ', partial' : ''}${known.meaning === meaning ? '' : ', edited since'}:`,
    `- ${count(violated)} violated${first === null ? '' : `, the first at ${minuteText(first)}`}`,
    `- ${count(passed)} passed`,
    ...(cannotTell > 0 ? [`- ${count(cannotTell)} cannot be determined`] : []),
    ...(vacuous > 0 ? [`- ${count(vacuous)} vacuous`] : []),
    applicable === 0 ? '- it never applied: that is no pass' : `- of ${count(applicable)} cases`,
    ...vacuousClauses.map((why) => `- ${plain(why)}`),
  ];
  return lines.join('\n');
}

function count(amount: number): string {
  return amount.toLocaleString('en-US');
}
