/** Rules in force, as the service answers them. */
import type { Severity } from '../language/words/settings.js';

export interface RulesJson {
  readonly rules: readonly RuleInForceJson[];
  readonly files: readonly RuleFileJson[];
  /** Why the files cannot be read; null where they can. */
  readonly problem: string | null;
  readonly changed: string;
}

export interface RuleFileJson {
  readonly path: string;
  readonly state: 'current' | 'stale' | 'broken';
  readonly diagnostics: readonly DiagnosticJson[];
}

export interface DiagnosticJson {
  readonly path: string;
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'hint';
  readonly message: string;
  readonly range: TextRangeJson;
  readonly fixes: readonly {
    readonly title: string;
    /** One of several things that may be meant. */
    readonly guess: boolean;
    readonly edits: readonly { readonly range: TextRangeJson; readonly newText: string }[];
  }[];
  readonly related: readonly {
    readonly path: string;
    readonly message: string;
    readonly range: TextRangeJson;
  }[];
}

/** Lines and columns count from 1, columns and offsets in UTF-16 code units; ends are exclusive. */
export interface TextRangeJson {
  readonly start: TextPlaceJson;
  readonly end: TextPlaceJson;
}

interface TextPlaceJson {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export interface RuleInForceJson {
  readonly id: string;
  /** Changes exactly when the meaning of the rule changes. */
  readonly revision: string;
  readonly settings: SettingsJson;
  /** When a verdict on a trace that still grows is final. */
  readonly class: {
    readonly kind: 'now' | 'deadline' | 'closure' | 'window';
    readonly afterNs: number | null;
    readonly why: string;
  };
  readonly text: string;
  /** Null for a text that was sent. */
  readonly path: string | null;
  /** From 1. */
  readonly line: number;
  /** Its file has errors: this is the last version without. */
  readonly stale: boolean;
  readonly lastReplay: LastReplayJson | null;
  readonly live: LiveRuleJson | null;
}

/** A text in which a rule can be changed, and the path to send along with it. */
export interface RuleDraftJson {
  readonly text: string;
  readonly path: string;
}

export interface SettingsJson {
  readonly severity: Severity;
  readonly summary: string | null;
  readonly description: string | null;
  readonly owner: string | null;
  readonly runbook: string | null;
  readonly tags: readonly string[];
  /** The controls that the rule is evidence for. */
  readonly controls: readonly string[];
  readonly enabled: boolean;
  readonly required: boolean;
  readonly idle: boolean;
  readonly skewNs: number;
  readonly closesAfterNs: number | null;
  readonly onPartial: 'report' | 'skip';
}

export interface LastReplayJson {
  readonly replay: string;
  readonly ended: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly applicable: number;
  readonly passed: number;
  readonly vacuous: number;
  readonly violated: number;
  readonly cannotTell: number;
  readonly cannotTellWhy: readonly string[];
  readonly unmatched: readonly string[];
  readonly vacuousClauses: readonly string[];
  readonly first: string | null;
  readonly partial: boolean;
}

/** What live judging has found by a rule, since the process began. */
export interface LiveRuleJson {
  readonly applicable: number;
  readonly passed: number;
  /** Those retracted later count, too. */
  readonly violated: number;
  readonly cannotTell: number;
  /** Why cases could not be determined, for people: of some of them now and then. */
  readonly cannotTellWhy: readonly string[];
  /** Cases of the newest UTC day that are vacuous, for want of what clauses need; `passed` counts them too. */
  readonly vacuousToday: number;
  /** Why clauses could not have failed on that day, for people. */
  readonly vacuousClauses: readonly string[];
  /** Patterns of the other clauses that nothing matched on that day: a misspelt name shows so. */
  readonly unmatchedToday: readonly string[];
  readonly retracted: number;
  /** Traces without a verdict, although each was judged alone: too large for the rule. */
  readonly tooLarge: number;
  /** Traces that the rule was not tried on while it was stopped. */
  readonly whileStopped: number;
  /** Of a rule across traces, cases that are not decided yet. */
  readonly undecided: number;
  /** Cases of flows that could not be determined, as spans that they need are not there. */
  readonly unseen: number;
  /** Whether another replica judges it for this tenant now, and counts what it finds. */
  readonly elsewhere: boolean;
  /** Why the rule is not judged for a while, on some traces or at all; null where it is. */
  readonly stopped: string | null;
  /** Of a rule over many traces, how its windows are judged by the spans that come; null where they are not, and for other rules. */
  readonly early: EarlyWindowsJson | null;
}

/** Windows that are judged before stored blocks have their spans. */
export interface EarlyWindowsJson {
  /** How long after its end a window is judged, by the clock of spans, in seconds … */
  readonly delaySeconds: number;
  /** … and until when stored blocks may correct that, by the clock of the service. */
  readonly correctedAfterSeconds: number;
  /** The end of the last window that was judged so; null where none was. */
  readonly judgedUntil: string | null;
  /** Why windows wait for the stored blocks; null where they do not. */
  readonly waits: string | null;
}
