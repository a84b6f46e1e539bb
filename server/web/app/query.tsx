import { useState } from 'preact/hooks';
import { api, type TimeRange } from './api.js';
import { type Answered, QueryAnswer } from './query-answer.js';
import { link } from './route.js';
import { useAnswer } from './use-answer.js';

const LISTED = 100;

/** TraceQL, and `violations of RULE`: traces as a list, metrics as lines. */
interface QueryPageProps {
  readonly q: string;
  /** Of what is stored. */
  readonly stored: TimeRange;
}

export function QueryPage({ q, stored }: QueryPageProps) {
  const [text, setText] = useState(q);
  const [range, setRange] = useState(stored);
  const { value, error } = useAnswer<Answered>(
    async (signal) => {
      if (q === '') return {};
      const { kind } = await api.help(q, signal);
      if (kind === 'violation counts') return { counts: await api.counts(q, range, signal) };
      return kind === 'metrics' || kind === 'over rule'
        ? { metrics: await api.metrics(q, range, signal) }
        : { search: await api.search(q, LISTED, range, signal) };
    },
    [q, range.from, range.to],
  );
  return (
    <>
      <h1>Query</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          location.assign(link.query(text));
        }}
      >
        <label class="search">
          TraceQL, or <code>violations of RULE</code>
          <input
            value={text}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <TimeInput label="From" value={range.from} onValue={(from) => setRange({ ...range, from })} />
        <TimeInput label="to" value={range.to} onValue={(to) => setRange({ ...range, to })} />
        <button type="submit" class="main">
          Ask
        </button>
      </form>
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      {value === undefined ? null : <QueryAnswer answer={value} q={q} listed={LISTED} />}
    </>
  );
}

interface TimeInputProps {
  readonly label: string;
  readonly value: string | null;
  readonly onValue: (value: string | null) => void;
}

/** A time in UTC. */
function TimeInput({ label, value, onValue }: TimeInputProps) {
  return (
    <label class="time">
      {label}{' '}
      <input
        type="datetime-local"
        step={1}
        value={value?.slice(0, 19) ?? ''}
        onChange={({ currentTarget: { value: text } }) => onValue(text === '' ? null : `${text}Z`)}
      />
    </label>
  );
}
