/** The file that evidence is handed over in. */
import { messageOf } from '../shared/message-of.js';
import { canonicalJson } from './canonical.js';
import { type Link, linkText } from './chain.js';
import { parseLink } from './parse-link.js';
import { dayAfter } from './record.js';

export const NOTICE =
  'This is evidence of what rules found in traces, not a certification. Whether the rules cover a control, and whether the traces cover the system, is for whoever assesses it to judge.';

export interface EvidenceExport {
  readonly tenant: string;
  /** Days in UTC, the last one included. */
  readonly days: { readonly first: string; readonly last: string };
  readonly links: readonly Link[];
}

/** JSON with one link a line. The same export gives the same bytes. */
export function exportText({ tenant, days, links }: EvidenceExport): string {
  const head = canonicalJson({ ...HEAD, tenant, days: { ...days } });
  const lines = links.map((link) => `\n${linkText(link)}`).join(',');
  return `${head.slice(0, -1)},"links":[${lines}\n]}\n`;
}

const HEAD = { format: 'betrace evidence', version: 1, notice: NOTICE };

export interface ParsedExport extends EvidenceExport {
  /** Whether the text is the one that `exportText` gives, to the byte. */
  readonly canonical: boolean;
}

/** What the text is if it is an export, else what is wrong with it. */
export function parseExport(text: string): ParsedExport | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = messageOf(error);
    return { problem: `the file is cut off or no JSON: ${reason}` };
  }
  const { format, version, tenant, days, links } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (format !== HEAD.format) return { problem: 'the file is no export of evidence' };
  if (version !== 1) return { problem: `exports of version ${String(version)} are not known here` };
  const { first, last } = (days ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof tenant !== 'string' || !isDay(first) || !isDay(last) || !Array.isArray(links))
    return { problem: 'tenant, days or links are missing' };
  const parsed: Link[] = [];
  for (const [n, entry] of links.entries()) {
    const link = parseLink(entry);
    if (link === undefined) return { problem: `link ${n + 1} of ${links.length} has not the form of one` };
    parsed.push(link);
  }
  const found = { tenant, days: { first, last }, links: parsed };
  return { ...found, canonical: text === canonicalText(found) };
}

function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const ms = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}

function canonicalText(found: EvidenceExport): string | undefined {
  try {
    return exportText(found);
  } catch {
    return undefined;
  }
}

/** The days from `first` to `last`, both included. */
export function* daysBetween({ first, last }: EvidenceExport['days']): Generator<string> {
  for (let day = first; day <= last; day = dayAfter(day)) yield day;
}
