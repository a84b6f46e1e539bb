import { FINDINGS } from '../../../engine/evidence/record.js';
import type { JsonSchema } from '../operation.js';
import { COUNT, FLAG, list, object, TEXT, TEXT_OR_NULL } from './object.js';

const FINDING: JsonSchema = { type: 'string', enum: [...FINDINGS] };

export const EVIDENCE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Evidence: object({
    enabled: { description: 'Whether the service keeps any.', ...FLAG },
    problem: { description: 'Why what is kept cannot be read; null where it can.', ...TEXT_OR_NULL },
    first: { description: 'The days that were asked for, both included.', ...TEXT },
    last: TEXT,
    head: {
      description: 'The last link of the chain; null for none.',
      oneOf: [object({ seq: COUNT, hash: TEXT, key: TEXT }), { type: 'null' }],
    },
    controls: list(
      object({
        control: TEXT,
        period: { description: '`2026-11`, or `2026 Q4`.', ...TEXT },
        rules: list(TEXT, 'Ids.'),
        days: list(object({ finding: FINDING, count: COUNT }), 'How many days have which finding.'),
        applicable: COUNT,
        violated: COUNT,
        traces: { description: 'What was looked at.', ...COUNT },
        spans: COUNT,
      }),
      'By control, then by period.',
    ),
    rules: list(
      object({
        id: TEXT,
        revision: TEXT,
        severity: TEXT,
        summary: TEXT_OR_NULL,
        text: { description: 'As it was in force; null where records do not say.', ...TEXT_OR_NULL },
        controls: list(TEXT),
        days: list(object({ day: TEXT, finding: FINDING }), 'Those that have a record.'),
        applicable: COUNT,
        violated: COUNT,
        violations: list(object({ day: TEXT, ids: list(TEXT) }), 'Some of them, by their ids.'),
      }),
      'Each revision by itself.',
    ),
  }),
};
