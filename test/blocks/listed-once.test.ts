import { expect, it } from 'vitest';
import type { BlockRange } from '../../engine/blocks/listing/block-range.js';
import { listedOnce } from '../../engine/blocks/listing/block-source.js';

it('lists each range once, and a wider one anew', async () => {
  const asked: BlockRange[] = [];
  const source = listedOnce({
    list: async (_tenant, range) => {
      asked.push(range);
      return { blocks: [], unread: [], warnings: [], outside: 0 };
    },
  });
  const tenant = { name: 'a', path: 'a' };
  const narrow = { fromNs: 10n, toNs: 20n };
  for (const range of [narrow, { ...narrow }, {}, { toNs: 20n }, narrow, {}])
    await source.list(tenant, range);
  expect(asked).toEqual([narrow, {}, { toNs: 20n }]);
  await source.list(tenant, narrow, true);
  expect(asked.length).toBe(4);
});
