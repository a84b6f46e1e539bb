/**
 * The questions that the limit and Tempo are measured with, each with SQL written by hand that answers the same out of the same flat
 * files: what DuckDB alone needs for it is the limit.
 */
import type { AttributeColumn, AttributeKey } from '../../engine/plan/schema.js';

/** The flat files of all blocks, as SQL. Rows are known by `file_index` and the row of their trace. */
export interface FlatTables {
  readonly spans: string;
  readonly traces: string;
  /** The column of an attribute; NULL where no block has it. */
  column(attribute: AttributeKey, type: AttributeColumn): string;
  /** Of the start of a span: the number of the interval of a metrics query that it is in. */
  readonly interval: string;
}

export interface Question {
  readonly kind: 'search' | 'metrics' | 'rule';
  readonly name: string;
  readonly text: string;
  /** SQL with the same answer. */
  readonly limit: (flat: FlatTables) => string;
}

const SERVICE: AttributeKey = { scope: 'resource', key: 'service.name' };
const spanKey = (key: string): AttributeKey => ({ scope: 'span', key });
const resourceKey = (key: string): AttributeKey => ({ scope: 'resource', key });

/** The newest 20 of the traces that `found` selects by `f` and `trace`. */
function newest({ traces }: FlatTables, found: string): string {
  return `SELECT trace_id, start_ns, n FROM (SELECT file_index AS f, file_row_number AS trace, trace_id, start_ns FROM ${traces})
    JOIN (${found}) USING (f, trace) ORDER BY start_ns DESC, trace_id LIMIT 20`;
}

function matching({ spans }: FlatTables, where: string, least = 1): string {
  return `SELECT file_index AS f, trace, count(*) AS n FROM ${spans} WHERE ${where} GROUP BY ALL HAVING n >= ${least}`;
}

function metrics({ spans, interval }: FlatTables, where: string, by: string): string {
  return `SELECT ${interval} AS i, ${by}, count(*) FROM ${spans} WHERE ${where} GROUP BY ALL`;
}

export const QUESTIONS: readonly Question[] = [
  {
    kind: 'search',
    name: 'charged more than once',
    text: '{ name = "payment.charge_card" } | count() > 1',
    limit: (flat) => newest(flat, matching(flat, `name = 'payment.charge_card'`, 2)),
  },
  {
    kind: 'search',
    name: 'by an attribute',
    text: '{ span.amount > 1000.0 } | count() > 0',
    limit: (flat) => newest(flat, matching(flat, `${flat.column(spanKey('amount'), 'd')} > 1000`)),
  },
  {
    kind: 'search',
    name: 'structural, with a duration',
    text: '{ name = "POST /checkout" } >> { name = "payment.charge_card" && duration > 100ms }',
    limit: (flat) => {
      const side = (where: string) =>
        `SELECT file_index AS f, trace, nested_left AS l, nested_right AS r FROM ${flat.spans} WHERE ${where}`;
      return newest(
        flat,
        `SELECT f, trace, count(DISTINCT b.l) AS n FROM (${side(`name = 'POST /checkout'`)}) a
         JOIN (${side(`name = 'payment.charge_card' AND duration_ns > 100000000`)}) b USING (f, trace)
         WHERE b.l > a.l AND b.r < a.r GROUP BY ALL`,
      );
    },
  },
  {
    kind: 'search',
    name: 'errors of one service',
    text: '{ status = error && resource.service.name = "payment" }',
    limit: (flat) => newest(flat, matching(flat, `status = 2 AND ${flat.column(SERVICE, 's')} = 'payment'`)),
  },
  {
    kind: 'search',
    name: 'slow, of one tenant',
    text: '{ .tenant.id = "tenant-7" && duration > 1s }',
    limit: (flat) => {
      const [own, resource] = [spanKey('tenant.id'), resourceKey('tenant.id')];
      const value = `coalesce(${flat.column(own, 's')}, ${flat.column(resource, 's')})`;
      return newest(flat, matching(flat, `${value} = 'tenant-7' AND duration_ns > 1000000000`));
    },
  },
  {
    kind: 'metrics',
    name: 'count by service',
    text: '{ } | count_over_time() by (resource.service.name)',
    limit: (flat) => metrics(flat, 'true', flat.column(SERVICE, 's')),
  },
  {
    kind: 'metrics',
    name: 'p99 by service',
    text: '{ } | quantile_over_time(duration, .99) by (resource.service.name)',
    limit: (flat) =>
      metrics(
        flat,
        'duration_ns >= 2',
        `${flat.column(SERVICE, 's')}, ceil(log2(duration_ns::DOUBLE))::INTEGER`,
      ),
  },
  {
    kind: 'metrics',
    name: 'rate of errors by service',
    text: '{ status = error } | rate() by (resource.service.name)',
    limit: (flat) => metrics(flat, 'status = 2', flat.column(SERVICE, 's')),
  },
  {
    kind: 'rule',
    name: 'rule: absence',
    text: 'rule absence {\n  when { name = "payment.charge_card" && span.amount > 1000 } always { name = "fraud.check" }\n}',
    limit: (flat) => {
      const amount = (type: AttributeColumn) => flat.column(spanKey('amount'), type);
      return `SELECT count(*) AS cases, count(*) FILTER (NOT checked) AS violated FROM (
        SELECT bool_or(name = 'payment.charge_card' AND (${amount('d')} > 1000 OR ${amount('i')} > 1000)) AS charged, bool_or(name = 'fraud.check') AS checked
        FROM ${flat.spans} WHERE name = 'payment.charge_card' OR name = 'fraud.check' GROUP BY file_index, trace) WHERE charged`;
    },
  },
  {
    kind: 'rule',
    name: 'rule: order',
    text: 'rule order {\n  when { name = "payment.charge_card" } as c never { name = "inventory.reserve" } after c\n}',
    limit: (
      flat,
    ) => `WITH m AS MATERIALIZED (SELECT file_index AS f, trace, name, start_ns, start_ns + duration_ns AS end_ns
        FROM ${flat.spans} WHERE name = 'payment.charge_card' OR name = 'inventory.reserve')
      SELECT count(*) FROM m c WHERE name = 'payment.charge_card' AND EXISTS (
        SELECT 1 FROM m o WHERE o.f = c.f AND o.trace = c.trace AND o.name = 'inventory.reserve' AND o.start_ns >= c.end_ns)`,
  },
];
