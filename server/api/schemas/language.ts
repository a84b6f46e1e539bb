import type { JsonSchema } from '../operation.js';
import { ref } from '../operation.js';
import { COUNT, FLAG, list, object, TEXT, TEXT_OR_NULL } from './object.js';

export const LANGUAGE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  QueryHelp: object({
    kind: {
      description:
        'What the query asks for: traces (`search`, `rule`, `violations`) or series; null where that is not clear, and of rules.',
      enum: ['search', 'metrics', 'violations', 'violation counts', 'rule', 'over rule', null],
    },
    diagnostics: list(ref('Diagnostic'), 'The first of them.'),
    found: ref('DiagnosticCounts'),
    completions: list(ref('Completion'), 'What could be written there, what is most likely meant first.'),
    completionsFound: { description: 'How many there are, whatever is listed.', ...COUNT },
    hover: {
      description: 'Of the word at the place; null where nothing is known of it.',
      anyOf: [object({ range: ref('Range'), markdown: TEXT }), { type: 'null' }],
    },
  }),
  Completion: object({
    label: TEXT,
    kind: { description: 'As of the language server: `keyword`, `field`, `value` and the like.', ...TEXT },
    detail: TEXT_OR_NULL,
    markdown: TEXT_OR_NULL,
    insert: {
      description: 'In the snippet syntax of the Language Server Protocol where `snippet` is true.',
      ...TEXT,
    },
    snippet: FLAG,
    filter: { description: 'What editors compare with the text that it replaces.', ...TEXT },
    range: ref('Range'),
    again: { description: 'Whether to ask again once it is inserted.', ...FLAG },
  }),
};
