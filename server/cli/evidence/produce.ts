/** Evidence made by replay, for days on which the service kept none. A chain of its own that begins with the first day. */
import { type Link, nextLink } from '../../../engine/evidence/chain.js';
import { daysBetween } from '../../../engine/evidence/export.js';
import { signingKey } from '../../../engine/evidence/keys.js';
import {
  DAY_MS,
  dayOf,
  type EvidenceRecord,
  MOST_IDS,
  NOTHING_MISSING,
  rangeOfDay,
  ruleRecord,
  startOfDay,
} from '../../../engine/evidence/record.js';
import { printItem } from '../../../engine/language/print/print.js';
import { replay } from '../../../engine/replay/replay.js';
import { isPartial, type ReplayResult } from '../../../engine/replay/result.js';
import { undecidedCases } from '../../../engine/verdicts/judged-rule.js';
import { clauseRecords } from '../../evidence/clause-records.js';
import { loadSoundRules, selectInOrder } from '../../rules/runnable-rules.js';
import { plural } from '../../shared/numbers.js';
import type { Terminal } from '../../shared/terminal.js';
import { UsageError } from '../../shared/usage-error.js';
import { chooseTenant, openBlocks } from '../blocks-source.js';
import { overBlocks, parseMemory } from '../over-blocks.js';
import type { Days } from './days.js';
import { readKey } from './read-key.js';
import type { Made } from './stored.js';

export interface ProduceOptions {
  readonly patterns: readonly string[];
  readonly blocks?: string;
  readonly tenant?: string;
  readonly rule?: readonly string[];
  readonly key?: readonly string[];
  readonly memory?: string;
  readonly cache?: string;
  readonly days: Days;
}

export async function produceEvidence(options: ProduceOptions, terminal: Terminal): Promise<Made> {
  const [keyFile, ...others] = options.key ?? [];
  if (keyFile === undefined || others.length > 0)
    throw new UsageError(
      '--key FILE is needed, once: the private key to sign with; evidence keygen makes one.',
    );
  const key = await readKey(keyFile, signingKey);
  if (options.days.last >= dayOf(Date.now()))
    throw new UsageError(`--to: ${options.days.last} is not over, and its evidence would say too little.`);
  const memory = parseMemory(options.memory);
  const loaded = await loadSoundRules(options.patterns, terminal);
  if (loaded === undefined) return { partial: true };
  const rules = selectInOrder(loaded.rules, options.rule);
  const source = await openBlocks(options, terminal);
  const tenant = chooseTenant(source, options.tenant);
  const links: Link[] = [];
  let unread = 0;
  let empty = 0;
  let partial = false;
  const texts = new Map(rules.map(({ item }) => [item.id.text, printItem(item)]));
  for (const day of daysBetween(options.days)) {
    const start = startOfDay(day);
    const window = { fromNs: BigInt(start) * 1_000_000n, toNs: BigInt(start + DAY_MS) * 1_000_000n };
    const { result } = await overBlocks(
      {
        storage: source.storage,
        tenant,
        window,
        memory,
        cacheDirectory: options.cache,
      },
      terminal,
      async (traces) => await replay({ ...traces, rules, limit: MOST_IDS }),
    );
    unread += result.blocks.unread.length;
    if (result.spans === 0 || result.traces === 0) empty++;
    partial ||= isPartial(result);
    for (const record of recordsOf(day, result, texts, new Date().toISOString()))
      links.push(nextLink(links.at(-1), record, key));
  }
  if (unread > 0)
    terminal.err(`betrace evidence: ${plural(unread, 'block')} could not be read; the records say so\n`);
  if (empty > 0)
    terminal.err(`betrace evidence: there is nothing for ${plural(empty, 'day')}; the records say so\n`);
  return { evidence: { tenant: tenant.name, days: options.days, links }, partial: partial || empty > 0 };
}

function recordsOf(
  day: string,
  result: ReplayResult,
  texts: ReadonlyMap<string, string>,
  producedAt: string,
): readonly EvidenceRecord[] {
  const { tenant, blocks, traces } = result;
  const looked = { blocks: blocks.read, traces, spans: traces === 0 ? 0 : result.spans };
  const common = { tenant, day, part: 1, source: 'replay', producedAt } as const;
  const completeness = {
    ...NOTHING_MISSING,
    unreadBlocks: blocks.unread.map(({ blockId, code }) => ({ id: blockId ?? '', code })),
  };
  const late = { violated: 0, retracted: 0 };
  const records = result.rules.map((found) => {
    const { rule, passed, vacuous, violated, cannotTell, violations, problem } = found;
    const { severity, summary = null, evidence: controls } = rule.settings;
    const text = texts.get(rule.id) ?? '';
    return ruleRecord({
      ...common,
      rule: { id: rule.id, revision: rule.revision, severity, summary, text },
      controls,
      passed,
      vacuous,
      violated,
      cannotTell,
      undecided: undecidedCases(found),
      late,
      looked,
      clauses: clauseRecords(rule, found.clauses),
      violations: violations.slice(0, MOST_IDS).map(({ id }) => id),
      // Which of the traces it has not judged is not known: at most all.
      completeness: {
        ...completeness,
        unjudgedTraces: problem === undefined ? 0 : Math.max(1, result.traces),
      },
    });
  });
  records.sort((a, b) => (a.rule.id < b.rule.id ? -1 : 1));
  return [...records, { kind: 'day', version: 1, ...common, range: rangeOfDay(day), rules: records.length }];
}
