import type { RuleJson } from '../../../engine/answers/replay.js';
import type { RuleInForceJson } from '../../../engine/answers/rule.js';
import { link } from './route.js';
import { RuleResult } from './rule-result.js';
import { classOf, reasonsOf, standingOf } from './standing.js';

interface RulePageProps {
  readonly rule: RuleInForceJson;
  readonly result: RuleJson | undefined;
}

export function RulePage({ rule, result }: RulePageProps) {
  const { settings } = rule;
  const standing = standingOf(rule, result);
  const reasons = reasonsOf(rule, result);
  return (
    <>
      <h1>
        {rule.id} <span class={`standing ${classOf(standing)}`}>{standing}</span>
      </h1>
      <p class="lead">{settings.summary}</p>
      {settings.description === null ? null : <p>{settings.description}</p>}
      <p class="soft">
        {settings.severity}
        {settings.owner === null ? '' : `, owned by ${settings.owner}`}
        {rule.path === null ? '' : `, ${rule.path}:${rule.line}`}
      </p>
      {reasons.length === 0 ? null : (
        <ul class="reasons">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <pre>{rule.text}</pre>
      <p>
        <a href={link.tryRule(rule.id)}>Change it, and see what that would find</a>
      </p>
      {result === undefined ? (
        <p>Replay it, on the first page, to see when and where it was violated.</p>
      ) : (
        <RuleResult rule={rule.id} result={result} />
      )}
    </>
  );
}
