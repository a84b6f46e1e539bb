import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../../../engine/shared/message-of.js';

export interface Answer<T> {
  readonly value?: T;
  readonly error?: string;
}

/** What a question comes to, asked anew when `keys` change; the last answer stays until the next one is there. */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>, keys: readonly unknown[]): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({});
  useEffect(() => {
    const left = new AbortController();
    ask(left.signal).then(
      (value) => left.signal.aborted || setAnswer({ value }),
      (error: unknown) => left.signal.aborted || setAnswer({ error: messageOf(error) }),
    );
    return () => left.abort();
  }, [...keys]);
  return answer;
}
