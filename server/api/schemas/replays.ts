import type { ReplayStatus } from '../../../engine/answers/replay-job.js';
import { type JsonSchema, ref } from '../operation.js';
import { COUNT, list, MOMENT, MOMENT_OR_NULL, object, TEXT, TEXT_OR_NULL } from './object.js';

const STATUSES: Readonly<Record<ReplayStatus, true>> = {
  waiting: true,
  running: true,
  succeeded: true,
  failed: true,
  cancelled: true,
};

export const REPLAY_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Replay: object({
    id: { type: 'string', format: 'uuid' },
    status: { enum: Object.keys(STATUSES) },
    rules: list(TEXT, 'Ids.'),
    from: { description: 'Null for an open end.', ...MOMENT_OR_NULL },
    to: MOMENT_OR_NULL,
    limit: { description: 'Violations listed for each rule.', ...COUNT },
    progress: object({
      stage: { enum: ['waiting', 'reading', 'evaluating', 'done'] },
      fraction: { type: 'number', minimum: 0, maximum: 1 },
      blocks: { description: 'Read so far.', ...COUNT },
      totalBlocks: COUNT,
      spans: { description: 'Read so far.', ...COUNT },
    }),
    counts: {
      description: 'Of each rule, once it has succeeded; null before.',
      anyOf: [
        list(
          object({
            rule: TEXT,
            applicable: COUNT,
            passed: COUNT,
            vacuous: COUNT,
            violated: COUNT,
            cannotTell: COUNT,
            problem: {
              description: 'Why the rule was not judged to the end; null for one that was.',
              anyOf: [object({ code: TEXT, reason: TEXT }), { type: 'null' }],
            },
          }),
        ),
        { type: 'null' },
      ],
    },
    error: { description: 'Why it failed; null otherwise.', ...TEXT_OR_NULL },
    created: MOMENT,
    started: MOMENT_OR_NULL,
    ended: MOMENT_OR_NULL,
    expires: { description: 'When it will be forgotten; null while it is going on.', ...MOMENT_OR_NULL },
  }),
  ReplayList: object({ replays: list(ref('Replay'), 'The newest first.') }),
};
