/**
 * The tables and views of a session, each named once, here. Columns of the relations are in `plan/schema.ts`, of the others where they are
 * made. A module that reads a table that another one makes is given the name by it, or names it here.
 */
import { name, type Sql, sql } from './text/sql.js';

// ------------------------------------------------------------------------------------- the relations that rules run on

/** Made by `relations/block-relations.ts` (as views, for a unit of blocks), `relations/load.ts` and `live/judge/fill.ts`; read by everybody. */
export const SPANS = name('spans');
export const TRACES = name('traces');
export const EVENTS = name('events');
export const LINKS = name('links');
export const ITEM_TABLES = { event: EVENTS, link: LINKS } as const;

// ------------------------------------------------------------------------------------------------- how they are put together

/** Fragments of traces, before they are merged: made by `relations/load.ts` and `relations/trace-set.ts`, read by `relations/merge.ts`. */
export const RAW = {
  spans: name('raw_spans'),
  traces: name('raw_traces'),
  events: name('raw_events'),
  links: name('raw_links'),
} as const;

/** The spans of one block as Tempo stores them, with what their events and links are made of, and these: made and read by `dialects/clickhouse/nested.ts`. */
export const NESTED = name('nested');
export const NESTED_ITEMS = name('nested_items');

/** Whole traces made of fragments: made by `relations/merge.ts`, read by whoever made `RAW`. */
export interface MergedTables {
  readonly spans: Sql;
  readonly traces: Sql;
  readonly events: Sql;
  readonly links: Sql;
}

function mergedTables(suffix: string): MergedTables {
  const called = (relation: string): Sql => name(`merged_${relation}${suffix}`);
  return {
    spans: called('spans'),
    traces: called('traces'),
    events: called('events'),
    links: called('links'),
  };
}

/** Those of traces in memory (`relations/load.ts`). */
export const MERGED = mergedTables('');

/** What is found out about the traces of a set of blocks, of which a database keeps several: made and read by `relations/trace-set.ts` and `relations/block-relations.ts`. */
export interface SetTables {
  /** All rows of traces in the blocks. */
  readonly traces: Sql;
  readonly own: Sql;
  readonly misplaced: Sql;
  readonly fragments: Sql;
  /** Rows of traces that are not used as they are stored. */
  readonly leftOut: Sql;
  readonly merged: MergedTables;
}

/** All rows of traces of some blocks, held in memory: made by `spans/run-databases.ts`, read by `relations/trace-set.ts`. */
export function storedTraces(number: number): Sql {
  return name(`stored_traces_${number}`);
}

export function setTables(number: number): SetTables {
  const called = (relation: string): Sql => name(`${relation}_${number}`);
  return {
    traces: called('all_traces'),
    own: called('own_traces'),
    misplaced: called('misplaced'),
    fragments: called('fragments'),
    leftOut: called('left_out'),
    merged: mergedTables(`_${number}`),
  };
}

/** Nested set numbers, while `relations/merge.ts` computes them. */
export const NUMBERS = name('numbers');

/** The rows of traces that a run is about, where it is not about all: made by `relations/trace-set.ts`, read by `relations/block-views.ts`. */
export const ONLY_TRACES = name('only_traces');
/** Rows of traces that are left out or outside of a window: made and read by `relations/block-relations.ts`. */
export const EXCLUDED = name('excluded');
/** The fragments of the share that is being merged: made and read by `relations/trace-set.ts`. */
export const SHARED = name('shared');

// ------------------------------------------------------------------------------------------------------- rules being judged

/** The spans that some filter matches: made by the pass over the spans (`compile/scan/scan.ts`) for whoever asks, read by all that is compiled. */
export const MATCHED = name('matched');
/** Made by `run/evaluate.ts` (`compile/condition/hits.ts`), read by rules that bind no span. */
export const TRACE_HITS = name('trace_hits');
/** Made by `run/evaluate.ts` (`compile/rule/verdicts.ts` has its columns), read by it, `run/violations.ts` and `run/violation-pages.ts`; others are handed its rows. */
export const VERDICTS = name('verdicts');
/** Of one connection: the cases of a rule that is judged in parts, and what became of them; made and read by `compile/rule/verdicts.ts`. */
export const RULE_CASES = name('rule_cases');
export const RULE_DECIDED = name('rule_decided');
/** The traces that have to be read whole: made by `run/screen.ts`, read by whoever asked for it. */
export const CHOSEN = name('chosen_traces');
/** `VERDICTS` in the order of pages: made and read by `run/violation-pages.ts`. */
export const VERDICT_PLACES = name('verdict_places');

/** The verdicts that are listed: made by `run/violations.ts`, read by it, by `run/evidence-values.ts` and by `run/search.ts` (`findListed`). */
export const LISTED = name('listed');
/** `MATCHED` of the traces of `LISTED`: made by `run/violations.ts`, which evidence is sought in. */
export const MATCHED_LISTED = name('matched_listed');
/** Made and read by `run/violations.ts`; `EVIDENCE_SHOWN` is also read by `run/carried-values.ts`, and by `run/evidence-values.ts`, which makes the others. */
export const EVIDENCE = name('evidence');
export const EVIDENCE_SHOWN = name('evidence_shown');
export const EVIDENCE_ROWS = name('evidence_rows');
export const EVIDENCE_FIELDS = name('evidence_fields');

// ------------------------------------------------------------------------------------------------------ flows being judged

/** What rules across traces look at, of all units of a run: made and read by `flows/`, which shows them as `MATCHED` and the relations. */
export const FLOW_MATCHED = name('flow_matched');
export const FLOW_TRACES = name('flow_traces');
export const FLOW_EVENTS = name('flow_events');
export const FLOW_LINKS = name('flow_links');
/** Which trace has a link to which: `trace` and `trace_id`. */
export const FLOW_LINKED = name('flow_linked');
/** The spans that have the n-th key of the run, as `FlowRelations.spansOf`; where they are judged elsewhere, without the columns of `MATCHED`. */
export const flowKeys = (n: number): Sql => named(`flow_keys_${n}`);
/** Those that are being judged: the table, without those columns where they were kept, and what shows it or all, which is `FlowRelations.spansOf` the key. */
export const flowShare = (n: number): Sql => named(`flow_share_${n}`);
export const flowSpans = (n: number): Sql => named(`flow_spans_${n}`);

/** What live judging keeps of flows on disk: a database of its own, made and read by `flows/kept/`. */
export const KEPT_DATABASE = name('kept_flows');
const kept = (called: string): Sql => sql`${KEPT_DATABASE}.${name(`kept_${called}`)}`;
/** The rules by which it was made. */
export const KEPT_RULES = kept('rules');
/** How what they look at is laid out, as JSON. */
export const KEPT_LAYOUT = kept('layout');
export const KEPT_TENANTS = kept('tenants');
/** The spans that some filter matches, with their tenant, and what else was taken out of their traces. */
export const KEPT_SPANS = kept('spans');
export const KEPT_EVENTS = kept('events');
export const KEPT_LINKS = kept('links');
export const KEPT_TRACES = kept('traces');
export const KEPT_KEYS = kept('keys');
export const KEPT_LINKED = kept('linked');
/** Flows that have changed since they were judged … */
export const KEPT_CHANGED = kept('changed');
/** … the cases that are to be judged again when time has passed, those that are not counted yet among them … */
export const KEPT_DUE = kept('due');
/** … and those that have been counted, until they are settled. */
export const KEPT_COUNTED = kept('counted');
/** What came of judgements and is to be made known elsewhere, in order. */
export const KEPT_NOTES = kept('notes');
/** A table that takes the place of another one, with more columns. */
export const KEPT_WIDER = kept('wider');
/** In memory: the numbers that rows get there, the traces that are taken again, the flows that are judged, and their cases that have been counted. */
export const ROW_NUMBERS = name('row_numbers');
export const TAKEN_AGAIN = name('taken_again');
export const CHOSEN_FLOWS = name('chosen_flows');
export const CHOSEN_COUNTED = name('chosen_counted');

// ------------------------------------------------------------------------------------------------ windows being counted

/** What live judging keeps of windows on disk: a database of its own, made and read by `windows/kept-counts.ts`. */
export const WINDOWS_DATABASE = name('kept_windows');
const keptOfWindows = (called: string): Sql => sql`${WINDOWS_DATABASE}.${name(called)}`;
/** Selections that are counted in slots of one length, and from when on all spans are in their counts. */
export const KEPT_SELECTIONS = keptOfWindows('kept_selections');
/** What they have counted, by series and slot: for traces that may be taken again each by itself, and all others together. */
export const KEPT_COUNTS = keptOfWindows('kept_counts');
/** Up to where rules are judged. */
export const KEPT_MARKS = keptOfWindows('kept_marks');
/** When something was written last. */
export const KEPT_ALIVE = keptOfWindows('kept_alive');
/** In memory: what was counted in the traces at hand, traces that are over, and the counts of these when they are put together. */
export const TAKEN_COUNTS = name('taken_counts');
export const OVER_TRACES = name('over_traces');
export const FOLDED_COUNTS = name('folded_counts');

/** Names that are made are the same objects whenever they are asked for. */
const made = new Map<string, Sql>();
function named(text: string): Sql {
  const known = made.get(text) ?? name(text);
  made.set(text, known);
  return known;
}

// ------------------------------------------------------------------------------------ what differs between cases of a rule

/** The cases of rules, and their spans by role: made and read by `differences/case-spans.ts`, of all units of a run. */
export const DIFFERING_CASES = name('differing_cases');
export const DIFFERING_SPANS = name('differing_spans');
/** Those of the rules that are compared at once, with roots, and each span once: made by `differences/case-spans.ts`, read by all there that count. */
export const ASKED_SPANS = name('asked_spans');
export const ASKED_ROWS = name('asked_rows');
/** Of one connection: some columns of these spans in one unit; made and read by `differences/span-values.ts`. */
export const DIFFERING_WIDE = name('differing_wide');
/** What these spans carry, a row a value: made by `differences/span-values.ts`, read by all there that count. */
export const DIFFERING_VALUES = name('differing_values');
/** What the cases of each rule are compared by: made and read by `differences/signatures.ts`. */
export const DIFFERING_ITEMS = name('differing_items');

// -------------------------------------------------------------------------------------------------------- what is mined

/** The spans of one unit with what distinguishes shapes: made and read by `discover/occurrences.ts`. */
export const MINED_SPANS = name('mined_spans');
/** Which spans are of which shape, the traces, and the values of keys, of all units of a run: made by `discover/occurrences.ts`, read by `discover/mine.ts`. */
export const MINED_OCCURRENCES = name('mined_occurrences');
export const MINED_TRACES = name('mined_traces');
export const MINED_VALUES = name('mined_values');
/** Shapes by trace, and those that share a span: made and read by `discover/mine.ts`. */
export const MINED_BY_TRACE = name('mined_by_trace');
export const MINED_OVERLAPS = name('mined_overlaps');
/** Spans of the flows of keys that rules may be across, and the links of traces: made by `discover/flow-spans.ts`, read by it and by `discover/across.ts`. */
export const MINED_FLOWS = name('mined_flows');
export const MINED_LINKED = name('mined_linked');
/** Which value of which key is in which trace: made and read by `discover/key-traces.ts`. */
export const MINED_KEY_TRACES = name('mined_key_traces');

// ------------------------------------------------------------------------------------------------------------------ queries

/** The traces found, with the columns of `TRACES`: made by `run/search.ts`, read by it and by `run/search-traces.ts`. */
export const HITS = name('hits');
/** Their spans, where they have to be read several times: made by `run/search.ts`, read by it and by `run/search-traces.ts`. */
export const HIT_SPANS = name('hit_spans');
/** Those of them that some filter matches, or all of them with what matches each: made by `run/search.ts`, read by it and by `run/search-traces.ts`. */
export const MATCHED_HITS = name('matched_hits');
/** Made and read by `run/tag-values.ts`. */
export const TAG_VALUES = name('tag_values');
/** Made and read by `run/metrics-compare.ts`. */
export const COMPARED = name('compared');
export const COMPARE_COUNTS = name('compare_counts');
