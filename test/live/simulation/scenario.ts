/** What a seed says will happen: sizes, spans, and faults, all of it decided before anything runs. */
import { type Constants, constantsOf } from './constants.js';
import { Random } from './random.js';
import { NAMES_OF_RULES, RULE_VARIANTS } from './rules.js';
import { type Request, requestsOf, type TenantTrace, tracesOf } from './workload.js';

/** Virtual milliseconds: the clock moves in steps of this. */
export const STEP_MS = 1000;

export interface Scenario {
  readonly seed: number;
  readonly constants: Constants;
  /** How long each process lives, in virtual milliseconds; undefined where only faults end one. */
  readonly lifeMs: number | undefined;
  /** For each rule in force at first, the number of its text in `RULE_VARIANTS`. */
  readonly rules: ReadonlyMap<string, number>;
  readonly traces: readonly TenantTrace[];
  /** In the order of time. */
  readonly events: readonly Event[];
}

/** One seed in so many is about processes that do not live for long, and about nothing else that goes wrong. */
const SHORT_LIVES = 12;
const LIFE_MS = 3 * STEP_MS;
/** For so long after the last request processes go on dying: then its trace has to have been judged. */
export const LIVES_MS = 60 * STEP_MS;

/** Something that happens at a time, and could be left out. */
export type Event = { readonly name: string; readonly at: number } & (Request | Fault);

export type Fault =
  /** The machine goes down so many turns after the step began, and again while it starts, if it says so. */
  | {
      readonly kind: 'crash';
      readonly turns: number;
      readonly kept: number;
      readonly downMs: number;
      readonly again: number | undefined;
    }
  | { readonly kind: 'full'; readonly disk: number; readonly room: number; readonly forMs: number }
  | { readonly kind: 'sync fails'; readonly disk: number; readonly forMs: number }
  /** The disk does not answer. */
  | { readonly kind: 'stall'; readonly disk: number; readonly forMs: number }
  | { readonly kind: 'clock set'; readonly aheadMs: number }
  /** The rule has this text from now on; undefined where it is removed. */
  | {
      readonly kind: 'rules';
      readonly turns: number;
      readonly rule: string;
      readonly variant: number | undefined;
    }
  /** The rule cannot be judged for a while. */
  | { readonly kind: 'rule fails'; readonly rule: string; readonly forMs: number }
  | { readonly kind: 'receiver'; readonly answer: Answer; readonly forMs: number }
  /** Somebody starts a second process on the same disks. */
  | { readonly kind: 'second process'; readonly turns: number };

/** How the receiver takes requests for a while. */
export type Answer =
  | { readonly kind: 'down' }
  | { readonly kind: 'retry after'; readonly ms: number }
  /** It takes the spans, and the sender does not hear of it. */
  | { readonly kind: 'answer lost' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** It takes some spans, and the others never. */
  | { readonly kind: 'partial' }
  /** It refuses requests with some spans in them for good. */
  | { readonly kind: 'refuses' };

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const lifeMs = seed % SHORT_LIVES === 0 ? LIFE_MS : undefined;
  const drawn = constantsOf(random);
  const constants = lifeMs === undefined ? drawn : { ...drawn, rough: 0 };
  const traces = tracesOf(random, constants);
  const requests = requestsOf(random, traces, constants);
  const events: Event[] = requests.map(({ at, ...request }, n) => ({ name: `request ${n}`, at, ...request }));
  const rules = new Map(
    random
      .shuffled(NAMES_OF_RULES)
      .slice(0, 4)
      .map((name): [string, number] => [name, 0]),
  );
  const last = Math.max(...events.map(({ at }) => at));
  for (let at = 0, n = 0; at <= last; at += STEP_MS)
    for (const fault of faultsAt(random, constants, [...rules.keys()]))
      events.push({ name: `${fault.kind} ${n++}`, at, ...fault });
  for (let at = LIFE_MS; lifeMs !== undefined && at <= last + LIVES_MS; at += lifeMs)
    events.push({ name: `end of life ${at}`, at, ...endOfLife(random) });
  // Of what happens in one step, requests come first.
  return { seed, constants, lifeMs, rules, traces, events: events.sort((a, b) => a.at - b.at) };
}

function endOfLife(random: Random): Fault {
  return { kind: 'crash', turns: random.below(200), kept: random.next(), downMs: 0, again: undefined };
}

/** Faults that begin in a step: mostly none. */
function faultsAt(random: Random, { rough }: Constants, rules: readonly string[]): readonly Fault[] {
  const faults: Fault[] = [];
  const may = (probability: number, fault: () => Fault): void => {
    if (random.chance(probability * rough)) faults.push(fault());
  };
  const forMs = (steps: number): number => (1 + random.below(steps)) * STEP_MS;
  const rule = (): string => rules[random.below(rules.length)]!;
  may(0.04, () => ({
    kind: 'crash',
    turns: random.chance(0.3) ? 0 : random.below(400),
    kept: random.next(),
    downMs: random.below(5) * STEP_MS,
    again: random.chance(0.3) ? random.below(60) : undefined,
  }));
  may(0.02, () => ({ kind: 'full', disk: random.below(3), room: random.below(300), forMs: forMs(8) }));
  may(0.02, () => ({ kind: 'sync fails', disk: random.below(3), forMs: forMs(6) }));
  may(0.02, () => ({ kind: 'stall', disk: random.below(3), forMs: forMs(6) }));
  may(0.02, () => ({ kind: 'clock set', aheadMs: (random.below(5) - 2) * 3_600_000 }));
  may(0.02, () => {
    const name = random.chance(0.3) ? NAMES_OF_RULES[random.below(NAMES_OF_RULES.length)]! : rule();
    const variant = random.chance(0.3) ? undefined : random.below(RULE_VARIANTS[name]!.length);
    return { kind: 'rules', turns: random.below(200), rule: name, variant };
  });
  may(0.08, () => ({ kind: 'receiver', answer: answer(random), forMs: forMs(10) }));
  return faults;
}

function answer(random: Random): Answer {
  const answers: readonly (() => Answer)[] = [
    () => ({ kind: 'down' }),
    () => ({ kind: 'retry after', ms: (1 + random.below(30)) * STEP_MS }),
    () => ({ kind: 'answer lost' }),
    () => ({ kind: 'slow', ms: (1 + random.below(5)) * STEP_MS }),
    () => ({ kind: 'partial' }),
    () => ({ kind: 'refuses' }),
  ];
  return answers[random.below(answers.length)]!();
}
