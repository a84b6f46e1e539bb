/** Sends spans to a port for some seconds, as fast as they are acknowledged; then says how many were. */
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { EXPORT_METHOD } from '../../server/otlp/grpc.js';
import { SPANS_PER_REQUEST, shopRequest } from './live-requests.js';

const [port, seconds] = process.argv.slice(2).map(Number);
const CONCURRENT = 8;
const TEMPLATES = 20;

interface Template {
  readonly bytes: Buffer;
  /** Where trace ids stand. */
  readonly ids: readonly number[];
}

/** Trace ids are 16 bytes with this tag and length before them, and begin with what this process puts there. */
function template(n: number): Template {
  const bytes = shopRequest(n);
  const mark = Buffer.concat([Buffer.from([0x0a, 0x10]), Buffer.alloc(4)]);
  mark.writeUInt32BE(process.pid, 2);
  const ids: number[] = [];
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) ids.push(at + 2);
  return { bytes, ids };
}

async function main(): Promise<void> {
  const templates = Array.from({ length: TEMPLATES }, (_, n) => template(n));
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  let sent = 0;
  let acknowledged = 0;
  let refused = 0;
  const next = (): Buffer => {
    const { bytes, ids } = templates[sent % TEMPLATES]!;
    const request = Buffer.from(bytes);
    // Other traces each time: bytes 4 to 8 of the id count the requests.
    for (const at of ids) request.writeUInt32BE(sent + 1_000_000, at + 4);
    sent++;
    return request;
  };
  const begun = performance.now();
  const until = begun + seconds! * 1000;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const taken = await new Promise<boolean>((resolve) => {
        client.makeUnaryRequest(EXPORT_METHOD, same, same, next(), new Metadata(), (error) =>
          resolve(error === null),
        );
      });
      if (taken) acknowledged += SPANS_PER_REQUEST;
      else {
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, one));
  process.send?.({ spans: acknowledged, ms: performance.now() - begun, refused });
  client.close();
  process.disconnect?.();
}

await main();
