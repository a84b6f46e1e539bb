/** Sends requests of spans to a port on loopback, by OTLP over gRPC. */
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { EXPORT_METHOD } from '../../server/otlp/grpc.js';

export interface OtlpSender {
  /** Resolves with whether it was acknowledged. */
  send(request: Buffer): Promise<boolean>;
  close(): void;
}

export function otlpSender(port: number): OtlpSender {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    send: async (request) =>
      await new Promise((resolve) => {
        client.makeUnaryRequest(EXPORT_METHOD, same, same, request, new Metadata(), (error) =>
          resolve(error === null),
        );
      }),
    close: () => client.close(),
  };
}
