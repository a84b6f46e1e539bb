/** Of a rule that another replica judges for the tenant. */
export const ELSEWHERE = 'another replica judges it for this tenant, and counts what it finds';
