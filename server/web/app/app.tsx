/** The pages: rules and their state, violations, traces, questions. Everything comes from one service. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { InfoJson } from '../../../engine/answers/info.js';
import { type RuleJson, rulesIn } from '../../../engine/answers/replay.js';
import type { RulesJson } from '../../../engine/answers/rule.js';
import { api, tenant } from './api.js';
import { EvidencePage } from './evidence.js';
import { followChanges } from './follow-changes.js';
import { Overview } from './overview.js';
import { QueryPage } from './query.js';
import { link, type Route, useRoute } from './route.js';
import { RulePage } from './rule.js';
import { TracePage } from './trace.js';
import { TryPage } from './try.js';
import { useAnswer } from './use-answer.js';

export function App() {
  const route = useRoute();
  const [turn, setTurn] = useState(0);
  const main = useRef<HTMLElement>(null);
  useEffect(() => followChanges(() => setTurn((n) => n + 1)), []);
  const info = useAnswer(() => api.info(), [turn]);
  const rules = useAnswer(async () => {
    const list = await api.rules();
    return { list, results: await lastResults(list) };
  }, [turn]);
  useEffect(() => {
    main.current?.querySelector('h1')?.focus();
  }, [route.page]);
  return (
    <>
      <header>
        <a class="name" href={link.overview()}>
          BeTrace
        </a>
        <nav aria-label="Pages">
          <a href={link.overview()} {...(route.page === 'overview' && { 'aria-current': 'page' })}>
            Rules
          </a>
          <a href={link.query()} {...(route.page === 'query' && { 'aria-current': 'page' })}>
            Query
          </a>
          <a href={link.tryRule()} {...(route.page === 'try' && { 'aria-current': 'page' })}>
            Try a rule
          </a>
          <a href={link.evidence()} {...(route.page === 'evidence' && { 'aria-current': 'page' })}>
            Evidence
          </a>
        </nav>
        <Tenants />
        <span class="soft">
          {info.value === undefined ? '' : `version ${info.value.version}, tenant ${info.value.tenant}`}
        </span>
      </header>
      <main ref={main}>
        {rules.error === undefined ? null : (
          <p class="bad" role="alert">
            The service cannot be asked: {rules.error}. What is shown may be old.
          </p>
        )}
        <Page route={route} rules={rules.value} info={info.value} onReplayed={() => setTurn((n) => n + 1)} />
      </main>
    </>
  );
}

/** Those that the reader may see, where there are several. */
function Tenants() {
  const names = [...document.querySelectorAll<HTMLMetaElement>('meta[name="betrace-tenants"]')].map(
    ({ content }) => content,
  );
  if (tenant === undefined) return null;
  return (
    <label>
      Tenant{' '}
      <select
        value={tenant}
        onChange={(event) =>
          location.assign(`/?${new URLSearchParams({ tenant: event.currentTarget.value })}`)
        }
      >
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

interface PageProps {
  readonly route: Route;
  readonly rules: { readonly list: RulesJson; readonly results: ReadonlyMap<string, RuleJson> } | undefined;
  readonly info: InfoJson | undefined;
  readonly onReplayed: () => void;
}

function Page({ route, rules, info, onReplayed }: PageProps) {
  switch (route.page) {
    case 'trace':
      return <TracePage key={route.ids.join()} ids={route.ids} marked={route.marked} rule={route.rule} />;
    case 'query':
      return info === undefined ? (
        <p>Asking the service …</p>
      ) : (
        <QueryPage key={route.q} q={route.q} stored={info.storage} />
      );
    case 'try':
      return info === undefined ? (
        <p>Asking the service …</p>
      ) : (
        <TryPage key={route.rule} rule={route.rule} stored={info.storage} />
      );
    case 'evidence':
      return <EvidencePage />;
    case 'rule': {
      if (rules === undefined) return <p>Asking the service …</p>;
      const rule = rules.list.rules.find(({ id }) => id === route.id);
      if (rule === undefined) return <p class="bad">There is no rule {route.id} in force.</p>;
      return <RulePage key={rule.id} rule={rule} result={rules.results.get(rule.id)} />;
    }
    case 'overview':
      return rules === undefined ? (
        <p>Asking the service …</p>
      ) : (
        <Overview list={rules.list} storage={info?.storage} results={rules.results} onReplayed={onReplayed} />
      );
  }
}

/** Results by replay: what is over does not change. */
const results = new Map<string, Promise<ReadonlyMap<string, RuleJson>>>();

/** What the last replay of each rule found, as far as its result is still kept. */
async function lastResults({ rules }: RulesJson): Promise<ReadonlyMap<string, RuleJson>> {
  const found = new Map<string, RuleJson>();
  for (const { id, lastReplay } of rules) {
    if (lastReplay === null) continue;
    const ofReplay = results.get(lastReplay.replay) ?? resultsOf(lastReplay.replay);
    results.set(lastReplay.replay, ofReplay);
    const result = (await ofReplay).get(id);
    if (result !== undefined) found.set(id, result);
  }
  for (const replay of results.keys())
    if (!rules.some(({ lastReplay }) => lastReplay?.replay === replay)) results.delete(replay);
  return found;
}

async function resultsOf(replay: string): Promise<ReadonlyMap<string, RuleJson>> {
  const result = await api.result(replay).catch(() => undefined);
  return new Map((result === undefined ? [] : rulesIn(result)).map((rule) => [rule.id, rule]));
}
