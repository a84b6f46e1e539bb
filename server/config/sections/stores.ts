import type { ObjectNode } from '../schema-node.js';
import { clientTls } from './tls.js';

/** How each kind of object store is asked; a directory needs none of it. */
export const STORE_SECTIONS = {
  s3: {
    type: 'object',
    description:
      'For `s3://`. Without keys the credentials are those of the environment, the AWS profile, a web identity, or the role of the container or the machine.',
    additionalProperties: false,
    properties: {
      endpoint: {
        type: 'string',
        minLength: 1,
        description: 'Host and port, or a URL, of what speaks the protocol of S3; that of AWS without it.',
      },
      region: {
        type: 'string',
        minLength: 1,
        description: 'By default that of the environment or the profile.',
      },
      access_key: {
        type: 'string',
        minLength: 1,
        writeOnly: true,
        description: 'Together with `secret_key`.',
      },
      secret_key: {
        type: 'string',
        minLength: 1,
        writeOnly: true,
        description: 'Better given by the environment.',
      },
      session_token: { type: 'string', minLength: 1, writeOnly: true, description: 'Of temporary keys.' },
      insecure: {
        type: 'boolean',
        default: false,
        description: 'HTTP instead of HTTPS, where the endpoint does not say.',
      },
      path_style: {
        type: 'boolean',
        description:
          'The bucket in the path instead of the host name; by default so where the endpoint is not that of AWS.',
      },
      customer_key: {
        type: 'string',
        minLength: 32,
        writeOnly: true,
        description: 'What objects are encrypted with by SSE-C: 32 bytes.',
      },
      ...clientTls('The certificate that is shown to the endpoint, PEM (mTLS).'),
      server_name: {
        type: 'string',
        minLength: 1,
        description: 'The name that the endpoint’s certificate is for, where it is not that of the host.',
      },
      skip_verify: {
        type: 'boolean',
        default: false,
        description: 'Takes any certificate. Whoever is on the way can then read and change everything.',
      },
    },
  },
  gcs: {
    type: 'object',
    description: 'For `gs://`. Credentials are Google’s application default credentials.',
    additionalProperties: false,
    properties: {
      endpoint: {
        type: 'string',
        minLength: 1,
        description: 'The URL of the JSON API, for an emulator or a proxy.',
      },
      insecure: {
        type: 'boolean',
        default: false,
        description: 'Asks without credentials: for a public bucket, or an emulator.',
      },
    },
  },
  azure: {
    type: 'object',
    description: 'For `azblob://`.',
    additionalProperties: false,
    properties: {
      account_key: {
        type: 'string',
        minLength: 1,
        writeOnly: true,
        description: 'The key of the account; better `AZURE_STORAGE_KEY` in the environment, or an identity.',
      },
      endpoint: {
        type: 'string',
        minLength: 1,
        description:
          'What follows the account in the host name, `blob.core.windows.net` by default; the host and port of an emulator; or the whole URL of the account.',
      },
      identity: {
        type: 'string',
        enum: ['key', 'federated', 'managed', 'default'],
        description:
          'Who asks: the key of the account, a federated token (workload identity), the managed identity of the machine, or what the Azure client finds. By default the key where there is one, then a signature in `AZURE_STORAGE_SAS_TOKEN`, then what the client finds.',
      },
      client_id: { type: 'string', minLength: 1, description: 'Of a user-assigned identity.' },
    },
  },
  requests: {
    type: 'object',
    description: 'How a bucket is asked.',
    additionalProperties: false,
    properties: {
      tries: {
        type: 'integer',
        minimum: 1,
        maximum: 20,
        default: 5,
        description:
          'How often a request is made before it counts as failed. Waits in between are random, and grow.',
      },
      timeout: {
        type: 'string',
        format: 'duration',
        default: '30s',
        description: 'After this a request that is not answered is given up, and tried again.',
      },
      hedge_after: {
        type: 'string',
        format: 'duration',
        description:
          'A read of up to 1 MiB that takes longer is made a second time, and the first answer counts; `0s` never. By default longer than 95 % of those before it, and for at most a tenth of all.',
      },
      hedge_up_to: {
        type: 'integer',
        minimum: 1,
        maximum: 5,
        default: 2,
        description: 'The most requests for the same bytes at once.',
      },
      listings: {
        type: 'integer',
        minimum: 1,
        maximum: 64,
        default: 16,
        description: 'How many pages of the listing of a large tenant are asked for at once.',
      },
      bytes_at_once: {
        type: ['string', 'integer'],
        format: 'size',
        default: '128MiB',
        description: 'So many bytes may be awaited at once, about: more is asked for later.',
      },
      join_within: {
        type: ['string', 'integer'],
        format: 'size',
        default: '16MiB',
        description:
          'A trace by its id takes at most four requests of a block where the pages of its row lie within so many bytes, as what lies between them is read along. Where they lie further apart it takes some more, at once, and reads less: a larger size is for a store whose requests are dear or wait for each other.',
      },
    },
  },
} as const satisfies Readonly<Record<string, ObjectNode>>;
