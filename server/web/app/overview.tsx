import { useState } from 'preact/hooks';
import type { InfoJson } from '../../../engine/answers/info.js';
import type { RuleJson } from '../../../engine/answers/replay.js';
import type { RuleInForceJson, RulesJson } from '../../../engine/answers/rule.js';
import { count, megabytes, plural, time } from './format.js';
import { Sparkline } from './parts/sparkline.js';
import { ReplayPanel } from './replay-panel.js';
import { link } from './route.js';
import { sinceText } from './since-text.js';
import { classOf, reasonsOf, STANDINGS, type Standing, standingOf } from './standing.js';

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

interface OverviewProps {
  readonly list: RulesJson;
  readonly storage: InfoJson['storage'] | undefined;
  readonly results: ReadonlyMap<string, RuleJson>;
  readonly onReplayed: () => void;
}

export function Overview({ list, storage, results, onReplayed }: OverviewProps) {
  const [only, setOnly] = useState<Standing | null>(null);
  const rows = list.rules
    .map((rule) => ({ rule, result: results.get(rule.id), standing: standingOf(rule, results.get(rule.id)) }))
    .sort(
      (a, b) =>
        STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) ||
        SEVERITIES.indexOf(a.rule.settings.severity) - SEVERITIES.indexOf(b.rule.settings.severity) ||
        a.rule.id.localeCompare(b.rule.id),
    );
  const faulty = list.files.filter(({ state }) => state !== 'current');
  return (
    <>
      <h1>Rules</h1>
      {storage === undefined ? null : <Stored storage={storage} />}
      {list.problem === null ? null : <p class="bad">The files cannot be read: {list.problem}</p>}
      {faulty.map(({ path, state, diagnostics }) => (
        <p class="bad" key={path}>
          {path} has errors,{' '}
          {state === 'stale' ? 'its last version without errors is in force' : 'its sound rules are in force'}
          : {diagnostics.find(({ severity }) => severity === 'error')?.message}
        </p>
      ))}
      <ReplayPanel onReplayed={onReplayed} />
      <fieldset class="filters">
        <legend class="hidden">Show rules that are</legend>
        {STANDINGS.map((standing) => {
          const amount = rows.filter((row) => row.standing === standing).length;
          return amount === 0 ? null : (
            <button
              type="button"
              key={standing}
              class={`standing ${classOf(standing)}`}
              aria-pressed={only === standing}
              onClick={() => setOnly(only === standing ? null : standing)}
            >
              {amount} {standing}
            </button>
          );
        })}
      </fieldset>
      {list.rules.length === 0 ? (
        <p>
          No rules are in force. Name them on the command line, <code>betrace serve RULES…</code>, or under{' '}
          <code>rules</code> in the configuration.
        </p>
      ) : (
        <ul class="rules">
          {rows
            .filter(({ standing }) => only === null || standing === only)
            .map(({ rule, result, standing }) => (
              <RuleRow key={rule.id} rule={rule} result={result} standing={standing} />
            ))}
        </ul>
      )}
    </>
  );
}

function Stored({
  storage: { problem, blocks, unread, bytes, from, to },
}: {
  readonly storage: InfoJson['storage'];
}) {
  if (problem !== null) return <p class="bad">The storage cannot be read: {problem}</p>;
  return (
    <p class="soft">
      {blocks + unread === 0
        ? 'No blocks are stored for this tenant yet.'
        : `${plural(blocks, 'block')} of traces, ${megabytes(bytes)}${from === null || to === null ? '' : `, from ${time(from)} to ${time(to)}`}`}
      {unread > 0 ? <span class="bad"> {plural(unread, 'block')} cannot be read.</span> : null}
    </p>
  );
}

interface RuleRowProps {
  readonly rule: RuleInForceJson;
  readonly result: RuleJson | undefined;
  readonly standing: Standing;
}

function RuleRow({ rule, result, standing }: RuleRowProps) {
  const { lastReplay: last, live } = rule;
  const reasons = reasonsOf(rule, result);
  return (
    <li>
      <div class="what">
        <a href={link.rule(rule.id)}>{rule.id}</a>{' '}
        <span class={`standing ${classOf(standing)}`}>{standing}</span>{' '}
        <span class={`severity ${rule.settings.severity}`}>{rule.settings.severity}</span>
        <p class="soft">{rule.settings.summary}</p>
      </div>
      <div class="trend">
        {result === undefined ? null : (
          <>
            <Sparkline result={result} />
            <small class="soft">{sinceText(result)}</small>
          </>
        )}
      </div>
      <div class="counts">
        {last === null ? (
          <span class="soft">not replayed</span>
        ) : (
          <span title={`Last replay, ended ${time(last.ended)}`}>
            <b>{count(last.violated)}</b> of {count(last.applicable)}
          </span>
        )}
        {live === null ? null : (
          <small class="soft">
            live: <b>{count(live.violated)}</b> of {count(live.applicable)}
          </small>
        )}
      </div>
      {reasons.length === 0 ? null : (
        <ul class="reasons">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </li>
  );
}
