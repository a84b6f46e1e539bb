import { useMemo, useState } from 'preact/hooks';
import {
  type CaseRuleJson,
  isWindowRule,
  type RuleJson,
  type ViolationJson,
  type WindowRuleJson,
} from '../../../engine/answers/replay.js';
import { Differences } from './differences.js';
import { count, plural, share, time, value } from './format.js';
import { Chart } from './parts/chart.js';
import { Table } from './parts/table.js';
import { link } from './route.js';
import { sinceText } from './since-text.js';
import { unjudgedTexts } from './standing.js';

interface RuleResultProps {
  /** Its id. */
  readonly rule: string;
  readonly result: RuleJson;
  /** Ids of the violations that an earlier replay did not find; absent where there is none to compare with. */
  readonly added?: ReadonlySet<string> | undefined;
}

/** What a replay found of a rule: when, what differs, and its violations. */
export function RuleResult({ rule, result, added = NONE }: RuleResultProps) {
  const { histogram, since } = result;
  const chart = useMemo(
    () => ({
      times: histogram.map(({ start }) => Date.parse(start) / 1000),
      lines: [
        { label: 'violated', values: histogram.map(({ violated }) => violated) },
        { label: 'cannot tell', values: histogram.map(({ cannotTell }) => cannotTell) },
      ],
      marks: (since?.changes ?? []).map(({ at }) => Date.parse(at) / 1000),
    }),
    [histogram, since],
  );
  return (
    <>
      <h2>When</h2>
      <p>
        {plural(result.violated, 'violation')} in {plural(result.applicable, 'case')} (
        {share(result.violated, result.applicable)}): {sinceText(result)}.
        {(since?.changes ?? []).map(({ at, earliest, latest }) => (
          <span key={at}>
            {' '}
            Changed at {time(at)}, between {time(earliest)} and {time(latest)}.
          </span>
        ))}
      </p>
      {histogram.length === 0 ? null : <Chart title={`Violations of ${rule} over time`} {...chart} />}
      {histogram.length === 0 ? null : (
        <details>
          <summary>The same as a table</summary>
          <Table columns={['From', 'Applicable', 'Violated', 'Cannot tell']}>
            {histogram.map((bucket) => (
              <tr key={bucket.start}>
                <th scope="row">{time(bucket.start)}</th>
                <td>{count(bucket.applicable)}</td>
                <td>{count(bucket.violated)}</td>
                <td>{count(bucket.cannotTell)}</td>
              </tr>
            ))}
          </Table>
        </details>
      )}
      {result.differences == null ? null : <Differences found={result.differences} />}
      {isWindowRule(result) ? (
        <Windows result={result} added={added} />
      ) : (
        <Violations rule={rule} result={result} added={added} />
      )}
    </>
  );
}

const SHOWN_AT_ONCE = 50;
const NONE: ReadonlySet<string> = new Set();

interface ViolationsProps {
  readonly rule: string;
  readonly result: CaseRuleJson;
  readonly added: ReadonlySet<string>;
}

function Violations({ rule, result, added }: ViolationsProps) {
  const [wanted, setWanted] = useState('');
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  const matching = result.violations.filter(
    (violation) => wanted === '' || textOf(violation).includes(wanted.toLowerCase()),
  );
  const leftOut = result.violated - result.violations.length;
  return (
    <>
      <h2>Violations</h2>
      {result.violations.length === 0 ? null : (
        <label class="search">
          Filter by service, span, value or id{' '}
          <input type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </label>
      )}
      <p class="soft" role="status">
        {plural(matching.length, 'violation')} {wanted === '' ? 'listed' : 'match'}
        {leftOut > 0 ? `; ${count(leftOut)} more are counted and not listed` : ''}
      </p>
      <ol class="violations">
        {matching.slice(0, shown).map((violationJson) => (
          <ViolationRow
            key={violationJson.id}
            rule={rule}
            violation={violationJson}
            isNew={added.has(violationJson.id)}
          />
        ))}
      </ol>
      {matching.length > shown ? (
        <button type="button" onClick={() => setShown(shown + SHOWN_AT_ONCE)}>
          Show more
        </button>
      ) : null}
    </>
  );
}

/** Violations of a rule `over` windows. */
function Windows({
  result,
  added,
}: {
  readonly result: WindowRuleJson;
  readonly added: ReadonlySet<string>;
}) {
  const leftOut = result.violated - result.violations.length;
  return (
    <>
      <h2>Violations</h2>
      <p class="soft" role="status">
        {plural(result.violations.length, 'violation')} listed
        {leftOut > 0 ? `; ${count(leftOut)} more are counted and not listed` : ''}
        {unjudgedTexts(result).map((text) => `; ${text}`)}
      </p>
      <ol class="violations">
        {result.violations.map(({ id, window, labels, clauseText, value: compared, traces }) => (
          <li key={id}>
            {time(window.from)} to {time(window.to)} <NewBadge isNew={added.has(id)} />{' '}
            <code>{clauseText}</code>
            <dl>
              {labels.map((label) => (
                <div key={label.name}>
                  <dt>{label.name}</dt>
                  <dd>{value(label.value)}</dd>
                </div>
              ))}
              <div>
                <dt>value</dt>
                <dd>{compared ?? 'none'}</dd>
              </div>
              {traces.length === 0 ? null : (
                <div>
                  <dt>some traces</dt>
                  {traces.map((id) => (
                    <dd key={id}>
                      <a href={link.trace([id])}>{id.slice(0, 8)}</a>
                    </dd>
                  ))}
                </div>
              )}
            </dl>
          </li>
        ))}
      </ol>
    </>
  );
}

/** It was not there in the replay before. */
function NewBadge({ isNew }: { readonly isNew: boolean }) {
  return isNew ? <span class="mark">new</span> : null;
}

interface ViolationRowProps {
  readonly rule: string;
  readonly violation: ViolationJson;
  readonly isNew: boolean;
}

function ViolationRow({ rule, violation, isNew }: ViolationRowProps) {
  const { evidence, traceId, key, values } = violation;
  const traces = [...new Set([traceId, ...evidence.map((evidenceJson) => evidenceJson.traceId)])];
  const bound = evidence.filter((evidenceJson) => evidenceJson.bound !== null);
  return (
    <li>
      <a
        href={link.trace(
          traces,
          evidence.map(({ spanId }) => spanId),
          { rule, violation: violation.id },
        )}
      >
        {time(violation.time)}
      </a>{' '}
      <NewBadge isNew={isNew} />
      <span class="soft">{violation.rootService}</span> <code>{violation.clauseText}</code>
      <dl>
        {Object.entries({ ...(key ?? {}), ...values }).map(([name, given]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value(given)}</dd>
          </div>
        ))}
        {bound.map((evidenceJson) => (
          <div key={`${evidenceJson.bound} ${evidenceJson.spanId}`}>
            <dt>{evidenceJson.bound}</dt>
            <dd>
              {evidenceJson.name} <span class="soft">{evidenceJson.service}</span>
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function textOf({ id, traceId, rootService, evidence, values, key }: ViolationJson): string {
  const spans = evidence.flatMap((evidenceJson) => [
    evidenceJson.name,
    evidenceJson.service,
    ...Object.values(evidenceJson.values),
  ]);
  return [id, traceId, rootService, ...spans, ...Object.values(values), ...Object.values(key ?? {})]
    .map(String)
    .join(' ')
    .toLowerCase();
}
