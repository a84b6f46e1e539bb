import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { protobufOf } from '../../engine/live/otlp/of-traces.js';
import { TestLive, traceOf } from './support.js';

it('what is let go of for want of memory is not held on to, however long it would have been kept', async () => {
  const test = await TestLive.start({
    rules: 'rule checked { when { name = "charge" } always { name = "check" } }',
    settings: { maxBytes: 6_000 },
  });
  const requests: WeakRef<Uint8Array>[] = [];
  for (let n = 1; n <= 10; n++) {
    const body = protobufOf([traceOf(n, 'charge', 'check')]);
    requests.push(new WeakRef(body));
    await test.live.accept('shop', body);
    // Long enough for it to be judged, and not for as long as it is kept then.
    await test.wait(6);
  }
  collectGarbage();
  const held = requests.filter((request) => request.deref() !== undefined).length;
  expect(test.live.openTraces).toBeLessThan(8);
  expect(held).toBe(test.live.openTraces);
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
