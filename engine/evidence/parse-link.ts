import type { Link } from './chain.js';
import type { EvidenceRecord } from './record.js';

/** The link that a value of JSON is, by its shape alone; undefined where it is none. */
export function parseLink(value: unknown): Link | undefined {
  if (!isObject(value)) return undefined;
  const { tenant, seq, previous, record, omitted, hash, key, signature } = value;
  const whole =
    typeof tenant === 'string' &&
    Number.isSafeInteger(seq) &&
    (previous === null || typeof previous === 'string') &&
    typeof hash === 'string' &&
    typeof key === 'string' &&
    typeof signature === 'string' &&
    (record === undefined ? typeof omitted === 'string' : omitted === undefined && isRecord(record));
  // Every member was looked at, and those of a record that code relies on.
  return whole ? (value as unknown as Link) : undefined;
}

export function isRecord(value: unknown): value is EvidenceRecord {
  if (!isObject(value)) return false;
  const { kind, version, tenant, day, part, range, producedAt, source } = value;
  const common =
    (version === 1 || (version === 2 && kind === 'rule')) &&
    typeof tenant === 'string' &&
    typeof day === 'string' &&
    /^\d{4}-\d\d-\d\d$/.test(day) &&
    Number.isSafeInteger(part) &&
    typeof producedAt === 'string' &&
    (source === 'live' || source === 'replay') &&
    isObject(range) &&
    typeof range.from === 'string' &&
    typeof range.to === 'string';
  if (kind === 'day') return common && Number.isSafeInteger(value.rules);
  return common && kind === 'rule' && isRule(value) && (version === 1 || isSecondVersion(value));
}

function isRule(value: Readonly<Record<string, unknown>>): boolean {
  const { rule, controls, late, completeness, finding } = value;
  const counts = [value.applicable, value.passed, value.violated, value.cannotTell];
  return (
    isObject(rule) &&
    [rule.id, rule.revision, rule.severity, finding].every((text) => typeof text === 'string') &&
    Array.isArray(controls) &&
    controls.every((text) => typeof text === 'string') &&
    counts.every(Number.isSafeInteger) &&
    isObject(late) &&
    [late.violated, late.retracted].every(Number.isSafeInteger) &&
    isObject(completeness) &&
    Array.isArray(completeness.unreadBlocks) &&
    Array.isArray(completeness.downtime) &&
    completeness.downtime.every(isObject)
  );
}

/** What records have that know of vacuous clauses. */
function isSecondVersion({
  rule,
  vacuous,
  clauses,
  violations,
  looked,
}: Readonly<Record<string, unknown>>): boolean {
  const texts = (list: unknown): boolean =>
    Array.isArray(list) && list.every((entry) => typeof entry === 'string');
  return (
    isObject(rule) &&
    typeof rule.text === 'string' &&
    Number.isSafeInteger(vacuous) &&
    Array.isArray(clauses) &&
    clauses.every(
      (clause) =>
        isObject(clause) &&
        typeof clause.clause === 'string' &&
        typeof clause.vacuous === 'boolean' &&
        texts(clause.missing) &&
        texts(clause.unmatched),
    ) &&
    (violations === null || texts(violations)) &&
    isObject(looked) &&
    (looked.blocks === null || Number.isSafeInteger(looked.blocks)) &&
    [looked.traces, looked.spans].every(Number.isSafeInteger)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
