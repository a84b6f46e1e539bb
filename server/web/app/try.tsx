/** A rule is written, or changed, and tried over what was stored last, while it is written. Nothing that is in force changes. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { QueryHelpJson } from '../../../engine/answers/language.js';
import { type ReplayJson, type RuleJson, rulesIn } from '../../../engine/answers/replay.js';
import type { ReplayJobJson } from '../../../engine/answers/replay-job.js';
import type { RuleDraftJson } from '../../../engine/answers/rule.js';
import { messageOf } from '../../../engine/shared/message-of.js';
import { api, type TimeRange } from './api.js';
import { RuleEditor } from './editor.js';
import { plural, share, time } from './format.js';
import { RuleResult } from './rule-result.js';
import { doubtsOf } from './standing.js';
import { useAnswer } from './use-answer.js';

/** Violations listed for each rule; the counts are always complete. */
const LISTED = 100;

const HOURS = [1, 6, 24, 7 * 24] as const;

const BLANK: RuleDraftJson = {
  path: 'trial.betrace',
  text: 'rule my-rule {\n  when  { name = "" } as c\n  never c.duration > 1s\n}\n',
};

interface TryPageProps {
  /** The rule in force to begin with. */
  readonly rule: string | null;
  /** Of what is stored. */
  readonly stored: TimeRange;
}

export function TryPage({ rule, stored }: TryPageProps) {
  const { value, error } = useAnswer(async () => (rule === null ? BLANK : await api.draft(rule)), [rule]);
  return (
    <>
      <h1>{rule === null ? 'Try a rule' : `Change ${rule}`}</h1>
      <p class="soft">
        What is written here is run over stored traces and changes nothing that is in force: for that, put it
        into the files of rules.
      </p>
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      {value === undefined ? null : <Trial draft={value} stored={stored} />}
    </>
  );
}

/** `before` is what was found the time before, over the same range. */
interface Tried {
  readonly range: string;
  readonly result: ReplayJson;
  readonly before: ReplayJson | undefined;
}

function Trial({ draft, stored }: { readonly draft: RuleDraftJson; readonly stored: TimeRange }) {
  const [text, setText] = useState(draft.text);
  const [hours, setHours] = useState<number | null>(HOURS[1]);
  const [whileWriting, setWhileWriting] = useState(true);
  /** The last text without errors. */
  const [sound, setSound] = useState<string>();
  const [tried, setTried] = useState<Tried>();
  const { job, error, start } = useTrial((result, range) =>
    setTried((last) => ({ result, range, before: last?.range === range ? last.result : undefined })),
  );
  const range = lastHours(stored, hours);
  const run = (): void => start({ ...draft, text }, range);
  useEffect(() => {
    if (whileWriting && sound !== undefined) start({ ...draft, text: sound }, range);
  }, [sound, whileWriting, hours]);
  const checked = (written: string, { found }: QueryHelpJson): void => {
    if (found.error === 0) setSound(written);
  };
  const runs = job?.status === 'running' || job?.status === 'waiting';
  return (
    <>
      <RuleEditor draft={{ ...draft, text }} onText={setText} onChecked={checked} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <label>
          Over{' '}
          <select
            value={hours ?? ''}
            onChange={({ currentTarget: { value } }) => setHours(value === '' ? null : Number(value))}
          >
            {HOURS.map((amount) => (
              <option key={amount} value={amount}>
                the last {amount % 24 === 0 ? plural(amount / 24, 'day') : plural(amount, 'hour')} of what is
                stored
              </option>
            ))}
            <option value="">all that is stored</option>
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={whileWriting}
            onChange={({ currentTarget: { checked: on } }) => setWhileWriting(on)}
          />{' '}
          while I write
        </label>
        <button type="submit" class="main">
          Try
        </button>
        {runs ? <progress value={job.progress.fraction} aria-label="Trial" /> : null}
      </form>
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      {tried === undefined ? null : <Results {...tried} />}
    </>
  );
}

function Results({ result, before }: Tried) {
  const { from, to } = result.range;
  const rules = rulesIn(result);
  return (
    <>
      <p class="soft" role="status">
        {plural(result.traces, 'trace')} looked at
        {from === null || to === null ? '' : `, from ${time(from)} to ${time(to)}`}
        {result.partial ? '; not all blocks could be read' : ''}
      </p>
      {rules.map((rule) => (
        <section key={rule.id} aria-label={rule.id}>
          <h2>
            {rule.id}: {plural(rule.violated, 'violation')} in {plural(rule.applicable, 'case')} (
            {share(rule.violated, rule.applicable)}){difference(rule, before)}
          </h2>
          <ul class="reasons">
            {doubtsOf(rule).map((doubt) => (
              <li key={doubt}>{doubt}</li>
            ))}
          </ul>
          <RuleResult rule={rule.id} result={rule} />
        </section>
      ))}
    </>
  );
}

function difference({ id, violated }: RuleJson, before: ReplayJson | undefined): string {
  const last = before === undefined ? undefined : rulesIn(before).find((rule) => rule.id === id);
  if (last === undefined) return '';
  const more = violated - last.violated;
  if (more === 0) return ', as many as before';
  return `, ${Math.abs(more)} ${more > 0 ? 'more' : 'fewer'} than before`;
}

/** So many hours up to the end of what is stored; all of it without a number, and where nothing is stored. */
function lastHours({ to }: TimeRange, hours: number | null): TimeRange {
  if (hours === null || to === null) return { from: null, to: null };
  return { from: new Date(Date.parse(to) - hours * 3_600_000).toISOString(), to: null };
}

/** One trial at a time: a new one ends the one before. */
function useTrial(onResult: (result: ReplayJson, range: string) => void) {
  const [job, setJob] = useState<ReplayJobJson>();
  const [error, setError] = useState<string>();
  const current = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => current.current?.abort(), []);
  const start = (draft: RuleDraftJson, range: TimeRange): void => {
    current.current?.abort();
    const left = new AbortController();
    current.current = left;
    setError(undefined);
    run(draft, range, left.signal, setJob).then(
      (result) => {
        if (!left.signal.aborted) onResult(result, JSON.stringify(range));
      },
      (problem: unknown) => {
        if (left.signal.aborted) return;
        setJob(undefined);
        setError(messageOf(problem));
      },
    );
  };
  return { job, error, start };
}

/** Nothing of it is kept at the service, which is asked for nothing of it after that. */
async function run(
  draft: RuleDraftJson,
  range: TimeRange,
  signal: AbortSignal,
  onState: (job: ReplayJobJson) => void,
): Promise<ReplayJson> {
  const begun = await api.trial(draft, range, LISTED);
  let last = begun;
  try {
    await api.follow(
      begun.id,
      (job) => {
        last = job;
        if (!signal.aborted) onState(job);
      },
      signal,
    );
    if (last.status !== 'succeeded')
      throw new Error(`The trial ${last.status}${last.error === null ? '' : `: ${last.error}`}.`);
    return await api.result(begun.id, signal);
  } finally {
    void api.forget(begun.id).catch(() => undefined);
  }
}
