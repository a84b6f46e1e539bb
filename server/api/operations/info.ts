import type { ServiceContext } from '../../context/service-context.js';
import { scopeOf } from '../../http/request-scope.js';
import { defineOperation, json, type Operation, ref } from '../operation.js';

export function infoOperations({ config, queries, rules, version }: ServiceContext): readonly Operation[] {
  return [
    defineOperation({
      id: 'getInfo',
      method: 'get',
      path: '/info',
      tag: 'service',
      summary: 'What runs here',
      parameters: [],
      responses: { 200: json(ref('Info'), 'The service as it is now.') },
      async handle({ call, request }) {
        const { principal } = scopeOf(request);
        const open = queries.watch.tenants
          .map(({ name }) => name)
          .filter((name) => principal?.mayReach(name));
        const all = rules.state.rules;
        const enabled = all.filter(({ settings }) => settings.enabled).length;
        return {
          version,
          tenant: call.tenant,
          tenants: config.multitenancyEnabled ? open : [call.tenant],
          multitenancy: config.multitenancyEnabled,
          rules: {
            inForce: enabled,
            disabled: all.length - enabled,
            faultyFiles: rules.state.files.filter(({ state }) => state !== 'current').length,
          },
          storage: { problem: queries.watch.problem ?? null },
        };
      },
    }),
  ];
}
