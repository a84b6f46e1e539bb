import { SEVERITIES } from '../../../engine/language/words/settings.js';
import { type JsonSchema, ref } from '../operation.js';
import { COUNT, FLAG, list, MOMENT, MOMENT_OR_NULL, object, TEXT, TEXT_OR_NULL } from './object.js';

const SETTINGS = object({
  severity: { enum: SEVERITIES },
  summary: TEXT_OR_NULL,
  description: TEXT_OR_NULL,
  owner: TEXT_OR_NULL,
  runbook: TEXT_OR_NULL,
  tags: list(TEXT),
  controls: list(TEXT, 'The controls that the rule is evidence for, such as SOC2:CC6.1.'),
  enabled: FLAG,
  required: { description: 'A case that cannot be determined is a violation.', ...FLAG },
  idle: { description: 'That no clause could have failed, for want of data, is accepted.', ...FLAG },
  skewNs: { description: 'Tolerance for clocks that differ between hosts, in nanoseconds.', ...COUNT },
  closesAfterNs: {
    description: 'How long a live trace may stay quiet; null for the service’s own.',
    type: ['integer', 'null'],
  },
  onPartial: { enum: ['report', 'skip'] },
});

const CLASS = object(
  {
    kind: {
      description: '`window` for a rule over many traces.',
      enum: ['now', 'deadline', 'closure', 'window'],
    },
    afterNs: {
      description: 'Of a deadline; the length of a window; null otherwise.',
      type: ['integer', 'null'],
    },
    why: TEXT,
  },
  'When a verdict on a trace that still grows is final.',
);

export const RULE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  RuleDraft: object({ text: { description: 'BeTraceDSL.', ...TEXT }, path: TEXT }),
  Rule: object({
    id: TEXT,
    revision: {
      description: 'Changes exactly when the meaning of the rule changes.',
      type: 'string',
      pattern: '^[0-9a-f]{16}$',
    },
    settings: SETTINGS,
    class: CLASS,
    text: {
      description: 'The rule as it is in force, laid out in the usual way, without comments.',
      ...TEXT,
    },
    path: { description: 'The file that it is in; null for a text that was sent.', ...TEXT_OR_NULL },
    line: {
      description: 'From 1, in the version of the file that is in force.',
      type: 'integer',
      minimum: 1,
    },
    stale: {
      description: 'The file has or causes errors now; this is the rule of its last version without.',
      ...FLAG,
    },
    lastReplay: {
      description: 'What the last replay of this revision for this tenant found; null if there was none.',
      anyOf: [ref('LastReplay'), { type: 'null' }],
    },
    live: {
      description: 'What live judging has found for this tenant; null if the rule is not judged live.',
      anyOf: [ref('LiveRule'), { type: 'null' }],
    },
  }),
  LastReplay: object({
    replay: { description: 'Its id; it may be gone by now.', ...TEXT },
    ended: MOMENT,
    from: {
      description: 'The traces that were looked at start here; null where there were none.',
      ...MOMENT_OR_NULL,
    },
    to: { description: 'The end of them; null where there were none.', ...MOMENT_OR_NULL },
    applicable: COUNT,
    passed: COUNT,
    vacuous: {
      description: 'Cases of a rule none of whose clauses could have failed, for want of data.',
      ...COUNT,
    },
    violated: COUNT,
    cannotTell: COUNT,
    cannotTellWhy: list(TEXT, 'What was missing where cases could not be determined.'),
    unmatched: list(
      TEXT,
      'Patterns of clauses that could have failed and that nothing matched: a misspelt name shows so.',
    ),
    vacuousClauses: list(TEXT, 'Why clauses could not have failed; none where each could.'),
    first: { description: 'The time of the first violation; null for none.', ...MOMENT_OR_NULL },
    partial: { description: 'Some block was not read, or the rule not judged to the end.', ...FLAG },
  }),
  LiveRule: object(
    {
      applicable: COUNT,
      passed: COUNT,
      violated: { description: 'Those retracted later count, too.', ...COUNT },
      cannotTell: COUNT,
      cannotTellWhy: list(
        TEXT,
        'What was missing where cases could not be determined, in the words of a replay; looked for in the cases of one batch every ten seconds.',
      ),
      vacuousToday: {
        description: 'Cases of the newest UTC day that are vacuous; `passed` counts them too.',
        ...COUNT,
      },
      vacuousClauses: list(TEXT, 'Why clauses could not have failed on that day.'),
      unmatchedToday: list(TEXT, 'Patterns of the other clauses that nothing matched on that day.'),
      retracted: COUNT,
      tooLarge: {
        description: 'Traces without a verdict, although each was judged alone: too large for the rule.',
        ...COUNT,
      },
      whileStopped: { description: 'Traces that the rule was not tried on while it was stopped.', ...COUNT },
      undecided: {
        description:
          'Of a rule across traces: cases whose time has not passed, and that are not decided yet.',
        ...COUNT,
      },
      unseen: {
        description:
          'Of a rule across traces: cases that could not be determined, as spans that they need were let go of, or came before the rule was there.',
        ...COUNT,
      },
      elsewhere: {
        description:
          'Another replica judges the rule for this tenant: it counts what is found, and this one what it found before.',
        ...FLAG,
      },
      stopped: {
        description:
          'Why the rule is not judged on some traces or at all, and when it is tried again; null if it is judged.',
        ...TEXT_OR_NULL,
      },
      early: {
        description:
          'Of a rule over many traces: how its windows are judged by the spans that come. Null where they are not, and for other rules.',
        anyOf: [ref('EarlyWindows'), { type: 'null' }],
      },
    },
    'Since the service started.',
  ),
  EarlyWindows: object({
    delaySeconds: {
      description: 'How long after its end a window is judged, by the clock of spans.',
      type: 'number',
    },
    correctedAfterSeconds: {
      description: 'How long after its end stored blocks are asked about it, which have the last word.',
      type: 'number',
    },
    judgedUntil: {
      description: 'The end of the last window that was judged so; null where none was.',
      ...MOMENT_OR_NULL,
    },
    waits: {
      description: 'Why windows wait for the stored blocks; null where they do not.',
      ...TEXT_OR_NULL,
    },
  }),
  RuleFile: object({
    path: TEXT,
    state: {
      description:
        '`current`: as it is on disk; `stale`: it has errors, or causes some in a file that uses it, and its last version without is in force; `broken`: it has errors and no earlier version, so that only its sound rules are in force.',
      enum: ['current', 'stale', 'broken'],
    },
    diagnostics: list(ref('Diagnostic'), 'Of what is on disk.'),
  }),
  RuleList: object({
    rules: list(ref('Rule'), 'In force, enabled or not.'),
    files: list(ref('RuleFile')),
    problem: {
      description: 'Why the files could not be read when last tried; null if they could.',
      ...TEXT_OR_NULL,
    },
    changed: { description: 'When the rules or files last changed.', ...MOMENT },
  }),
  RuleExplanation: {
    ...object({
      id: TEXT,
      decidable: {
        description: 'When a verdict is final; null for a rule over many traces, which replay judges.',
        type: ['object', 'null'],
      },
      needs: { description: 'The columns that the rule reads.', type: 'object' },
      attributes: list(object({ scope: TEXT, key: TEXT, types: list(TEXT) })),
      plan: { description: 'The rule as plain JSON.', type: 'object' },
      sql: {
        description: 'By what it is for, in the order in which it runs.',
        type: 'object',
        additionalProperties: TEXT,
      },
    }),
    description: 'What a rule becomes, as `betrace explain --format json` gives it.',
  },
};
