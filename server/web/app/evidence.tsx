/** What the evidence says that the service has kept: by control and period, and each rule day by day. */
import { useState } from 'preact/hooks';
import type { EvidenceJson, EvidenceRuleJson } from '../../../engine/answers/evidence.js';
import type { Period } from '../../../engine/evidence/controls.js';
import type { Finding } from '../../../engine/evidence/record.js';
import { api } from './api.js';
import { count, plural } from './format.js';
import { Table } from './parts/table.js';
import { link } from './route.js';
import { useAnswer } from './use-answer.js';

export function EvidencePage() {
  const [period, setPeriod] = useState<Period>('month');
  const { value, error } = useAnswer(() => api.evidence(period), [period]);
  return (
    <>
      <h1>Evidence</h1>
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      {value === undefined ? (
        error === undefined && <p>Asking the service …</p>
      ) : (
        <Kept evidence={value} period={period} onPeriod={setPeriod} />
      )}
    </>
  );
}

interface KeptProps {
  readonly evidence: EvidenceJson;
  readonly period: Period;
  readonly onPeriod: (period: Period) => void;
}

function Kept({
  evidence: { enabled, problem, first, last, head, controls, rules },
  period,
  onPeriod,
}: KeptProps) {
  if (!enabled)
    return (
      <p>
        This service keeps no evidence: <code>evidence.enabled</code> in its configuration does. For days past{' '}
        <code>betrace evidence RULES --blocks PLACE</code> makes it by replay.
      </p>
    );
  if (problem !== null) return <p class="bad">{problem}: the log says where.</p>;
  return (
    <>
      <p class="soft">
        {first} to {last}, days in UTC. It is evidence of what rules found in traces, not a certification. To
        hand it over: <code>betrace evidence --format html</code> to read and print, <code>json</code> to
        verify.
      </p>
      {head === null ? (
        <p>Nothing is recorded yet: a day is closed some time after its end.</p>
      ) : (
        <p class="ids">
          Head of the chain: <code>{head.hash}</code>, link {count(head.seq)}, signed with key{' '}
          <code>{head.key}</code>.
        </p>
      )}
      <fieldset class="filters">
        <legend class="hidden">Sum up by</legend>
        {(['month', 'quarter'] as const).map((offered) => (
          <button
            type="button"
            key={offered}
            aria-pressed={period === offered}
            onClick={() => onPeriod(offered)}
          >
            by {offered}
          </button>
        ))}
      </fieldset>
      {controls.length === 0 ? null : <Controls controls={controls} />}
      {rules.map((rule) => (
        <Rule key={`${rule.id} ${rule.revision}`} rule={rule} />
      ))}
    </>
  );
}

function Controls({ controls }: Pick<EvidenceJson, 'controls'>) {
  return (
    <Table columns={['Control', 'Period', 'Rules', 'Days', 'Traces', 'Spans', 'Cases', 'Violated']}>
      {controls.map((line) => (
        <tr key={`${line.control} ${line.period}`}>
          <th scope="row">{line.control}</th>
          <td>{line.period}</td>
          <td>
            {line.rules.map((id) => (
              <a key={id} class="finding" href={link.rule(id)}>
                {id}
              </a>
            ))}
          </td>
          <td>
            {line.days.map(({ finding, count: days }) => (
              <span key={finding} class={`finding ${classOf(finding)}`}>
                {count(days)} {finding}
              </span>
            ))}
          </td>
          <td>{count(line.traces)}</td>
          <td>{count(line.spans)}</td>
          <td>{count(line.applicable)}</td>
          <td>{count(line.violated)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Rule({ rule }: { readonly rule: EvidenceRuleJson }) {
  const { id, revision, severity, summary, text, controls, days, applicable, violated, violations } = rule;
  return (
    <section class="evidence">
      <h2>{id}</h2>
      <p>{summary}</p>
      <p class="soft">
        {severity}, revision {revision}, evidence for {controls.join(', ') || 'no control'};{' '}
        {plural(applicable, 'case')}, {count(violated)} violated
      </p>
      <ul class="days" aria-label="Days">
        {days.map(({ day, finding }) => (
          <li key={day} class={classOf(finding)} title={`${day}: ${finding}`}>
            <span class="hidden">
              {day}: {finding}
            </span>
          </li>
        ))}
      </ul>
      {text === null ? null : (
        <details>
          <summary>What was demanded</summary>
          <pre>{text}</pre>
        </details>
      )}
      {violations.length === 0 ? null : (
        <details>
          <summary>Violations by id</summary>
          <dl>
            {violations.map(({ day, ids }) => (
              <div key={day}>
                <dt>{day}</dt>
                <dd class="ids">{ids.join(' ')}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}

/** The colour of what a finding means: only what was kept is green. */
function classOf(finding: Finding): 'violated' | 'kept' | 'unsure' | 'nothing' {
  switch (finding) {
    case 'violated':
      return 'violated';
    case 'kept':
      return 'kept';
    case 'cannot tell':
    case 'vacuous':
    case 'kept in part':
    case 'undecided':
      return 'unsure';
    case 'never applied':
    case 'not judged':
    case 'no spans':
    case 'no block':
      return 'nothing';
  }
}
