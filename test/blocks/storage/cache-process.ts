/**
 * A process that uses the cache, for tests with several: `cache-process.ts DIRECTORY MODE`. It prints a line when it is
 * in the build. Modes: `build` takes 200 ms and prints the spans file's content at the end; `hang` never ends its build;
 * `count` acquires 40 blocks in turn within a small bound and reads each; `column NAME` asks for a column of spans, which takes
 * 200 ms, and prints the columns that the spans file has, and how many of them were there before.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BuildFlatBlock, openFlatCache } from '../../../engine/blocks/cache/cache.js';
import type { SpanColumn } from '../../../engine/plan/schema.js';
import { blockId, blockMeta, needs, writeFlat } from './support.js';

const [directory = '', mode = '', column = ''] = process.argv.slice(2);

const build: BuildFlatBlock = async (paths) => {
  console.log('building');
  await writeFile(paths.spans, 'half');
  if (mode === 'hang') await sleep(3_600_000);
  await sleep(200);
  return await writeFlat(paths, 'spans');
};

if (mode === 'count') {
  const cache = openFlatCache({ directory, maxBytes: 3000 });
  let used = 0;
  for (let round = 0; round < 40; round++) {
    const number = round % 7;
    const expected = `spans of ${number}`.padEnd(500);
    const text = await cache.withFlatBlock(
      blockMeta({ blockId: blockId(number) }),
      needs({}),
      (paths) => writeFlat(paths, expected),
      (flat) => readFile(flat.spans, 'utf8'),
    );
    if (text === expected) used++;
  }
  console.log(used);
} else if (mode === 'column') {
  const wanted = needs({ spans: [column as SpanColumn] });
  let kept = 0;
  const lease = await openFlatCache({ directory }).acquire(
    blockMeta({}),
    wanted,
    async (paths, all, base) => {
      console.log('building');
      await writeFile(paths.spans, 'half');
      await sleep(200);
      kept = base === undefined ? 0 : (await readFile(base.block.spans, 'utf8')).split(',').length;
      return await writeFlat(paths, all.spans.join());
    },
  );
  console.log(`${await readFile(lease.block.spans, 'utf8')} ${kept}`);
} else {
  const lease = await openFlatCache({ directory }).acquire(blockMeta({}), needs({}), build);
  console.log(await readFile(lease.block.spans, 'utf8'));
}
