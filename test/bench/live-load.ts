/**
 * Sends spans to a port for some seconds, as fast as they are acknowledged or at a given rate; then says how many were, and when
 * each request was sent.
 */
import { requestTemplates, SPANS_PER_REQUEST, templateRequest } from './live-requests.js';
import { otlpSender } from './otlp-sender.js';
import { turnsAt } from './pace.js';

/** Spans in a second, 0 for as many as are acknowledged; and how many orders traces are about, one after the other, 0 for none. */
const [port, seconds, rate, orders = 0] = process.argv.slice(2).map(Number);
const CONCURRENT = 8;

export interface LoadReport {
  /** Acknowledged. */
  readonly spans: number;
  readonly ms: number;
  /** Requests that were refused and not sent again. */
  readonly refused: number;
  /** Ids of the acknowledged traces that break the rare rules, and when they were sent (Unix time in ms). */
  readonly violating: readonly (readonly [string, number])[];
}

const now = (): number => performance.timeOrigin + performance.now();

async function main(): Promise<void> {
  const templates = requestTemplates(orders > 0);
  const sender = otlpSender(port!);
  const violating = new Map<string, number>();
  let spans = 0;
  let refused = 0;
  const begun = performance.now();
  const until = begun + seconds! * 1000;
  const turn = turnsAt(rate!, SPANS_PER_REQUEST);
  const sendInTurn = async (): Promise<void> => {
    while (performance.now() < until) {
      const turnNumber = await turn();
      const { violating: rare } = templates[turnNumber % templates.length]!;
      const request = templateRequest(templates, turnNumber, orders);
      const sentAt = now();
      if (await sender.send(request)) {
        spans += SPANS_PER_REQUEST;
        for (const id of rare) violating.set(request.toString('hex', id, id + 16), sentAt);
      } else {
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, sendInTurn));
  const report: LoadReport = {
    spans,
    ms: performance.now() - begun,
    refused,
    violating: [...violating],
  };
  process.send?.(report);
  sender.close();
  process.disconnect?.();
}

await main();
