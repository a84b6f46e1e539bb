import { Client, credentials, type Metadata } from '@grpc/grpc-js';
import { EXPORT_METHOD } from '../../../server/otlp/grpc.js';

/** The status of one export; 0 is success. */
export async function exportByGrpc(
  port: number,
  body: Uint8Array,
  metadata: Metadata,
): Promise<{ readonly code: number; readonly details?: Buffer }> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const bytes = (message: Buffer): Buffer => message;
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(EXPORT_METHOD, bytes, bytes, Buffer.from(body), metadata, (error) => {
        const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
        resolve({ code: error?.code ?? 0, ...(Buffer.isBuffer(details) ? { details } : {}) });
      });
    });
  } finally {
    client.close();
  }
}
