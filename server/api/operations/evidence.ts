import type { EvidenceJson } from '../../../engine/answers/evidence.js';
import { PERIODS, type Period } from '../../../engine/evidence/controls.js';
import { dayAfter, dayOf } from '../../../engine/evidence/record.js';
import type { ServiceContext } from '../../context/service-context.js';
import { ChainDamaged, readChain } from '../../evidence/chain-files.js';
import { evidenceJson } from '../../evidence/evidence-json.js';
import { defaultStateDirectory } from '../../live/state-directory.js';
import { defineOperation, json, type Operation, ref } from '../operation.js';

/** Without a first day: a quarter, whatever its months. */
const USUAL_DAYS = 92;
const DAY = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$' } as const;

interface Asked {
  readonly first?: string;
  readonly last?: string;
  readonly period?: Period;
}

export function evidenceOperations({ config }: ServiceContext): readonly Operation[] {
  return [
    defineOperation<Asked>({
      id: 'getEvidence',
      method: 'get',
      path: '/evidence',
      tag: 'rules',
      summary: 'What the evidence says that the service has kept, by control and by rule',
      description: 'For people to look at. What can be verified is what `betrace evidence` exports.',
      parameters: [
        {
          name: 'first',
          in: 'query',
          description: `The first day, in UTC; by default ${USUAL_DAYS} days before the last.`,
          schema: DAY,
        },
        { name: 'last', in: 'query', description: 'The last day, included; by default today.', schema: DAY },
        {
          name: 'period',
          in: 'query',
          description: 'What controls are summed up by.',
          schema: { type: 'string', enum: [...PERIODS], default: 'month' },
        },
      ],
      responses: { 200: json(ref('Evidence'), 'The evidence.') },
      async handle({ call, params }): Promise<EvidenceJson> {
        const { last = dayOf(Date.now()), period = 'month' } = params;
        const { first = dayAfter(last, -USUAL_DAYS) } = params;
        const { enabled } = config.evidence;
        const directory = config.live.directory ?? defaultStateDirectory();
        const asked = { first, last, period };
        if (!enabled) return evidenceJson(undefined, asked);
        return evidenceJson(await readChain(directory, call.tenant).catch(damage), asked);
      },
    }),
  ];
}

function damage(error: unknown): ChainDamaged {
  if (error instanceof ChainDamaged) return error;
  throw error;
}
