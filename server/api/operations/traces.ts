import type { ServiceContext } from '../../context/service-context.js';
import { HttpError } from '../../http/http-error.js';
import { defineOperation, json, type Operation, ref } from '../operation.js';
import { NOT_FOUND } from '../responses.js';
import { traceJson } from '../trace-json.js';

export function traceOperations({ queries }: ServiceContext): readonly Operation[] {
  return [
    defineOperation<{ id: string }>({
      id: 'getTrace',
      method: 'get',
      path: '/traces/{id}',
      tag: 'traces',
      summary: 'One whole trace, in OTLP’s JSON',
      parameters: [
        {
          name: 'id',
          in: 'path',
          description: 'Up to 32 hex digits; zeros that are missing in front are added.',
          schema: { type: 'string', pattern: '^[0-9a-fA-F]{1,32}$' },
        },
      ],
      responses: { 200: json(ref('Trace'), 'The trace.'), 404: NOT_FOUND },
      async handle({ call, params }) {
        const found = await queries.trace(call, params.id.toLowerCase().padStart(32, '0'));
        if (found.resourceSpans.length > 0) return traceJson(found);
        throw new HttpError(404, 'no block holds that trace');
      },
    }),
  ];
}
