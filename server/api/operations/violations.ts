import { replayJson } from '../../../engine/replay/result-json.js';
import { replayBlocks } from '../../../engine/replay/shares/replay-blocks.js';
import type { ServiceContext } from '../../context/service-context.js';
import { HttpError } from '../../http/http-error.js';
import { defineOperation, json, type Operation, ref } from '../operation.js';
import { NOT_FOUND, TOO_COSTLY } from '../responses.js';
import { WINDOW_PARAMETERS, windowOf } from '../times.js';

interface Params {
  readonly rule: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

export function violationOperations({ queries, rules, config }: ServiceContext): readonly Operation[] {
  const most = config.replay.maxViolations;
  return [
    defineOperation<Params>({
      id: 'listViolations',
      method: 'get',
      path: '/violations',
      tag: 'traces',
      summary: 'The violations of a rule, with their evidence',
      description: 'An answer at once, within `query.timeout`; for much data, start a replay.',
      parameters: [
        {
          name: 'rule',
          in: 'query',
          required: true,
          description: 'The id of a rule in force.',
          schema: { type: 'string', minLength: 1, maxLength: 200 },
        },
        ...WINDOW_PARAMETERS,
        {
          name: 'limit',
          in: 'query',
          description: 'Violations listed, the earliest; the counts are always complete.',
          schema: { type: 'integer', minimum: 0, maximum: most, default: Math.min(100, most) },
        },
      ],
      responses: {
        200: json(ref('ReplayResult'), 'The replay of that one rule.'),
        404: NOT_FOUND,
        422: TOO_COSTLY,
      },
      async handle({ call, params }) {
        const rule = rules.state.rules.find(({ item }) => item.id.text === params.rule);
        if (rule === undefined)
          throw new HttpError(404, `no rule in force is called ${JSON.stringify(params.rule)}`);
        const result = await queries.ask(call, 'violations', windowOf(params), (traces) =>
          replayBlocks({
            ...traces,
            rules: [rule],
            limit: params.limit,
            ruleLimitMs: config.replay.ruleTimeout,
            maxSeries: config.replay.maxSeries,
          }),
        );
        return replayJson(result);
      },
    }),
  ];
}
