import { discoveryJson } from '../../../engine/discover/discovery-json.js';
import type { ServiceContext } from '../../context/service-context.js';
import { discoveryText } from '../../shared/discovery-text.js';
import { defineOperation, json, type Operation, ref } from '../operation.js';
import { TOO_COSTLY } from '../responses.js';
import { WINDOW_SCHEMAS, windowOf } from '../times.js';

interface Asked {
  readonly from?: string;
  readonly to?: string;
  readonly since?: string;
  readonly service?: string;
  readonly limit?: number;
}

const MOST = 100;
const USUAL = 40;

export function discoverOperations({ replays }: ServiceContext): readonly Operation[] {
  return [
    defineOperation<Record<never, never>, Asked>({
      id: 'discoverRules',
      method: 'post',
      path: '/discover',
      tag: 'rules',
      // It takes its turn with replays, and as long as one of them may.
      stream: true,
      summary: 'Propose rules that stored traces nearly always keep, as `betrace discover` does',
      description:
        'Answered when it is done, which takes a few times as long as a replay; closing the connection ends it. It takes its turn with replays, within `replay.timeout` and `replay.memory`.',
      parameters: [],
      body: {
        description: 'What to look at.',
        schema: {
          type: 'object',
          additionalProperties: false,
          properties: {
            ...WINDOW_SCHEMAS,
            since: {
              description: 'Only what is broken more often from then on than before; a time as the others.',
              type: 'string',
              maxLength: 64,
            },
            service: {
              description: 'Only rules that spans of this service are part of.',
              type: 'string',
              minLength: 1,
              maxLength: 500,
            },
            limit: {
              description: 'Rules proposed at most.',
              type: 'integer',
              minimum: 1,
              maximum: MOST,
              default: USUAL,
            },
          },
        },
      },
      responses: { 200: json(ref('Discovery'), 'The rules.'), 422: TOO_COSTLY },
      async handle({ call, body }) {
        const { from, to, since, service, limit = USUAL } = body;
        const sinceNs = since === undefined ? undefined : windowOf({ from: since }).fromNs;
        const discovery = await replays.discover({
          tenant: call.tenant,
          signal: call.signal,
          window: windowOf({ ...(from && { from }), ...(to && { to }) }),
          limit,
          ...(service === undefined ? {} : { service }),
          ...(sinceNs === undefined ? {} : { sinceNs }),
        });
        return { ...discoveryJson(discovery), file: discoveryText(discovery) };
      },
    }),
  ];
}
