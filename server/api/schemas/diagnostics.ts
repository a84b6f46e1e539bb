import { type JsonSchema, ref } from '../operation.js';
import { COUNT, list, object, TEXT } from './object.js';

const PLACE = object({
  offset: { description: 'In UTF-16 code units, from 0.', type: 'integer', minimum: 0 },
  line: { type: 'integer', minimum: 1 },
  column: { type: 'integer', minimum: 1 },
});

export const DIAGNOSTIC_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Range: object({ start: PLACE, end: PLACE }),
  Diagnostic: object({
    path: TEXT,
    code: { type: 'string', pattern: '^BT\\d{4}$' },
    severity: { enum: ['error', 'warning', 'hint'] },
    message: TEXT,
    range: ref('Range'),
    fixes: list(
      object({
        title: TEXT,
        guess: {
          description:
            'One of several things that may be meant, or of so long a text that it was not tried: only the author knows.',
          type: 'boolean',
        },
        edits: list(object({ range: ref('Range'), newText: TEXT })),
      }),
    ),
    related: list(object({ path: TEXT, message: TEXT, range: ref('Range') })),
  }),
  DiagnosticCounts: object(
    { error: COUNT, warning: COUNT, hint: COUNT },
    'How many there are, whatever is listed.',
  ),
  CheckResult: object({
    diagnostics: list(ref('Diagnostic'), 'The first of them.'),
    found: ref('DiagnosticCounts'),
    rules: list(ref('Rule'), 'Those without errors.'),
  }),
};
