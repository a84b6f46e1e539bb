import { type RuleJson, rulesIn } from '../../engine/answers/replay.js';
import { count, plural, time } from '../../server/web/app/format.js';
import { Sparkline } from '../../server/web/app/parts/sparkline.js';
import { RuleResult } from '../../server/web/app/rule-result.js';
import { sinceText } from '../../server/web/app/since-text.js';
import { classOf, doubtsOf, standingOfResult } from '../../server/web/app/standing.js';
import type { ComparedData, ResultsData } from '../views/view-data.js';

/** What a replay found: each rule with its counts, and when it was violated, why and where. */
export function ResultsView({ data: { result, compared } }: { readonly data: ResultsData }) {
  const rules = rulesIn(result);
  const violated = rules.reduce((sum, rule) => sum + rule.violated, 0);
  const { from, to } = result.range;
  const [unread] = result.blocks.unread;
  return (
    <>
      <h1>{plural(violated, 'violation')}</h1>
      <p class="soft">
        {plural(rules.length, 'rule')} over {plural(result.traces, 'trace')}
        {from === null || to === null ? '' : `, ${time(from)} to ${time(to)}`}
      </p>
      {compared === undefined ? null : <p class="change">{compared.text}</p>}
      {result.partial ? (
        <p class="bad" role="status">
          Partial: {plural(result.blocks.unread.length, 'block')} could not be read
          {unread === undefined ? '' : ` (${unread.reason})`}.
        </p>
      ) : null}
      {rules.map((rule) => (
        <RuleCard
          key={rule.id}
          rule={rule}
          change={compared?.rules.find(({ id }) => id === rule.id)}
          isOpen={rules.length === 1}
        />
      ))}
    </>
  );
}

interface RuleCardProps {
  readonly rule: RuleJson;
  readonly change: ComparedData['rules'][number] | undefined;
  readonly isOpen: boolean;
}

function RuleCard({ rule, change, isOpen }: RuleCardProps) {
  const standing = standingOfResult(rule);
  const reasons = doubtsOf(rule);
  return (
    <section class="card" data-rule={rule.id} aria-label={rule.id}>
      <h2>
        {rule.id} <span class={`standing ${classOf(standing)}`}>{standing}</span>{' '}
        <span class="severity">{rule.severity}</span>
        {change?.change === undefined ? null : <span class="mark change">{change.change}</span>}
      </h2>
      {rule.summary === null ? null : <p>{rule.summary}</p>}
      <Counts rule={rule} />
      {reasons.length === 0 ? null : (
        <ul class="reasons">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {rule.applicable > 0 ? (
        <details open={isOpen}>
          <summary>
            <Sparkline result={rule} /> <span class="soft">{sinceText(rule)}</span>
          </summary>
          <RuleResult rule={rule.id} result={rule} added={new Set(change?.added)} />
        </details>
      ) : null}
      {change === undefined || change.gone.length === 0 ? null : <Gone gone={change.gone} />}
    </section>
  );
}

function Counts({ rule }: { readonly rule: RuleJson }) {
  const counts = [
    ['violated', rule.violated],
    ['passed', rule.passed],
    ['cannot tell', 'cannotTell' in rule ? rule.cannotTell : 0],
    ['undecided', 'undecided' in rule ? rule.undecided : 0],
    ['vacuous', rule.vacuous],
    ['cases', rule.applicable],
  ] as const;
  const always = new Set(['violated', 'passed', 'cases']);
  return (
    <dl class="amounts">
      {counts
        .filter(([name, amount]) => amount > 0 || always.has(name))
        .map(([name, amount]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{count(amount)}</dd>
          </div>
        ))}
    </dl>
  );
}

/** What was violated in the earlier replay only. */
function Gone({ gone }: { readonly gone: ComparedData['rules'][number]['gone'] }) {
  return (
    <details class="gone">
      <summary>{plural(gone.length, 'violation')} no longer found</summary>
      <ul>
        {gone.map((found) => (
          <li key={`${found.time} ${found.traces.join()} ${found.clause} ${found.where}`}>
            {time(found.time)} <code>{found.clause}</code> {found.where} {found.traces.join(', ')}
          </li>
        ))}
      </ul>
    </details>
  );
}
