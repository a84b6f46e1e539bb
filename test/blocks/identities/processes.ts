/** The identities that processes have where they run: what is in their environment, and in files that it names. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AUDIENCE, type Shown } from './authorities.js';
import { ACCOUNT, type Clouds } from './clouds.js';

export type Environment = Readonly<Record<string, string>>;

/** What a process is started with. */
export interface Given {
  readonly clouds: Clouds;
  readonly shown: Shown;
  /** PEM, of the key of a service account. */
  readonly privateKey: string;
  /** Writes a file in the home of the process; its path. */
  readonly file: (name: string, content: string | object, mode?: number) => string;
}

export interface Identity {
  readonly cloud: 's3' | 'gcs' | 'azure';
  readonly name: string;
  /** As the report has it. */
  readonly words: string;
  readonly environment: (given: Given) => Environment;
  /** Its credentials run out, others are handed out then, and it is an example of how they are: that is tried. */
  readonly isRenewed?: true;
}

export const BLOCKS: Readonly<Record<Identity['cloud'], string>> = {
  s3: 's3://traces/tempo',
  gcs: 'gs://traces/tempo',
  azure: `azblob://${ACCOUNT}/traces/tempo`,
};

/** Where the stores are; the addresses are those of a user. */
export function storesOf({ url, proxy }: Clouds): Environment {
  return {
    BETRACE_STORAGE_S3_ENDPOINT: url,
    BETRACE_STORAGE_GCS_ENDPOINT: url,
    HTTPS_PROXY: proxy,
    NO_PROXY: '127.0.0.1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'eu-west-1',
    // No machine is looked for at the address that those of clouds have.
    METADATA_SERVER_DETECTION: 'none',
  };
}

export function fileIn(home: string): Given['file'] {
  return (name, content, mode = 0o600) => {
    const path = join(home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    chmodSync(path, mode);
    return path;
  };
}

const profile = (given: Given, ...lines: readonly string[]): Environment => ({
  AWS_PROFILE: 'reader',
  AWS_CONFIG_FILE: given.file('.aws/config', `[profile reader]\nregion = eu-west-1\n${lines.join('\n')}\n`),
});

const ROLE = 'arn:aws:iam::123456789012:role/reader';

const S3: readonly Omit<Identity, 'cloud'>[] = [
  {
    name: 'keys in the environment',
    words: 'keys from the environment',
    environment: ({ clouds }) => {
      const { id, secret, token } = clouds.issuer.sessionKeys();
      return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token! };
    },
  },
  {
    name: 'keys of a profile',
    words: 'the AWS profile',
    environment: (given) => {
      const { id, secret } = given.clouds.issuer.longKeys();
      return profile(given, `aws_access_key_id = ${id}`, `aws_secret_access_key = ${secret}`);
    },
  },
  {
    name: 'a role that a profile takes on',
    words: 'a role that the AWS profile takes on',
    environment: (given) => {
      const { id, secret } = given.clouds.issuer.longKeys();
      const source = `[profile base]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}`;
      const env = profile(given, `role_arn = ${ROLE}`, 'source_profile = base', source);
      return { ...env, AWS_ENDPOINT_URL_STS: `${given.clouds.url}/sts` };
    },
  },
  {
    name: 'a process of a profile',
    words: 'a process that the AWS profile names',
    environment: (given) => {
      const { id, secret, token, expires } = given.clouds.issuer.sessionKeys();
      const keys = { Version: 1, AccessKeyId: id, SecretAccessKey: secret, SessionToken: token };
      const file = given.file('keys.json', { ...keys, Expiration: expires.toISOString() });
      return profile(given, `credential_process = cat ${file}`);
    },
  },
  {
    name: 'single sign-on of a profile',
    words: 'single sign-on of the AWS profile',
    environment: (given) => {
      const url = 'https://example.awsapps.com/start';
      const session = createHash('sha1').update('work').digest('hex');
      given.file(`.aws/sso/cache/${session}.json`, {
        accessToken: given.shown.sso,
        expiresAt: '2099-01-01T00:00:00Z',
        region: 'eu-west-1',
        startUrl: url,
      });
      const sso = ['sso_session = work', 'sso_account_id = 123456789012', 'sso_role_name = reader'];
      const described = `[sso-session work]\nsso_region = eu-west-1\nsso_start_url = ${url}`;
      return { ...profile(given, ...sso, described), AWS_ENDPOINT_URL_SSO: given.clouds.url };
    },
  },
  {
    name: 'a web identity (IRSA)',
    words: 'a web identity token',
    isRenewed: true,
    environment: ({ clouds, shown, file }) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: file('token', shown.federated),
      AWS_ROLE_ARN: ROLE,
      AWS_ENDPOINT_URL_STS: `${clouds.url}/sts`,
    }),
  },
  {
    name: 'the role of a container (ECS, EKS Pod Identity)',
    words: 'the role of this container',
    isRenewed: true,
    environment: ({ clouds, shown, file }) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${clouds.url}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file('token', shown.container),
    }),
  },
  {
    name: 'the role of a machine (IMDSv2)',
    words: 'the role of this machine',
    isRenewed: true,
    environment: ({ clouds }) => ({
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: clouds.url,
    }),
  },
];

const credentials = (given: Given, content: object): Environment => ({
  GOOGLE_APPLICATION_CREDENTIALS: given.file('google.json', content),
});

const EMAIL = 'reader@project.iam.gserviceaccount.com';
const IMPERSONATION = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`;

const federation = (source: object, type: string, more: object = {}): object => ({
  type: 'external_account',
  audience: AUDIENCE,
  subject_token_type: type,
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: source,
  ...more,
});

const JWT = 'urn:ietf:params:oauth:token-type:jwt';

const userOf = ({ shown }: Given): object => ({
  type: 'authorized_user',
  client_id: 'gcloud',
  client_secret: 'known to everybody',
  refresh_token: shown.lasting,
});

const GCS: readonly Omit<Identity, 'cloud'>[] = [
  {
    name: 'the service account of a machine',
    words: 'the service account of this machine',
    isRenewed: true,
    environment: ({ clouds }) => ({
      GCE_METADATA_HOST: new URL(clouds.url).host,
      METADATA_SERVER_DETECTION: 'assume-present',
    }),
  },
  {
    name: 'the key of a service account',
    words: 'the key of a service account',
    environment: (given) =>
      credentials(given, {
        type: 'service_account',
        project_id: 'project',
        client_email: EMAIL,
        private_key: given.privateKey,
        token_uri: 'https://oauth2.googleapis.com/token',
      }),
  },
  {
    name: 'a user of gcloud',
    words: 'the credentials of a user (gcloud)',
    isRenewed: true,
    environment: (given) => {
      given.file('.config/gcloud/application_default_credentials.json', userOf(given));
      return {};
    },
  },
  {
    name: 'federation with a token in a file, as a service account',
    words: 'workload identity federation',
    environment: (given) => {
      const file = given.file('token', given.shown.federated);
      const more = { service_account_impersonation_url: IMPERSONATION };
      return credentials(given, federation({ file }, JWT, more));
    },
  },
  {
    name: 'federation with a token of a service',
    words: 'workload identity federation',
    isRenewed: true,
    environment: (given) => {
      const format = { type: 'json', subject_token_field_name: 'token' };
      const source = { url: `${given.clouds.url}/workload`, headers: { 'x-own': 'yes' }, format };
      return credentials(given, federation(source, JWT));
    },
  },
  {
    name: 'federation of a role of AWS',
    words: 'workload identity federation',
    environment: (given) => {
      const { id, secret, token } = given.clouds.issuer.sessionKeys();
      const source = {
        environment_id: 'aws1',
        regional_cred_verification_url:
          'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
      };
      const type = 'urn:ietf:params:aws:token-type:aws4_request';
      return {
        ...credentials(given, federation(source, type)),
        ...{ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token! },
      };
    },
  },
  {
    name: 'a service account that a user may act as',
    words: 'an impersonated service account',
    environment: (given) =>
      credentials(given, {
        type: 'impersonated_service_account',
        service_account_impersonation_url: IMPERSONATION,
        source_credentials: userOf(given),
      }),
  },
];

const azureApplication = ({ shown }: Given): Environment => ({
  AZURE_TENANT_ID: 'a-tenant',
  AZURE_CLIENT_ID: shown.clientId,
});

const AZURE: readonly Omit<Identity, 'cloud'>[] = [
  {
    name: 'a federated token (workload identity)',
    words: 'a federated token (workload identity)',
    isRenewed: true,
    environment: (given) => ({
      ...azureApplication(given),
      AZURE_FEDERATED_TOKEN_FILE: given.file('token', given.shown.federated),
      BETRACE_STORAGE_AZURE_IDENTITY: 'federated',
    }),
  },
  {
    name: 'a federated token that the client finds',
    words: 'credentials that the Azure client found',
    environment: (given) => ({
      ...azureApplication(given),
      AZURE_FEDERATED_TOKEN_FILE: given.file('token', given.shown.federated),
    }),
  },
  {
    name: 'the managed identity of a machine',
    words: 'the managed identity of this machine',
    isRenewed: true,
    environment: ({ clouds }) => ({
      AZURE_POD_IDENTITY_AUTHORITY_HOST: clouds.url,
      BETRACE_STORAGE_AZURE_IDENTITY: 'managed',
    }),
  },
  {
    name: 'a managed identity that somebody made',
    words: 'the managed identity of this machine',
    environment: ({ clouds, shown }) => ({
      AZURE_POD_IDENTITY_AUTHORITY_HOST: clouds.url,
      BETRACE_STORAGE_AZURE_IDENTITY: 'managed',
      BETRACE_STORAGE_AZURE_CLIENT_ID: shown.clientId,
    }),
  },
  {
    name: 'the managed identity of a container',
    words: 'the managed identity of this machine',
    environment: ({ clouds, shown }) => ({
      IDENTITY_ENDPOINT: `${clouds.url}/MSI/token`,
      IDENTITY_HEADER: shown.header,
      BETRACE_STORAGE_AZURE_IDENTITY: 'managed',
    }),
  },
  {
    name: 'the secret of an application',
    words: 'credentials that the Azure client found',
    environment: (given) => ({ ...azureApplication(given), AZURE_CLIENT_SECRET: given.shown.lasting }),
  },
  {
    name: 'az login',
    words: 'credentials that the Azure client found',
    environment: (given) => {
      const { token, expires } = given.clouds.issuer.bearer();
      const seconds = Math.round(expires.getTime() / 1000);
      const answer = JSON.stringify({ accessToken: token, expires_on: seconds, tokenType: 'Bearer' });
      const az = given.file('bin/az', `#!/bin/sh\necho '${answer}'\n`, 0o755);
      return { PATH: `${dirname(az)}:/usr/bin:/bin`, AZURE_TOKEN_CREDENTIALS: 'dev' };
    },
  },
];

export const IDENTITIES: readonly Identity[] = [
  ...S3.map((identity) => ({ ...identity, cloud: 's3' as const })),
  ...GCS.map((identity) => ({ ...identity, cloud: 'gcs' as const })),
  ...AZURE.map((identity) => ({ ...identity, cloud: 'azure' as const })),
];
