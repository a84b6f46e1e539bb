import type { InfoJson } from '../../../engine/answers/info.js';
import type { ServiceContext } from '../../context/service-context.js';
import { scopeOf } from '../../http/request-scope.js';
import { storedBlocks } from '../../questions/stored-blocks.js';
import { defineOperation, json, type Operation, ref } from '../operation.js';
import { timeOrNull } from '../times.js';

const NO_BLOCKS = { blocks: [], unread: [] };

export function infoOperations({ config, queries, rules, version }: ServiceContext): readonly Operation[] {
  const storedJson = async (tenant: string) => {
    // Whatever goes wrong here is the problem that the watch has met.
    const list = await queries.watch.list(queries.tenant(tenant), {}).catch(() => NO_BLOCKS);
    const { startNs, endNs, ...counts } = storedBlocks(list);
    return { ...counts, from: timeOrNull(startNs), to: timeOrNull(endNs) };
  };
  return [
    defineOperation({
      id: 'getInfo',
      method: 'get',
      path: '/info',
      tag: 'service',
      summary: 'What runs here',
      parameters: [],
      responses: { 200: json(ref('Info'), 'The service as it is now.') },
      async handle({ call, request }): Promise<InfoJson> {
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
          storage: { problem: queries.watch.problem ?? null, ...(await storedJson(call.tenant)) },
        };
      },
    }),
  ];
}
