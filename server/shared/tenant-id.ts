/** What a tenant may be called, as Tempo has it: https://grafana.com/docs/mimir/latest/configure/about-tenant-ids/ */
const TENANT_ID = /^[0-9A-Za-z!\-_.*'()]{1,150}$/;

export function isTenantId(text: string): boolean {
  return TENANT_ID.test(text) && text !== '.' && text !== '..';
}
