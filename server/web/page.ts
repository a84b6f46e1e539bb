/** The page at `/plain`: what runs here, for a browser without scripts. */

import { createHash } from 'node:crypto';
import type { LiveRuleJson } from '../../engine/answers/rule.js';
import type { BlockList } from '../../engine/blocks/listing/block-list.js';
import { formatRfc3339 } from '../../engine/blocks/meta-time.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import type { Severity } from '../../engine/language/words/settings.js';
import { unmatchedText } from '../../engine/plan/vacuity/texts.js';
import { storedBlocks } from '../questions/stored-blocks.js';
import type { LastReplay } from '../replays/last-replays.js';
import { type PlannedRule, planOf } from '../rules/rule-plan.js';
import { type RuleState, shownPath } from '../rules/rule-store.js';
import { formatBytes, formatCount, plural } from '../shared/numbers.js';
import { earlyText } from './app/early.js';
import { ELSEWHERE } from './app/elsewhere.js';
import { type Html, html } from './html.js';
import { STYLE } from './style.js';

export interface PageFacts {
  readonly version: string;
  readonly tenant: string;
  /** Those to choose from; none without multitenancy. */
  readonly tenants: readonly string[];
  readonly multitenancy: boolean;
  /** Undefined where the storage cannot be listed. */
  readonly blocks: BlockList | undefined;
  readonly problem: string | undefined;
  readonly rules: RuleState;
  lastReplay(rule: ResolvedRule): LastReplay | undefined;
  /** Whether spans are received. */
  readonly live: boolean;
  liveRule(id: string): LiveRuleJson | undefined;
  readonly nowMs: number;
  /** The address of the page as the browser has it, without a slash at the end. */
  readonly address: string;
}

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing runs, and nothing is loaded: the page is its own text and style. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

export function page(facts: PageFacts): string {
  const style = html`<style>`.text + STYLE + html`</style>`.text;
  const head = `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>BeTrace</title>\n${style}\n</head>\n`;
  return `${head}${body(facts).text}</html>\n`;
}

function body(facts: PageFacts): Html {
  const { version, tenant, rules } = facts;
  return html`<body>
<header><h1>BeTrace</h1><span class="soft">version ${version}, tenant <strong>${tenant}</strong></span></header>
${tenantLinks(facts)}
${facts.problem === undefined ? undefined : html`<p class="bad">The storage cannot be read: ${facts.problem}</p>`}
<h2>Stored traces</h2>
${blocksText(facts)}
<h2>Rules</h2>
${filesText(rules)}
${rules.rules.length === 0 ? html`<p>No rules are in force. Name them on the command line, <code>betrace serve RULES…</code>, or under <code>rules</code> in the configuration.</p>` : rulesTable(facts)}
<h2>Ask</h2>
<p>In Grafana, add a data source of type Tempo with the address of this page: TraceQL and rules work in Explore.</p>
<p>A replay of all rules over everything that is stored:</p>
<pre>${replayCommand(facts)}</pre>
<nav><a href="/betrace/v1/openapi.json">OpenAPI</a><a href="/betrace/v1/rules">rules</a><a href="/betrace/v1/replays">replays</a><a href="/betrace/v1/info">info</a><a href="/metrics">metrics</a><a href="/-/ready">ready</a></nav>
</body>
`;
}

function replayCommand({ multitenancy, tenant, address }: PageFacts): string {
  const header = multitenancy ? ` -H "X-Scope-OrgID: ${tenant}"` : '';
  return `curl -X POST -H 'Content-Type: application/json'${header} -d '{}' ${address}/betrace/v1/replays`;
}

function tenantLinks({ tenants, tenant, multitenancy }: PageFacts): Html | undefined {
  if (!multitenancy) return undefined;
  if (tenants.length === 0) return html`<p class="soft">No tenant is stored yet.</p>`;
  const links = tenants.map((name) =>
    name === tenant
      ? html`<strong>${name}</strong> `
      : html`<a href="/plain?tenant=${encodeURIComponent(name)}">${name}</a> `,
  );
  return html`<nav>Tenants: ${links}</nav>`;
}

function blocksText({ blocks }: PageFacts): Html {
  if (blocks === undefined) return html`<p class="soft">Nothing is known of the blocks.</p>`;
  const { unread } = blocks;
  const stored = storedBlocks(blocks);
  if (stored.blocks + stored.unread === 0) return html`<p>No blocks are stored for this tenant yet.</p>`;
  const { startNs, endNs } = stored;
  const range =
    startNs === undefined || endNs === undefined ? '' : `, from ${timeText(startNs)} to ${timeText(endNs)}`;
  return html`<p>${plural(stored.blocks, 'block')}, ${formatBytes(stored.bytes)}${range}</p>
${unread.slice(0, 5).map((blockProblem) => html`<p class="bad">${blockProblem.code}: block ${blockProblem.blockId ?? ''} cannot be read: ${blockProblem.message}</p>\n`)}
${unread.length > 5 ? html`<p class="bad">and ${unread.length - 5} more</p>` : undefined}`;
}

function filesText({ files, problem }: RuleState): Html {
  const faulty = files.filter(({ state }) => state !== 'current');
  return html`${problem === undefined ? undefined : html`<p class="bad">The files cannot be read: ${problem}</p>\n`}${faulty.map(
    ({ path, state, diagnostics }) => {
      const first = diagnostics.find(({ severity }) => severity === 'error');
      const effect =
        state === 'stale' ? 'its last version without errors is in force' : 'its sound rules are in force';
      return html`<p class="bad">${shownPath(path)} has errors, ${effect}: ${first?.code ?? ''} ${first?.message ?? ''}</p>\n`;
    },
  )}`;
}

function rulesTable(facts: PageFacts): Html {
  return html`<div class="scroll"><table>
<thead><tr><th>Rule</th><th>Severity</th><th>Verdict</th><th>State</th><th class="number">Violated</th><th class="number">Applied</th><th>Last replay</th>${facts.live ? html`<th class="number">Live: violated</th><th class="number">applied</th>` : undefined}</tr></thead>
${facts.rules.rules.map((rule) => ruleRows(rule, facts))}</table></div>`;
}

/** A row of figures, and below it, as wide as the table, the reasons for those that are not green. */
function ruleRows(rule: ResolvedRule, { rules, lastReplay, live, liveRule, nowMs }: PageFacts): Html {
  const { settings, path } = rule;
  const planned = planOf(rule);
  const { id } = planned.plan;
  const stale = rules.files.some((file) => file.path === path && file.state === 'stale');
  const last = lastReplay(rule);
  const now = live ? liveRule(id) : undefined;
  const notes = [
    ...notesOf('Last replay', replayNotes(last)),
    ...notesOf('Live', live ? liveNotes(now) : []),
  ];
  const columns = live ? 9 : 7;
  return html`<tbody><tr><td class="name"><a href="/betrace/v1/rules/${encodeURIComponent(id)}">${id}</a><small>${settings.summary}</small></td><td class="${SEVERITY_CLASSES[settings.severity]}">${settings.severity}</td><td>${verdictText(planned)}</td><td>${stateText(settings.enabled, stale)}</td>${counts(last)}<td class="when">${last === undefined ? html`<span class="soft">not replayed</span>` : ago(nowMs - last.ended)}</td>${live ? liveCounts(now) : undefined}</tr>
${notes.length === 0 ? undefined : html`<tr class="notes"><td colspan="${columns}"><ul>${notes}</ul></td></tr>\n`}</tbody>
`;
}

function verdictText(planned: PlannedRule): string {
  switch (planned.kind) {
    case 'flow':
      return 'by replay';
    case 'trace': {
      const { kind } = planned.plan.decidable;
      return kind === 'now' ? 'at once' : `at ${kind}`;
    }
    case 'window':
      return 'by window';
  }
}

const SEVERITY_CLASSES: Readonly<Record<Severity, 'bad' | 'warn' | 'soft'>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'soft',
  info: 'soft',
};

function stateText(enabled: boolean, stale: boolean): Html {
  if (!enabled) return html`<span class="soft">disabled</span>`;
  return stale ? html`<span class="warn">earlier version</span>` : html`<span class="good">in force</span>`;
}

function counts(last: LastReplay | undefined): Html {
  if (last === undefined) return html`<td class="number soft">–</td><td class="number soft">–</td>`;
  const { violated, applicable, partial } = last;
  return html`<td class="number ${violated > 0 ? 'bad' : ''}">${formatCount(violated)}</td><td class="number">${applicable === 0 ? html`<span class="warn">never</span>` : formatCount(applicable)}${doubtful(last.vacuous, last)}${partial ? html`<small class="warn">partial</small>` : undefined}</td>`;
}

function liveCounts(rule: LiveRuleJson | undefined): Html {
  if (rule === undefined) return html`<td class="soft" colspan="2">not judged live</td>`;
  const { violated, retracted, applicable, tooLarge, whileStopped, unseen, undecided, elsewhere, stopped } =
    rule;
  const unjudged = tooLarge + whileStopped + unseen;
  return html`<td class="number ${violated > 0 ? 'bad' : ''}">${formatCount(violated)}${retracted > 0 ? html`<small class="soft">${formatCount(retracted)} retracted</small>` : undefined}</td><td class="number">${formatCount(applicable)}${doubtful(rule.vacuousToday, rule)}${undecided > 0 ? html`<small class="soft">${formatCount(undecided)} undecided</small>` : undefined}${unjudged > 0 ? html`<small class="bad">${formatCount(unjudged)} not judged</small>` : undefined}${elsewhere ? html`<small class="soft">elsewhere</small>` : undefined}${stopped === null ? undefined : html`<small class="bad">stopped</small>`}</td>`;
}

/** What is not green although nothing is violated; the reasons are among the notes. */
function doubtful(
  vacuous: number,
  { cannotTell, vacuousClauses }: { readonly cannotTell: number; readonly vacuousClauses: readonly string[] },
): readonly Html[] {
  const words = [
    ...(cannotTell > 0 ? [`${formatCount(cannotTell)} cannot tell`] : []),
    ...(vacuous > 0 ? [`${formatCount(vacuous)} vacuous`] : []),
    ...(vacuous === 0 && vacuousClauses.length > 0 ? ['in part vacuous'] : []),
  ];
  return words.map((word) => html`<small class="warn">${word}</small>`);
}

interface Note {
  readonly tone: 'bad' | 'warn' | 'soft';
  readonly text: string;
}

function replayNotes(last: LastReplay | undefined): readonly Note[] {
  if (last === undefined) return [];
  const { problem, cannotTellWhy, vacuousClauses, unmatched } = last;
  return [
    ...(problem === undefined
      ? []
      : [{ tone: 'bad', text: `not judged to the end: ${problem.message}` } as const]),
    ...reasons(cannotTellWhy, vacuousClauses, unmatched),
  ];
}

function liveNotes(rule: LiveRuleJson | undefined): readonly Note[] {
  if (rule === undefined) return [];
  const {
    stopped,
    tooLarge,
    whileStopped,
    unseen,
    elsewhere,
    cannotTellWhy,
    vacuousClauses,
    unmatchedToday,
    early,
  } = rule;
  return [
    ...(early === null
      ? []
      : [{ tone: early.waits === null ? 'soft' : 'warn', text: earlyText(early) } as const]),
    ...(elsewhere ? [{ tone: 'soft', text: ELSEWHERE } as const] : []),
    ...(stopped === null ? [] : [{ tone: 'bad', text: `stopped: ${stopped}` } as const]),
    ...(tooLarge === 0
      ? []
      : [{ tone: 'bad', text: `${plural(tooLarge, 'trace')} too large for the rule` } as const]),
    ...(whileStopped === 0
      ? []
      : [{ tone: 'bad', text: `${plural(whileStopped, 'trace')} came while it was stopped` } as const]),
    ...(unseen === 0
      ? []
      : [
          {
            tone: 'bad',
            text: `${plural(unseen, 'case')} not judged: spans were let go of, or came before the rule was there`,
          } as const,
        ]),
    ...reasons(cannotTellWhy, vacuousClauses, unmatchedToday),
  ];
}

function reasons(
  cannotTell: readonly string[],
  vacuous: readonly string[],
  unmatched: readonly string[],
): readonly Note[] {
  return [
    ...[...cannotTell, ...vacuous].map((text) => ({ tone: 'warn', text }) as const),
    // Of what is forbidden that is as it should be, unless the name is misspelt.
    ...(unmatched.length === 0 ? [] : [{ tone: 'soft', text: unmatchedText(unmatched) } as const]),
  ];
}

function notesOf(where: string, notes: readonly Note[]): readonly Html[] {
  return notes.map(({ tone, text }) => html`<li class="${tone}"><b>${where}:</b> ${text}</li>`);
}

function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${plural(Math.floor(hours / 24), 'day')} ago`;
}

function timeText(ns: bigint): string {
  return formatRfc3339((ns / 1_000_000_000n) * 1_000_000_000n);
}
