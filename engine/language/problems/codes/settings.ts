import type { CodeEntry } from './entry.js';

/** BT21xx: settings of rules. */
export const SETTING_CODES = {
  BT2101: {
    title: 'Unknown setting',
    severity: 'error',
    explanation: 'A rule has a fixed set of settings, so that a misspelt one is never ignored.',
    example: 'rule r { severty = high  never { status = error } }',
    advice: 'Correct the name, or remove the setting.',
  },
  BT2102: {
    title: 'A setting given twice',
    severity: 'error',
    explanation: 'The first one counts.',
    example: 'rule r { severity = high  severity = low  never { status = error } }',
    advice: 'Remove one of them.',
  },
  BT2103: {
    title: 'A setting of the wrong type',
    severity: 'error',
    explanation:
      'severity and on partial take a word, summary, description, owner and runbook a string, tags and evidence a list of strings, enabled and required true or false, skew and closes after a duration that is not negative.',
    example: 'rule r { severity = "high"  never { status = error } }',
    advice: 'Write the value as the message says.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
