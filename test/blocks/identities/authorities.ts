/**
 * The services that hand out credentials: metadata services of machines and containers, and token services, which check what is shown to
 * them. Each answers what its own documentation says, and nothing else.
 */
import { createPublicKey, verify } from 'node:crypto';
import { type Answer, type Asked, headerOf, json, refused, xml } from './asked.js';
import type { Issuer, Keys } from './issuer.js';
import { signer } from './signature.js';

/** What a process was given that it shows for credentials. */
export interface Shown {
  /** A token that Kubernetes wrote into a file, or a service answers with: of AWS, Google and Azure alike. */
  readonly federated: string;
  /** Of a container, for its credentials. */
  readonly container: string;
  /** Of a container in Azure. */
  readonly header: string;
  /** Of single sign-on. */
  readonly sso: string;
  /** Of a user, a service account or an application. */
  readonly lasting: string;
  /** PEM of the key of a service account. */
  readonly publicKey: string;
  /** Of a user-assigned identity. */
  readonly clientId: string;
}

type Authority = (asked: Asked, issuer: Issuer, shown: Shown) => Answer | undefined;

function unless(isRight: boolean, what: string, answer: () => Answer): Answer {
  return isRight ? answer() : refused(what);
}

const formOf = ({ body }: Asked): URLSearchParams => new URLSearchParams(body);

/** https://docs.aws.amazon.com/STS/latest/APIReference */
const sts: Authority = (asked, issuer, { federated }) => {
  if (asked.method !== 'POST' || !asked.url.pathname.startsWith('/sts')) return undefined;
  const form = formOf(asked);
  const action = form.get('Action') ?? '';
  const mayAsk =
    action === 'AssumeRoleWithWebIdentity'
      ? form.get('WebIdentityToken') === federated
      : signer(asked, issuer) !== undefined;
  return unless(mayAsk && form.get('RoleArn') !== null, action, () => {
    const { id, secret, token, expires } = issuer.sessionKeys();
    return xml(
      `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${expires.toISOString()}</Expiration></Credentials><AssumedRoleUser><Arn>a</Arn><AssumedRoleId>b</AssumedRoleId></AssumedRoleUser></${action}Result></${action}Response>`,
    );
  });
};

const asMetadata = ({ id, secret, token, expires }: Keys): object => ({
  Code: 'Success',
  AccessKeyId: id,
  SecretAccessKey: secret,
  Token: token,
  Expiration: expires.toISOString(),
});

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html, version 2 alone. */
const machine: Authority = (asked, issuer) => {
  const { pathname } = asked.url;
  if (!pathname.startsWith('/latest/')) return undefined;
  if (pathname === '/latest/api/token')
    return unless(
      asked.method === 'PUT' && headerOf(asked, 'x-aws-ec2-metadata-token-ttl-seconds') !== undefined,
      'a session',
      () => ({ status: 200, body: 'a session', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' } }),
    );
  if (!pathname.startsWith('/latest/meta-data/iam/security-credentials/')) return undefined;
  return unless(headerOf(asked, 'x-aws-ec2-metadata-token') === 'a session', 'no session', () =>
    pathname.endsWith('/') ? { status: 200, body: 'the-role' } : json(asMetadata(issuer.sessionKeys())),
  );
};

/** https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html */
const container: Authority = (asked, issuer, shown) =>
  asked.url.pathname === '/v1/credentials'
    ? unless(headerOf(asked, 'authorization') === shown.container, 'another token', () =>
        json(asMetadata(issuer.sessionKeys())),
      )
    : undefined;

/** https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html */
const sso: Authority = (asked, issuer, shown) =>
  asked.url.pathname === '/federation/credentials'
    ? unless(headerOf(asked, 'x-amz-sso_bearer_token') === shown.sso, 'another token', () => {
        const { id, secret, token, expires } = issuer.sessionKeys();
        const roleCredentials = { accessKeyId: id, secretAccessKey: secret, sessionToken: token };
        return json({ roleCredentials: { ...roleCredentials, expiration: expires.getTime() } });
      })
    : undefined;

function googleToken(issuer: Issuer): Answer {
  const { token, expires } = issuer.bearer();
  const seconds = Math.max(1, Math.round((expires.getTime() - Date.now()) / 1000));
  return json({ access_token: token, expires_in: seconds, token_type: 'Bearer' });
}

/** https://cloud.google.com/compute/docs/metadata/overview */
const computeEngine: Authority = (asked, issuer) => {
  const { pathname } = asked.url;
  if (!pathname.startsWith('/computeMetadata/')) return undefined;
  return unless(headerOf(asked, 'metadata-flavor') === 'Google', 'no flavour', () => {
    const text = pathname.endsWith('/token')
      ? googleToken(issuer)
      : { status: 200, body: pathname.endsWith('universe-domain') ? 'googleapis.com' : 'project' };
    return { ...text, headers: { 'metadata-flavor': 'Google', 'content-type': 'application/json' } };
  });
};

/** https://developers.google.com/identity/protocols/oauth2 */
const googleOauth: Authority = (asked, issuer, shown) => {
  if (asked.url.host !== 'oauth2.googleapis.com') return undefined;
  const form = formOf(asked);
  const isRight =
    form.get('grant_type') === 'refresh_token'
      ? form.get('refresh_token') === shown.lasting
      : isSigned(form.get('assertion') ?? '', shown.publicKey);
  return unless(isRight, 'invalid_grant', () => googleToken(issuer));
};

function isSigned(jwt: string, key: string): boolean {
  const [head, claims, signature = ''] = jwt.split('.');
  const text = Buffer.from(`${head}.${claims}`);
  return verify('sha256', text, createPublicKey(key), Buffer.from(signature, 'base64url'));
}

/** https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
const googleExchange: Authority = (asked, issuer, shown) => {
  if (asked.url.host !== 'sts.googleapis.com') return undefined;
  const form = formOf(asked);
  const subject = form.get('subject_token') ?? '';
  const isRight =
    form.get('subject_token_type') === 'urn:ietf:params:aws:token-type:aws4_request'
      ? isCallerIdentity(subject, issuer)
      : subject === shown.federated;
  return unless(isRight && form.get('audience') === AUDIENCE, 'invalid_grant', () => googleToken(issuer));
};

export const AUDIENCE =
  '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q';

/** A request to AWS that whoever has it may make: who made it is who is asking. */
function isCallerIdentity(subject: string, issuer: Issuer): boolean {
  const { url, method, headers } = JSON.parse(decodeURIComponent(subject)) as {
    readonly url: string;
    readonly method: string;
    readonly headers: readonly { readonly key: string; readonly value: string }[];
  };
  const sent = Object.fromEntries(headers.map(({ key, value }) => [key.toLowerCase(), value]));
  const parsed = new URL(url);
  const asked = { method, url: parsed, target: parsed.pathname + parsed.search, headers: sent, body: '' };
  return sent['x-goog-cloud-target-resource'] === AUDIENCE && signer(asked, issuer) !== undefined;
}

/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
const googleImpersonation: Authority = (asked, issuer) =>
  asked.url.host === 'iamcredentials.googleapis.com'
    ? unless(issuer.isBearer(headerOf(asked, 'authorization')), 'another token', () => {
        const { token, expires } = issuer.bearer();
        return json({ accessToken: token, expireTime: expires.toISOString() });
      })
    : undefined;

/** Any service that has the token of a workload. */
const workload: Authority = (asked, _issuer, shown) =>
  asked.url.pathname === '/workload'
    ? unless(headerOf(asked, 'x-own') === 'yes', 'not its own', () => json({ token: shown.federated }))
    : undefined;

function azureToken(issuer: Issuer, more: object = {}): Answer {
  const { token, expires } = issuer.bearer();
  const seconds = Math.max(1, Math.round((expires.getTime() - Date.now()) / 1000));
  return json({ access_token: token, expires_in: seconds, token_type: 'Bearer', ...more });
}

/** https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
const azureMachine: Authority = (asked, issuer, shown) => {
  const { pathname, searchParams } = asked.url;
  if (pathname.replace(/\/$/, '') !== '/metadata/identity/oauth2/token') return undefined;
  const clientId = searchParams.get('client_id');
  return unless(
    headerOf(asked, 'metadata') === 'true' && (clientId === null || clientId === shown.clientId),
    'no such identity',
    () => azureToken(issuer, { resource: searchParams.get('resource') }),
  );
};

/** https://learn.microsoft.com/azure/app-service/overview-managed-identity */
const azureContainer: Authority = (asked, issuer, shown) =>
  asked.url.pathname === '/MSI/token'
    ? unless(headerOf(asked, 'x-identity-header') === shown.header, 'another header', () => {
        const { token, expires } = issuer.bearer();
        return json({ access_token: token, expires_on: `${Math.round(expires.getTime() / 1000)}` });
      })
    : undefined;

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
const entra: Authority = (asked, issuer, shown) => {
  const { host, pathname } = asked.url;
  if (host !== 'login.microsoftonline.com') return undefined;
  const tenant = `https://${host}/a-tenant`;
  if (pathname.endsWith('/openid-configuration'))
    return json({
      issuer: `${tenant}/v2.0`,
      authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${tenant}/oauth2/v2.0/token`,
    });
  if (!pathname.endsWith('/token')) return undefined;
  const form = formOf(asked);
  const isRight =
    form.get('client_assertion') === shown.federated || form.get('client_secret') === shown.lasting;
  return unless(isRight && form.get('client_id') === shown.clientId, 'invalid_client', () =>
    azureToken(issuer),
  );
};

export const AUTHORITIES: readonly Authority[] = [
  sts,
  machine,
  container,
  sso,
  computeEngine,
  googleOauth,
  googleExchange,
  googleImpersonation,
  workload,
  azureMachine,
  azureContainer,
  entra,
];
