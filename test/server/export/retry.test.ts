/** How long receivers ask to wait, over sockets, as servers that are not ours say it. */
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';
import { expect, it, onTestFinished } from 'vitest';
import type { SendOutcome } from '../../../engine/live/outbox/delivery.js';
import { grpcSender } from '../../../server/export/grpc.js';
import { httpSender } from '../../../server/export/http.js';
import type { Sender } from '../../../server/export/sender.js';
import { EXPORT_METHOD } from '../../../server/otlp/grpc.js';

const OPTIONS = { headers: {}, tenantHeader: true, timeoutMs: 5000 };

async function sent(sender: Sender): Promise<SendOutcome> {
  onTestFinished(() => sender.close());
  return await sender.send('shop', new Uint8Array(0));
}

/** A `google.rpc.Status` with a `DebugInfo` and then a `RetryInfo` that asks for so long. */
function statusDetails(seconds: number, nanos: number): Buffer {
  const any = (type: string, value: Uint8Array): Uint8Array =>
    protobuf.Writer.create()
      .uint32(10)
      .string(`type.googleapis.com/${type}`)
      .uint32(18)
      .bytes(value)
      .finish();
  const delay = protobuf.Writer.create().uint32(8).int64(seconds).uint32(16).int32(nanos).finish();
  const retryInfo = protobuf.Writer.create().uint32(10).bytes(delay).finish();
  return Buffer.from(
    protobuf.Writer.create()
      .uint32(8)
      .int32(status.RESOURCE_EXHAUSTED)
      .uint32(18)
      .string('busy')
      .uint32(26)
      .bytes(any('google.rpc.DebugInfo', new Uint8Array(0)))
      .uint32(26)
      .bytes(any('google.rpc.RetryInfo', retryInfo))
      .finish(),
  );
}

/** What comes of a request to a server of gRPC that is out of resources. */
async function sentToBusyGrpc(details: Buffer | undefined): Promise<SendOutcome> {
  const server = new Server();
  const bytes = (body: Buffer): Buffer => body;
  const method = {
    path: EXPORT_METHOD,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  server.addService(
    { export: method },
    {
      export: (_: unknown, answer: (error: Partial<ServiceError>) => void) => {
        const metadata = new Metadata();
        if (details !== undefined) metadata.set('grpc-status-details-bin', details);
        answer({ code: status.RESOURCE_EXHAUSTED, details: 'busy', metadata });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return await sent(grpcSender({ ...OPTIONS, endpoint: `http://127.0.0.1:${port}` }));
}

/** What comes of a request to a server of HTTP that answers with 503 and these headers. */
async function sentToBusyHttp(headers: OutgoingHttpHeaders): Promise<SendOutcome> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(503, headers).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return await sent(httpSender({ ...OPTIONS, endpoint: `http://127.0.0.1:${port}/v1/traces` }));
}

it('takes the time of a RetryInfo from gRPC, among other details', async () => {
  const message = 'RESOURCE_EXHAUSTED: busy';
  expect(await sentToBusyGrpc(statusDetails(7, 250_000_000))).toEqual({
    kind: 'later',
    message,
    afterMs: 7250,
  });
  expect(await sentToBusyGrpc(undefined)).toEqual({ kind: 'later', message });
  expect(await sentToBusyGrpc(Buffer.from('no status'))).toEqual({ kind: 'later', message });
});

it('takes a Retry-After from HTTP, which is seconds or a date', async () => {
  const message = 'the receiver answered 503';
  expect(await sentToBusyHttp({ 'retry-after': '7' })).toEqual({ kind: 'later', message, afterMs: 7000 });
  const asked = await sentToBusyHttp({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
  const { afterMs = 0 } = asked as SendOutcome & { readonly kind: 'later' };
  // A date has whole seconds, and the request takes a while.
  expect(afterMs).toBeGreaterThan(40_000);
  expect(afterMs).toBeLessThanOrEqual(60_000);
  expect(asked).toEqual({ kind: 'later', message, afterMs });
  expect(await sentToBusyHttp({ 'retry-after': 'soon' })).toEqual({ kind: 'later', message });
  expect(await sentToBusyHttp({})).toEqual({ kind: 'later', message });
});
