/** What a seed says will happen: sizes, spans, and faults, all of it decided before anything runs. */
import { type Constants, constantsOf } from './constants.js';
import { FLOW_VARIANTS, NAMES_OF_FLOW_RULES } from './flow-rules.js';
import { Random } from './random.js';
import { longestQuiet, NAMES_OF_RULES, NAMES_OF_SLOW_RULES, RULE_VARIANTS, ruleSetOf } from './rules.js';
import { NAMES_OF_WINDOW_RULES, WINDOW_VARIANTS } from './window-rules.js';
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
  /** Rules that cost more than they may on large traces, or on many. */
  readonly expensive: ReadonlySet<string>;
  /** The process is killed when flows are settled for the n-th time, before evidence hears of it; undefined where it is not. */
  readonly killedAtNote: number | undefined;
  /** It is killed each of these times that stored blocks are asked about windows, before it hears the answer. */
  readonly killedAtAsks: ReadonlySet<number>;
  readonly traces: readonly TenantTrace[];
  /** In the order of time. */
  readonly events: readonly Event[];
}

/** One seed in so many is about processes that do not live for long, and about nothing else that goes wrong. */
const SHORT_LIVES = 12;
const LIFE_MS = 3 * STEP_MS;
/** For so long after the last request processes keep dying: by then its trace must have been judged. */
export const LIVES_MS = 60 * STEP_MS;

/** Things go wrong for so long after the last request: its trace may be judged by then. */
const FAULTS_AFTER_MS = 15 * STEP_MS;

/** Something that happens at a time, and could be left out. */
export type Event = { readonly name: string; readonly at: number } & (Request | Fault);

export type Fault =
  /** The process is killed so many turns after the step began, and again while it starts, if it says so. */
  | {
      readonly kind: 'crash';
      /** Whether the machine goes down with it, which keeps a part of what was not synced. */
      readonly machine: boolean;
      readonly turns: number;
      readonly kept: number;
      readonly downMs: number;
      readonly again: number | undefined;
      /** The bound of memory of the processes that follow, where somebody has set another. */
      readonly maxBytes: number | undefined;
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
  /** Somebody starts a second process on the same disks, which waits until it may have them, or does not. */
  | { readonly kind: 'second process'; readonly waits: boolean };

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
  const constants = lifeMs === undefined ? drawn : { ...drawn, ...NOTHING_ELSE };
  // One that waits for itself keeps traces open for it while others have judged them.
  const first = random.chance(0.4) ? NAMES_OF_SLOW_RULES : [];
  const rules = new Map(
    [...new Set([...first, ...random.shuffled(NAMES_OF_RULES)])]
      .slice(0, 4)
      .map((name): [string, number] => [name, 0]),
  );
  const names = [...rules.keys()];
  const expensive = new Set(
    lifeMs === undefined && random.chance(0.3) ? names.filter(() => random.chance(0.4)) : [],
  );
  const traces = tracesOf(random, constants);
  const longestMs = longestQuiet(ruleSetOf(rules), constants.live);
  const requests = requestsOf(random, traces, constants, longestMs);
  const events: Event[] = requests.map(({ at, ...request }, n) => ({ name: `request ${n}`, at, ...request }));
  const oftenOf = oftenOfKinds(random, constants);
  const last = Math.max(...events.map(({ at }) => at));
  for (let timeMs = 0, n = 0; timeMs <= last + FAULTS_AFTER_MS; timeMs += STEP_MS)
    for (const fault of faultsAt(random, oftenOf, names))
      events.push({ name: `${fault.kind} ${n++}`, at: timeMs, ...fault });
  // Whoever reads the log has to know then what came too late.
  if (constants.secondWave && constants.tooLate && random.chance(0.5))
    events.push({
      name: 'end after the last',
      at: last + (1 + random.below(4)) * STEP_MS,
      ...endOfLife(random),
    });
  for (let timeMs = LIFE_MS; lifeMs !== undefined && timeMs <= last + LIVES_MS; timeMs += lifeMs)
    events.push({ name: `end of life ${timeMs}`, at: timeMs, ...endOfLife(random) });
  const flows = flowsOf(seed, lifeMs, constants, last);
  // Clocks that are set by hours make windows of hours due, of which little could be promised.
  const isClockSet = events.some(({ kind }) => kind === 'clock set');
  const windows = windowsOf(seed, isClockSet ? 0 : WINDOW_RULES, { lifeMs, rough: constants.rough, last });
  for (const name of [...flows.rules, ...windows.rules]) rules.set(name, 0);
  events.push(...flows.events, ...windows.events);
  // Of what happens in one step, requests come first.
  return {
    killedAtNote: flows.killedAtNote,
    killedAtAsks: windows.killedAtAsks,
    ...{ seed, lifeMs, rules, expensive, traces, events: events.sort((a, b) => a.at - b.at) },
    constants: { ...constants, live: { ...constants.live, ...flows.live, ...windows.live } },
  };
}

/** What a seed has of rules across traces, drawn by itself: what it has of all else stays the same. */
function flowsOf(
  seed: number,
  lifeMs: number | undefined,
  { rough }: Constants,
  last: number,
): {
  readonly rules: readonly string[];
  readonly live: Pick<Constants['live'], 'flowGraceMs' | 'mostFlowSpans'>;
  readonly killedAtNote: number | undefined;
  readonly events: readonly Event[];
} {
  const random = new Random(seed ^ 0xf10e5);
  const rules = random.shuffled(NAMES_OF_FLOW_RULES).slice(0, random.below(4));
  const graces = [10_000_000, 10_000_000, 4000, 30_000];
  const most = [5_000_000, 5_000_000, 5_000_000, 8];
  const live = { flowGraceMs: graces[random.below(4)]!, mostFlowSpans: most[random.below(4)]! };
  const events: Event[] = [];
  const often = rules.length === 0 || lifeMs !== undefined ? 0 : rough * [0, 0.02, 0.06][random.below(3)]!;
  for (let timeMs = 0, n = 0; timeMs <= last + FAULTS_AFTER_MS; timeMs += STEP_MS) {
    if (!random.chance(often)) continue;
    const fault = flowFault(random, rules);
    events.push({ name: `flows: ${fault.kind} ${n++}`, at: timeMs, ...fault });
  }
  const killedAtNote =
    lifeMs === undefined && random.chance(0.3 * Math.min(rough, 1)) ? 1 + random.below(12) : undefined;
  return { rules, live, killedAtNote, events };
}

const WINDOW_RULES = 3;

/** The same of rules over many traces, which are judged by what came and, a minute later, by stored blocks. */
function windowsOf(
  seed: number,
  most: number,
  {
    lifeMs,
    rough,
    last,
  }: { readonly lifeMs: number | undefined; readonly rough: number; readonly last: number },
): {
  readonly rules: readonly string[];
  readonly live: Pick<Constants['live'], 'overEarlyMs' | 'overDelayMs'>;
  readonly killedAtAsks: ReadonlySet<number>;
  readonly events: readonly Event[];
} {
  const random = new Random(seed ^ 0x71d05);
  const rules = random
    .shuffled(NAMES_OF_WINDOW_RULES)
    .slice(0, Math.min(most, Math.max(0, random.below(5) - 1)));
  const live = { overEarlyMs: [0, 2000, 10_000][random.below(3)]!, overDelayMs: 60_000 };
  const events: Event[] = [];
  const often = rules.length === 0 || lifeMs !== undefined ? 0 : rough * [0, 0, 0.03][random.below(3)]!;
  for (let timeMs = 0, count = 0; timeMs <= last + FAULTS_AFTER_MS; timeMs += STEP_MS) {
    if (!random.chance(often)) continue;
    const rule = rules[random.below(rules.length)]!;
    const variant = random.chance(0.3) ? undefined : random.below(WINDOW_VARIANTS[rule]!.length);
    const name = `windows: rules ${count++}`;
    events.push({ name, at: timeMs, kind: 'rules', turns: random.below(200), rule, variant });
  }
  const kills = lifeMs === undefined && random.chance(0.2 * Math.min(rough, 1)) ? 1 + random.below(8) : 0;
  const firstKill = 1 + random.below(4);
  const killedAtAsks = new Set(Array.from({ length: kills }, (_, count) => firstKill + count));
  return { rules, live, killedAtAsks, events };
}

/** The disk that flows, and what is counted for windows, are on. */
const FLOW_DISK = 3;

function flowFault(random: Random, rules: readonly string[]): Fault {
  const forMs = (1 + random.below(8)) * STEP_MS;
  const names = random.chance(0.3) ? NAMES_OF_FLOW_RULES : rules;
  const rule = names[random.below(names.length)]!;
  const variant = random.chance(0.3) ? undefined : random.below(FLOW_VARIANTS[rule]!.length);
  const faults: readonly Fault[] = [
    { kind: 'rules', turns: random.below(random.chance(0.5) ? 40 : 200), rule, variant },
    { kind: 'rules', turns: random.below(200), rule, variant },
    { kind: 'rule fails', rule, forMs },
    { kind: 'full', disk: FLOW_DISK, room: random.below(300), forMs },
    { kind: 'sync fails', disk: FLOW_DISK, forMs },
    { kind: 'stall', disk: FLOW_DISK, forMs },
  ];
  return faults[random.below(faults.length)]!;
}

/** What a seed has of everything else that may go wrong where processes live for a short time. */
const NOTHING_ELSE = { rough: 0, secondWave: false, locked: false, judgingTurns: 0, tracesInMemory: 1000 };

function endOfLife(random: Random): Fault {
  return {
    kind: 'crash',
    machine: random.chance(0.5),
    turns: random.below(200),
    kept: random.next(),
    downMs: 0,
    again: undefined,
    maxBytes: undefined,
  };
}

/** How often faults of a kind begin in a step where nothing is unusual. */
const OFTEN: Readonly<Record<Fault['kind'], number>> = {
  crash: 0.04,
  full: 0.02,
  'sync fails': 0.02,
  stall: 0.02,
  'clock set': 0.02,
  rules: 0.03,
  'rule fails': 0.01,
  receiver: 0.08,
  'second process': 0.03,
};
const KINDS = Object.keys(OFTEN) as readonly Fault['kind'][];
/** How much more often a seed has faults that it has few kinds of. */
const MORE_OFTEN = 3;

/** Those that keep nobody from doing in time what is due. */
const CALM: readonly Fault['kind'][] = ['clock set', 'rules', 'rule fails', 'receiver'];
const ENDS: readonly Fault['kind'][] = ['crash'];

/**
 * Some seeds have all kinds of faults, some one to three, some those only with which verdicts still come in time, and some only end
 * processes: many kinds at once hide what one of them shows.
 */
function oftenOfKinds(random: Random, { rough, locked }: Constants): Readonly<Record<Fault['kind'], number>> {
  const few = random.shuffled(KINDS).slice(0, 1 + random.below(3));
  const some = [undefined, few, CALM, ENDS][random.below(4)];
  const often = (kind: Fault['kind']): number => {
    if (kind === 'second process' && !locked) return 0;
    if (some === undefined) return OFTEN[kind] * rough;
    // Whoever ends all the time sees nothing to its end.
    if (some === ENDS) return kind === 'crash' ? OFTEN.crash * rough : 0;
    return some.includes(kind) ? OFTEN[kind] * rough * MORE_OFTEN : 0;
  };
  return Object.fromEntries(KINDS.map((kind) => [kind, often(kind)])) as Record<Fault['kind'], number>;
}

/** Faults that begin in a step: mostly none. */
function faultsAt(
  random: Random,
  often: Readonly<Record<Fault['kind'], number>>,
  rules: readonly string[],
): readonly Fault[] {
  const faults: Fault[] = [];
  const may = <Kind extends Fault['kind']>(
    kind: Kind,
    fault: () => Omit<Extract<Fault, { kind: Kind }>, 'kind'>,
  ): void => {
    if (random.chance(often[kind])) faults.push({ kind, ...fault() } as Extract<Fault, { kind: Kind }>);
  };
  const forMs = (steps: number): number => (1 + random.below(steps)) * STEP_MS;
  const rule = (): string => rules[random.below(rules.length)]!;
  may('crash', () => ({
    machine: random.chance(0.5),
    turns: random.chance(0.3) ? 0 : random.below(400),
    kept: random.next(),
    downMs: random.below(5) * STEP_MS,
    again: random.chance(0.3) ? random.below(60) : undefined,
    maxBytes: random.chance(0.05) ? 6000 : undefined,
  }));
  may('full', () => ({ disk: random.below(3), room: random.below(300), forMs: forMs(8) }));
  may('sync fails', () => ({ disk: random.below(3), forMs: forMs(6) }));
  may('stall', () => ({ disk: random.below(3), forMs: forMs(6) }));
  may('clock set', () => ({ aheadMs: (random.below(5) - 2) * 3_600_000 }));
  may('rules', () => {
    const name = random.chance(0.3) ? NAMES_OF_RULES[random.below(NAMES_OF_RULES.length)]! : rule();
    const variant = random.chance(0.3) ? undefined : random.below(RULE_VARIANTS[name]!.length);
    return { turns: random.below(random.chance(0.5) ? 40 : 200), rule: name, variant };
  });
  may('rule fails', () => ({ rule: rule(), forMs: forMs(20) }));
  may('receiver', () => ({ answer: answer(random), forMs: forMs(10) }));
  may('second process', () => ({ waits: random.chance(0.5) }));
  return faults;
}

function answer(random: Random): Answer {
  const answers: readonly (() => Answer)[] = [
    () => ({ kind: 'down' }),
    () => ({ kind: 'retry after', ms: (1 + random.below(30)) * STEP_MS }),
    // Nothing forbids to ask for a day, or for ever.
    () => ({ kind: 'retry after', ms: random.chance(0.5) ? 86_400_000 : Number.POSITIVE_INFINITY }),
    () => ({ kind: 'answer lost' }),
    () => ({ kind: 'slow', ms: (1 + random.below(5)) * STEP_MS }),
    () => ({ kind: 'partial' }),
    () => ({ kind: 'refuses' }),
  ];
  return answers[random.below(answers.length)]!();
}
