import type { ConditionJson, DifferencesJson, ShareJson } from '../../../engine/answers/differences.js';
import { plural, share, time } from './format.js';

/** What is different about the cases that violate a rule: the cause first, what only goes along with it under it. */
export function Differences({
  found: { findings, fields, fieldsLeftOut, violated, passed, isSample },
}: {
  readonly found: DifferencesJson;
}) {
  return (
    <>
      <h2>What differs</h2>
      {findings.length === 0 ? <p>Nothing that chance could not have done.</p> : null}
      <ol class="differences">
        {findings.map(({ conditions, violatedCases, passedCases, lift, firstSeen, echoes }) => (
          <li key={conditions.map(conditionText).join()}>
            <b>{conditions.map(conditionText).join(' and ')}</b>
            <Bars violated={violatedCases} passed={passedCases} lift={lift} />
            {firstSeen === null ? null : <p class="soft">First seen {time(firstSeen)}.</p>}
            {echoes.length === 0 ? null : (
              <p class="soft">
                Goes along with it:{' '}
                {echoes
                  .map(
                    (echo) =>
                      `${conditionText(echo.condition)} (${percent(echo.violatedCases)} of violations, ${percent(echo.passedCases)} of what passed)`,
                  )
                  .join(', ')}
              </p>
            )}
          </li>
        ))}
      </ol>
      <p class="soft">
        {plural(fields, 'field')} compared{fieldsLeftOut > 0 ? `, ${fieldsLeftOut} more were not` : ''}
        {isSample
          ? `, by a sample of ${plural(violated, 'violation')} and ${plural(passed, 'passed case')}`
          : ''}
        .
      </p>
    </>
  );
}

interface BarsProps {
  readonly violated: ShareJson;
  readonly passed: ShareJson;
  readonly lift: number | null;
}

function Bars({ violated, passed, lift }: BarsProps) {
  return (
    <div class="bars">
      {(
        [
          ['of violations', violated],
          ['of what passed', passed],
        ] as const
      ).map(([what, shareJson]) => (
        <div key={what}>
          <meter
            min={0}
            max={1}
            value={shareJson.all === 0 ? 0 : shareJson.meeting / shareJson.all}
            aria-label={`${percent(shareJson)} ${what}`}
          />
          <span>
            {percent(shareJson)} {what}
          </span>
        </div>
      ))}
      {lift === null ? null : <span class="soft">{Number(lift.toPrecision(2))} times as often</span>}
    </div>
  );
}

function percent({ meeting, all }: ShareJson): string {
  return share(meeting, all);
}

function conditionText({ span, of, field, operator, value }: ConditionJson): string {
  const where = span === 'root' ? 'root.' : span === 'bound' ? `${of}.` : '';
  return value === null ? `${where}${field} is missing` : `${where}${field} ${operator} ${value}`;
}
