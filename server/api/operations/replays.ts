import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ServiceContext } from '../../context/service-context.js';
import { HttpError } from '../../http/http-error.js';
import type { ReplayJob } from '../../replays/replay-job.js';
import { defineOperation, type JsonSchema, json, type Operation, type Parameter, ref } from '../operation.js';
import { sendEvents } from '../replay-events.js';
import { replayJobJson } from '../replay-json.js';
import { CONFLICT, NOT_FOUND, UNSOUND } from '../responses.js';
import { type ReplayBody, startReplay } from '../start-replay.js';
import { TEXT_FIELDS } from '../text-body.js';
import { WINDOW_SCHEMAS } from '../times.js';

const ID: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The id of a replay.',
  schema: { type: 'string', maxLength: 64 },
};

function startBody(most: number): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      rules: {
        description: 'Ids of rules; all enabled ones by default.',
        type: 'array',
        minItems: 1,
        maxItems: 1000,
        items: { type: 'string', maxLength: 200 },
      },
      ...TEXT_FIELDS,
      text: { ...TEXT_FIELDS.text, description: 'Rules to run instead of those in force.' },
      ...WINDOW_SCHEMAS,
      limit: {
        description: 'Violations listed for each rule; the counts are always complete.',
        type: 'integer',
        minimum: 0,
        maximum: most,
        default: Math.min(1000, most),
      },
      why: {
        description:
          'Whether to find out what is different about the cases that violate a rule: `differences` of its result. It takes once to some times the time of the replay again.',
        type: 'boolean',
        default: false,
      },
    },
  };
}

export function replayOperations(context: ServiceContext): readonly Operation[] {
  const { replays, config } = context;
  const find = (tenant: string, id: string): ReplayJob => {
    const job = replays.find(tenant, id);
    if (job !== undefined) return job;
    throw new HttpError(404, 'there is no such replay, or it is forgotten');
  };
  const show = (job: ReplayJob): unknown => replayJobJson(job, replays);
  return [
    defineOperation<Record<never, never>, ReplayBody>({
      id: 'startReplay',
      method: 'post',
      path: '/replays',
      tag: 'replays',
      summary: 'Run rules over stored traces',
      parameters: [],
      body: { description: 'What to run over what.', schema: startBody(config.replay.maxViolations) },
      responses: {
        202: {
          ...json(ref('Replay'), 'It waits or runs.'),
          headers: { Location: { description: 'Where to ask for it.', schema: { type: 'string' } } },
        },
        422: UNSOUND,
      },
      async handle({ call, body, response }) {
        const job = startReplay(context, call.tenant, body);
        response.status(202).location(`/betrace/v1/replays/${job.id}`);
        return show(job);
      },
    }),
    defineOperation({
      id: 'listReplays',
      method: 'get',
      path: '/replays',
      tag: 'replays',
      summary: 'The replays of the tenant that are not forgotten',
      parameters: [],
      responses: { 200: json(ref('ReplayList'), 'The replays.') },
      async handle({ call }) {
        return { replays: replays.of(call.tenant).map(show) };
      },
    }),
    defineOperation<{ id: string }>({
      id: 'getReplay',
      method: 'get',
      path: '/replays/{id}',
      tag: 'replays',
      summary: 'How far a replay is',
      parameters: [ID],
      responses: { 200: json(ref('Replay'), 'The replay.'), 404: NOT_FOUND },
      async handle({ call, params }) {
        return show(find(call.tenant, params.id));
      },
    }),
    defineOperation<{ id: string }>({
      id: 'followReplay',
      method: 'get',
      path: '/replays/{id}/events',
      tag: 'replays',
      stream: true,
      summary: 'The progress of a replay as server-sent events',
      description:
        'Events `progress` and, as the last, `end`; the data of each is a `Replay`. With `Last-Event-ID` only what is new since is sent. A comment is sent every 15 s.',
      parameters: [ID],
      responses: {
        200: { description: 'The events.', content: { 'text/event-stream': { type: 'string' } } },
        404: NOT_FOUND,
      },
      async handle({ call, params, request, response }) {
        const job = find(call.tenant, params.id);
        await sendEvents(job, () => show(job), request, response, call.signal);
      },
    }),
    defineOperation<{ id: string }>({
      id: 'getReplayResult',
      method: 'get',
      path: '/replays/{id}/result',
      tag: 'replays',
      summary: 'What a replay found, as `betrace replay --format json` gives it',
      parameters: [ID],
      responses: {
        200: json(ref('ReplayResult'), 'The result.'),
        404: NOT_FOUND,
        409: CONFLICT,
      },
      async handle({ call, params, response }) {
        const job = find(call.tenant, params.id);
        if (job.status !== 'succeeded')
          throw new HttpError(409, `the replay has no result: it is ${job.status}`, { code: 'BT5022' });
        response.type('application/json');
        await pipeline(createReadStream(job.resultPath), response, { signal: call.signal });
        return undefined;
      },
    }),
    defineOperation<{ id: string }>({
      id: 'cancelReplay',
      method: 'delete',
      path: '/replays/{id}',
      tag: 'replays',
      summary: 'Cancel a replay, or forget one that is over',
      parameters: [ID],
      responses: {
        202: json(ref('Replay'), 'It is being cancelled.'),
        204: { description: 'It is forgotten.' },
        404: NOT_FOUND,
      },
      async handle({ call, params, response }) {
        const job = find(call.tenant, params.id);
        if (job.over) {
          replays.forget(job);
          response.status(204).end();
          return undefined;
        }
        job.cancel(new Error('cancelled on request'));
        response.status(202);
        return show(job);
      },
    }),
  ];
}
