import type { ServiceContext } from '../../context/service-context.js';
import { streamStates } from '../event-stream.js';
import { defineOperation, type Operation } from '../operation.js';
import { TenantChanges } from '../tenant-changes.js';

export function eventOperations(context: ServiceContext): readonly Operation[] {
  const changes = new TenantChanges(context);
  return [
    defineOperation({
      id: 'followChanges',
      method: 'get',
      path: '/events',
      tag: 'service',
      stream: true,
      summary: 'What changes for the tenant, as server-sent events',
      description:
        'An event `changed` when the stream begins, and whenever something did; its data has a mark of what `/rules` answers (`rules`) and of what is stored (`stored`): who sees another than before asks again. With `Last-Event-ID` the first one is left out where nothing is new. A comment is sent every 15 s.',
      parameters: [],
      responses: {
        200: { description: 'The events.', content: { 'text/event-stream': { type: 'string' } } },
      },
      async handle({ call, request, response }) {
        const followed = changes.follow(call.tenant, request.get('last-event-id'));
        try {
          await streamStates(followed, response, call.signal);
        } finally {
          followed.close();
        }
      },
    }),
  ];
}
