import { type Request, Router } from 'express';
import type { ServiceContext } from '../context/service-context.js';
import { HttpError } from '../http/http-error.js';
import { param } from '../http/params.js';
import { scopeOf } from '../http/request-scope.js';
import { isTenantId } from '../shared/tenant-id.js';
import { PAGE_POLICY, page } from './page.js';

/** The page at `/`. A browser cannot send `X-Scope-OrgID`, so that the page takes `?tenant=`. */
export function pageRouter(context: ServiceContext): Router {
  const { queries, rules, replays, version, config, liveRule } = context;
  const router = Router();
  router.get('/', async (request, response) => {
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
      live: config.otlp.grpcPort !== undefined || config.otlp.httpPort !== undefined,
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
  // An unknown tenant is told from none: whoever may ask for it may know that.
  if (tenant !== '' && scope.principal?.mayReach(tenant) !== true)
    throw new HttpError(403, 'this token does not open that tenant', { code: 'BT5011' });
  scope.tenant = tenant;
  return tenant;
}
