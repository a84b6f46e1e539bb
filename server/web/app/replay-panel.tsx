import { useRef, useState } from 'preact/hooks';
import type { ReplayJobJson } from '../../../engine/answers/replay-job.js';
import { messageOf } from '../../../engine/shared/message-of.js';
import { api } from './api.js';
import { plural } from './format.js';

/** Violations listed for each rule; the counts are always complete. */
const LISTED = 500;

/** Runs all rules over everything that is stored, shows how far it is, and can be cancelled. */
export function ReplayPanel({ onReplayed }: { readonly onReplayed: () => void }) {
  const [job, setJob] = useState<ReplayJobJson>();
  const [error, setError] = useState<string>();
  const following = useRef<AbortController | undefined>(undefined);
  const runs = job !== undefined && (job.status === 'running' || job.status === 'waiting');
  const start = async (): Promise<void> => {
    setError(undefined);
    following.current?.abort();
    following.current = new AbortController();
    try {
      const begun = await api.replay(LISTED);
      setJob(begun);
      await api.follow(begun.id, setJob, following.current.signal);
      onReplayed();
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  const { fraction = 0, stage = 'waiting', spans = 0 } = job?.progress ?? {};
  return (
    <section class="replay" aria-label="Replay">
      {runs ? (
        <>
          <progress value={fraction} aria-label="Replay of all rules" />
          <span>
            {stage}, {plural(spans, 'span')}
          </span>
          <button type="button" onClick={() => void api.cancel(job.id)}>
            Cancel
          </button>
        </>
      ) : (
        <button type="button" class="main" onClick={() => void start()}>
          Replay all rules
        </button>
      )}
      <span role="status">
        {job !== undefined && !runs
          ? `The replay ${job.status}${job.error === null ? '' : `: ${job.error}`}.`
          : ''}
      </span>
      {error === undefined ? null : <span class="bad">{error}</span>}
    </section>
  );
}
