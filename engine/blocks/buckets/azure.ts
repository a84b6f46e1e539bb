/** Objects in Azure Blob Storage, by the official clients. */
import type { TokenCredential } from '@azure/identity';
import type {
  ContainerClient,
  StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { messageOf } from '../../shared/message-of.js';
import { failureOfAnswer, failureOfError } from './failure.js';
import { ObjectFailure, type ObjectStore } from './object-store.js';
import type { AzureIdentity, AzurePlace } from './place.js';
import { checkedBody } from './ranges.js';

const ENDPOINT = 'blob.core.windows.net';

export async function openAzure(place: AzurePlace): Promise<ObjectStore> {
  const { container, identity } = await clientOf(place);
  const ask = async <T>(make: () => Promise<T>): Promise<T> => {
    try {
      return await make();
    } catch (error) {
      throw failureOf(error);
    }
  };
  return {
    identity,
    list: ({ prefix, delimited, page, most, signal }) =>
      ask(async () => {
        const settings = {
          ...(page !== undefined && { continuationToken: page }),
          maxPageSize: Math.min(most ?? 1000, 5000),
        };
        const options = { prefix, abortSignal: signal };
        if (delimited) {
          const pages = container.listBlobsByHierarchy('/', options).byPage(settings);
          const { value } = await pages.next();
          const { blobItems = [], blobPrefixes = [] } = value?.segment ?? {};
          return {
            keys: blobItems.map(({ name }: { readonly name: string }) => name),
            prefixes: blobPrefixes.map(({ name }: { readonly name: string }) => name),
            ...next(value?.continuationToken),
          };
        }
        const pages = container.listBlobsFlat(options).byPage(settings);
        const { value } = await pages.next();
        return {
          keys: (value?.segment.blobItems ?? []).map(({ name }: { readonly name: string }) => name),
          prefixes: [],
          ...next(value?.continuationToken),
        };
      }),
    get: ({ key, range, unlessTag, limit, signal }) =>
      ask(async () => {
        const blob = container.getBlobClient(key);
        const answer = await blob
          .download(range?.start ?? 0, range === undefined ? undefined : range.end - range.start, {
            abortSignal: signal,
            // Tries are counted above, for all stores alike: this client would continue reading where a body was cut off.
            maxRetryRequests: 0,
            ...(unlessTag !== undefined && { conditions: { ifNoneMatch: unlessTag } }),
          })
          .catch((error: unknown) => {
            if (statusOf(error) === 304) return 'unchanged' as const;
            throw error;
          });
        if (answer === 'unchanged') return answer;
        const body = answer.readableStreamBody;
        if (body === undefined) throw new ObjectFailure('busy', 'the answer has no body');
        const bytes = await checkedBody(body as AsyncIterable<Buffer>, {
          length: answer.contentLength,
          contentRange: answer.contentRange,
          range,
          limit,
        });
        return { bytes, ...(answer.etag !== undefined && { tag: answer.etag, version: answer.etag }) };
      }),
    write: ({ key, bytes, version, signal }) =>
      ask(async () => {
        const conditions = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
        const answer = await container
          .getBlockBlobClient(key)
          .upload(bytes, bytes.length, { abortSignal: signal, conditions })
          .catch((error: unknown) => {
            // 409: there is such a blob, where none may be.
            const status = statusOf(error);
            if (status === 412 || (status === 409 && codeOf(error) === 'BlobAlreadyExists'))
              return 'changed' as const;
            throw error;
          });
        if (answer === 'changed') return answer;
        if (answer.etag === undefined) throw new ObjectFailure('refused', 'the answer has no ETag');
        return { version: answer.etag };
      }),
    size: (key, signal) =>
      ask(async () => {
        const { contentLength } = await container.getBlobClient(key).getProperties({ abortSignal: signal });
        if (contentLength === undefined) throw new ObjectFailure('busy', 'the answer has no length');
        return contentLength;
      }),
    close: () => undefined,
  };
}

function next(token: string | undefined): { readonly next?: string } {
  return token === undefined || token === '' ? {} : { next: token };
}

interface Opened {
  readonly container: ContainerClient;
  readonly identity: string;
}

async function clientOf(place: AzurePlace): Promise<Opened> {
  const { ContainerClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
  const url = `${accountUrl(place)}/${place.container}`;
  // Tries are counted above.
  const options: StoragePipelineOptions = { retryOptions: { maxTries: 1 } };
  const env = process.env;
  const open = (credential: StorageSharedKeyCredential | TokenCredential, identity: string): Opened => ({
    container: new ContainerClient(url, credential, options),
    identity,
  });
  const key = place.accountKey ?? env.AZURE_STORAGE_KEY ?? env.AZURE_STORAGE_ACCOUNT_KEY;
  const way = place.identity ?? (key !== undefined ? 'key' : undefined);
  if (way === 'key') {
    if (key === undefined) throw new ObjectFailure('credentials', 'there is no key of the account');
    const where = place.accountKey === undefined ? 'the environment' : 'the settings';
    return open(new StorageSharedKeyCredential(place.account, key), `the key of the account from ${where}`);
  }
  const sas = env.AZURE_STORAGE_SAS_TOKEN;
  if (way === undefined && sas !== undefined) {
    const signed = `${url}?${sas.replace(/^\?/, '')}`;
    return {
      container: new ContainerClient(signed, undefined, options),
      identity: 'a shared access signature from the environment',
    };
  }
  const [credential, identity] = await identityOf(way ?? 'default', place.clientId);
  return open(credential, identity);
}

async function identityOf(
  way: Exclude<AzureIdentity, 'key'>,
  clientId: string | undefined,
): Promise<readonly [TokenCredential, string]> {
  const { DefaultAzureCredential, ManagedIdentityCredential, WorkloadIdentityCredential } = await import(
    '@azure/identity'
  );
  try {
    switch (way) {
      case 'federated':
        return [
          new WorkloadIdentityCredential(clientId === undefined ? {} : { clientId }),
          'a federated token (workload identity)',
        ];
      case 'managed':
        return [
          clientId === undefined
            ? new ManagedIdentityCredential()
            : new ManagedIdentityCredential({ clientId }),
          'the managed identity of this machine',
        ];
      case 'default':
        return [
          new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
          'credentials that the Azure client found',
        ];
    }
  } catch (error) {
    throw new ObjectFailure('credentials', firstLine(error), undefined, { cause: error });
  }
}

/** As Tempo takes its `endpoint_suffix`: what does not begin with `blob.` is an emulator, which has the account in the path. */
function accountUrl({ account, endpoint = ENDPOINT }: AzurePlace): string {
  if (/^https?:\/\//.test(endpoint)) return endpoint.replace(/\/$/, '');
  return endpoint.startsWith('blob.') ? `https://${account}.${endpoint}` : `http://${endpoint}/${account}`;
}

function failureOf(error: unknown): ObjectFailure {
  if (error instanceof ObjectFailure || !(error instanceof Error)) return failureOfError(error);
  if (/^(?:CredentialUnavailableError|AuthenticationError|AggregateAuthenticationError)$/.test(error.name))
    return new ObjectFailure('credentials', firstLine(error), undefined, { cause: error });
  const status = statusOf(error);
  if (status === undefined) return failureOfError(error);
  const response = 'response' in error ? (error.response as Answer) : undefined;
  const kept = codeOf(error) ?? response?.headers.get('x-ms-error-code');
  return failureOfAnswer(
    {
      status,
      message: firstLine(error),
      retryAfter: response?.headers.get('retry-after') ?? null,
      ...(kept !== undefined && { code: kept }),
    },
    error,
  );
}

interface Answer {
  readonly headers: { get(name: string): string | undefined };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1)[0] ?? '';
}
