/** A client of Tempo's streaming API. */
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { afterEach } from 'vitest';
import { decodeProtobuf, messageType } from './decode.js';

const clients: Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

export interface Answer {
  readonly messages: readonly unknown[];
  readonly error?: ServiceError;
}

/** Names of the messages of each method. */
const MESSAGES: Readonly<Record<string, readonly [request: string, response: string]>> = {
  Search: ['SearchRequest', 'SearchResponse'],
  SearchTags: ['SearchTagsRequest', 'SearchTagsResponse'],
  SearchTagsV2: ['SearchTagsRequest', 'SearchTagsV2Response'],
  SearchTagValues: ['SearchTagValuesRequest', 'SearchTagValuesResponse'],
  SearchTagValuesV2: ['SearchTagValuesRequest', 'SearchTagValuesV2Response'],
  MetricsQueryRange: ['QueryRangeRequest', 'QueryRangeResponse'],
  MetricsQueryInstant: ['QueryInstantRequest', 'QueryInstantResponse'],
};

/** Written with protobufjs from the `.proto` text, as any other client would. */
export async function call(
  { url }: { readonly url: string },
  name: string,
  request: object,
  headers: Readonly<Record<string, string>> = {},
  cancelled?: Promise<unknown>,
): Promise<Answer> {
  const [requestName, responseName] = MESSAGES[name] ?? [];
  const type = messageType(`tempopb.${requestName}`);
  const client = new Client(new URL(url).host, credentials.createInsecure());
  clients.push(client);
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  const messages: unknown[] = [];
  const stream = client.makeServerStreamRequest(
    `/tempopb.StreamingQuerier/${name}`,
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => decodeProtobuf(`tempopb.${responseName}`, bytes),
    Buffer.from(type.encode(type.fromObject(request)).finish()),
    metadata,
  );
  void cancelled?.then(() => stream.cancel());
  return await new Promise((resolve) => {
    stream.on('data', (message) => messages.push(message));
    stream.on('error', (error: ServiceError) => resolve({ messages, error }));
    stream.on('end', () => resolve({ messages }));
  });
}
