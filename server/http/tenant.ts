import type { Request } from 'express';
import type { Config } from '../config/schema.js';
import { isTenantId } from '../tenant-id.js';
import { HttpError } from './http-error.js';
import { scopeOf } from './request-scope.js';

export const TENANT_HEADER = 'X-Scope-OrgID';

/**
 * The tenant that a request is about. Without multitenancy it is the one that is configured and the header is ignored,
 * as in Tempo. Throws `HttpError`.
 */
export function tenantOf(request: Request, config: Pick<Config, 'multitenancyEnabled' | 'tenant'>): string {
  const scope = scopeOf(request);
  const tenant = config.multitenancyEnabled ? tenantNamed(request) : config.tenant;
  if (scope.principal?.mayReach(tenant) !== true)
    throw new HttpError(403, `this token does not open the tenant "${tenant}"`, { code: 'BT5011' });
  scope.tenant = tenant;
  return tenant;
}

function tenantNamed(request: Request): string {
  const header = TENANT_HEADER.toLowerCase();
  // Node joins repeated headers with a comma, which no tenant id holds; counting them says what is wrong.
  const count = request.rawHeaders.filter((text, n) => n % 2 === 0 && text.toLowerCase() === header).length;
  if (count > 1) throw new HttpError(400, `${TENANT_HEADER} must be given once`, { code: 'BT5011' });
  const tenant = request.get(header)?.trim() ?? '';
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
