/** Which rules there are, and since when: some change while traces are open. Times are virtual milliseconds. */
import type { ResolvedRule } from '../../../engine/language/link/resolved.js';
import type { RuleSet } from '../../../engine/live/rules/rule-set.js';
import type { Constants } from './constants.js';
import { longestQuiet, openFor, RULE_VARIANTS, resolvedIn, ruleSetOf, variantOf } from './rules.js';
import type { Fault } from './scenario.js';

/** Some rule got another text. */
export interface RuleChange {
  readonly at: number;
  /** For how long a trace was open after its last span at least, by the rules before. */
  readonly openForMs: number;
}

export class RulesInForce {
  private readonly variants: Map<string, number>;
  /** When each rule got its text; absent where it always had it. */
  readonly since = new Map<string, number>();
  /** In the order of time. */
  readonly changes: RuleChange[] = [];
  /** After so much quiet every rule that there ever was had judged a trace. */
  longestQuietMs: number;

  constructor(
    rules: ReadonlyMap<string, number>,
    private readonly live: Constants['live'],
  ) {
    this.variants = new Map(rules);
    this.longestQuietMs = longestQuiet(this.set, live);
  }

  get set(): RuleSet {
    return ruleSetOf(this.variants);
  }

  get resolved(): readonly ResolvedRule[] {
    return resolvedIn(this.variants);
  }

  /** Returns whether anything is other than before. */
  change({ rule, variant }: Fault & { readonly kind: 'rules' }, timeMs: number): boolean {
    if (this.variants.get(rule) === variant) return false;
    const isLeft = [...this.variants].some(
      ([name, variant]) => name !== rule && name in RULE_VARIANTS && isEnabled(name, variant),
    );
    // Without any rule about traces nothing is judged, and nothing could be said of the spans.
    if (!isLeft && rule in RULE_VARIANTS && (variant === undefined || !isEnabled(rule, variant)))
      return false;
    const openForMs = openFor(this.set, this.live);
    if (variant === undefined) this.variants.delete(rule);
    else {
      this.variants.set(rule, variant);
      this.since.set(rule, timeMs);
    }
    this.changes.push({ at: timeMs, openForMs });
    this.longestQuietMs = Math.max(this.longestQuietMs, longestQuiet(this.set, this.live));
    return true;
  }
}

function isEnabled(rule: string, variant: number): boolean {
  return variantOf(rule, variant).settings.enabled;
}
