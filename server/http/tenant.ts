import type { Request } from 'express';
import type { Principal } from '../auth/principal.js';
import type { Config } from '../config/schema.js';
import { isTenantId } from '../shared/tenant-id.js';
import { HttpError } from './http-error.js';
import { scopeOf } from './request-scope.js';

export const TENANT_HEADER = 'X-Scope-OrgID';

/**
 * The tenant that a request is about. Without multitenancy it is the one that is configured and the header is ignored,
 * as in Tempo. Throws `HttpError`.
 */
export function tenantOf(request: Request, config: TenantConfig): string {
  const scope = scopeOf(request);
  const header = TENANT_HEADER.toLowerCase();
  // Node joins repeated headers with a comma, which no tenant id holds; looking at each says what is wrong.
  const given = request.rawHeaders.filter((_, n, all) => n % 2 === 1 && all[n - 1]?.toLowerCase() === header);
  const tenant = tenantFor(given, config, scope.principal);
  scope.tenant = tenant;
  return tenant;
}

type TenantConfig = Pick<Config, 'multitenancyEnabled' | 'tenant'>;

/** The same out of all the values that a request names. Throws `HttpError`. */
export function tenantFor(
  given: readonly string[],
  config: TenantConfig,
  principal: Principal | undefined,
): string {
  const tenant = config.multitenancyEnabled ? tenantNamed(given) : config.tenant;
  if (principal?.mayReach(tenant) !== true)
    throw new HttpError(403, `this token does not open the tenant "${tenant}"`, { code: 'BT5011' });
  return tenant;
}

function tenantNamed([first = '', ...more]: readonly string[]): string {
  if (more.length > 0) throw new HttpError(400, `${TENANT_HEADER} must be given once`, { code: 'BT5011' });
  const tenant = first.trim();
  if (tenant === '') throw new HttpError(401, 'no org id', { code: 'BT5011' });
  if (tenant.includes('|'))
    throw new HttpError(400, `${TENANT_HEADER} must name one tenant: queries over several are not answered`, {
      code: 'BT5011',
    });
  if (!isTenantId(tenant))
    throw new HttpError(
      400,
      `${TENANT_HEADER} is no tenant id: at most 150 of letters, digits and !-_.*'(), and not . or ..`,
      { code: 'BT5011' },
    );
  return tenant;
}
