import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type Request, type Router } from 'express';
import { receivesSpans } from '../config/receives-spans.js';
import type { ServiceContext } from '../context/service-context.js';
import { HttpError } from '../http/http-error.js';
import { param } from '../http/params.js';
import { scopeOf } from '../http/request-scope.js';
import { pathRouter } from '../http/router.js';
import { isTenantId } from '../shared/tenant-id.js';
import { PAGE_POLICY, page } from './page.js';
import { SHELL_POLICY, shell } from './shell.js';

/** The pages. A browser cannot send `X-Scope-OrgID`, so that they take `?tenant=`. */
export function pageRouter(context: ServiceContext): Router {
  const { queries, rules, replays, version, config, liveRule } = context;
  const router = pathRouter();
  router.get('/', (request, response) => {
    const tenants = reachable(request, context);
    const tenant = chosenTenant(request, context, tenants);
    const text = shell({ tenant: config.multitenancyEnabled ? tenant : undefined, tenants });
    response.set('Content-Security-Policy', SHELL_POLICY).type('text/html').send(text);
  });
  router.use('/app', express.static(bundleFolder(), { index: false, redirect: false, maxAge: 0 }));
  router.get('/plain', async (request, response) => {
    const tenants = reachable(request, context);
    const tenant = chosenTenant(request, context, tenants);
    const blocks = await queries.watch.list(queries.tenant(tenant), {}).catch(() => undefined);
    const text = page({
      version,
      tenant,
      tenants,
      multitenancy: config.multitenancyEnabled,
      blocks,
      problem: queries.watch.problem,
      rules: rules.state,
      lastReplay: (rule) => replays.last.ofRule(tenant, rule),
      live: receivesSpans(config),
      liveRule: (rule) => liveRule(tenant, rule),
      nowMs: Date.now(),
      address: `${request.protocol}://${request.get('host') ?? ''}`,
    });
    response.set('Content-Security-Policy', PAGE_POLICY).type('text/html').send(text);
  });
  return router;
}

function reachable(request: Request, { queries }: ServiceContext): readonly string[] {
  const { principal } = scopeOf(request);
  return queries.watch.tenants.map(({ name }) => name).filter((name) => principal?.mayReach(name));
}

function chosenTenant(request: Request, { config }: ServiceContext, tenants: readonly string[]): string {
  const scope = scopeOf(request);
  const tenant = config.multitenancyEnabled ? (param(request, 'tenant') ?? tenants[0] ?? '') : config.tenant;
  // The page shows it in a command to copy.
  if (config.multitenancyEnabled && tenant !== '' && !isTenantId(tenant))
    throw new HttpError(400, 'the parameter "tenant" is no tenant id', { code: 'BT5011' });
  // An unknown tenant is not the same as none: whoever may ask for it may know that.
  if (tenant !== '' && scope.principal?.mayReach(tenant) !== true)
    throw new HttpError(403, 'this token does not open that tenant', { code: 'BT5011' });
  scope.tenant = tenant;
  return tenant;
}

/** Next to what is compiled; what runs from its sources takes the bundle from there. */
function bundleFolder(): string {
  const [built, fromSources] = ['./app/', '../../dist/server/web/app/'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  ) as [string, string];
  return existsSync(`${built}app.js`) ? built : fromSources;
}
