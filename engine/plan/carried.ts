/** Which attributes of the offending span a violation carries, so that whoever counts violations can group by them. */
import { splitAttributeName } from '../language/tree/literals-attribute.js';
import type { FieldPlan } from './expression.js';
import type { AttributeKey } from './schema.js';

/**
 * What tells where a span came from, by OpenTelemetry's conventions, in as many values as a system has versions and places. What a rule
 * itself compares, and the key of a flow, are carried in addition.
 */
export const CARRIED_BY_DEFAULT = [
  'resource.service.name',
  'resource.service.namespace',
  'resource.service.version',
  'resource.deployment.environment.name',
  'resource.deployment.environment',
  'resource.cloud.region',
  'resource.k8s.cluster.name',
  'resource.k8s.namespace.name',
  'resource.k8s.pod.name',
  'resource.host.name',
] as const;

/** `resource.service.version`, as a filter writes it: what `carriedAttributes` reads. */
export const CARRIED_PATTERN = '^(resource|span)\\.\\S+$';

/** Attributes by their names; those that `CARRIED_PATTERN` does not match are left out, and each is there once. */
export function carriedAttributes(names: readonly string[]): readonly AttributeKey[] {
  return [...new Set(names)].flatMap((name) => {
    const [, scope, key] = /^(resource|span)\.(\S+)$/u.exec(name) ?? [];
    if (key === undefined || (scope !== 'resource' && scope !== 'span')) return [];
    return [{ scope, key: splitAttributeName(key) }];
  });
}

export function carriedField({ scope, key }: AttributeKey): FieldPlan {
  return { hop: 'self', source: { kind: 'attribute', scope, key } };
}
