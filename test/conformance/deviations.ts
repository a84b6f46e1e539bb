import { readFileSync } from 'node:fs';
import type { Answer } from './answers.js';

/** Where a query has another meaning here than in Tempo; the number is that of the list in engine/language/README.md. */
const WHOLE = '1: the root of a trace with several is the first to start; Tempo takes the one stored last';
const BY_VALUE = '2: numbers compare by value, whatever type they are stored with';
const ONE_EVENT = '3: two conditions on one event hold where one event satisfies both';
const POWER = '5: `2 ^ 3` is 8; Tempo swaps the operands';
const PARENT = '6: `parent.` works';
const NO_PARENT = '9: a root is found by its empty parent id too';
const PIPELINE =
  '7: a pipeline in parentheses is a spanset like any other here, as a let that names one has to be';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['{ nestedSetParent < 0 } | rate() by (rootName)', WHOLE],
  ['{ span.amount > 1000 }', BY_VALUE],
  ['{ .amount <= 20 }', BY_VALUE],
  ['{ span.mixed.type > 5 }', BY_VALUE],
  ['{ span.mixed.type != 7 }', BY_VALUE],
  ['{ name = "payment.charge_card" && span.amount > 1000 && resource.service.name = "payment" }', BY_VALUE],
  ['{ event.level = "warn" && event.n >= 1 }', ONE_EVENT],
  ['{ span.order.items ^ 2 > 50 }', POWER],
  ['{ span:parentID = "" }', NO_PARENT],
  ['{ parent.name = "checkout.place_order" }', PARENT],
  ['{ parent.resource.service.name = "catalog" && duration > 3ms }', PARENT],
  ['({ name = "redis.get" } | count() > 2) && { name = "payment.charge_card" }', PIPELINE],
]);

/** Our own answer, and why it is not Tempo's. */
export interface Deviation {
  readonly reason: string;
  readonly answer: Answer;
}

export function deviations(): ReadonlyMap<string, Deviation> {
  const path = new URL('../fixtures/conformance/own-answers.json', import.meta.url);
  const answers = new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, Answer>));
  return new Map(
    [...REASONS].map(([query, reason]): readonly [string, Deviation] => [
      query,
      { reason, answer: answers.get(query)! },
    ]),
  );
}
