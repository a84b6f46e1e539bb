import { hashOf, isSigned, type Link } from './chain.js';
import { daysBetween, type EvidenceExport, parseExport } from './export.js';
import type { VerifyingKey } from './keys.js';
import type { DayRecord, EvidenceRecord } from './record.js';

export type EvidenceProblemCode = 'BT5031' | 'BT5032' | 'BT5033' | 'BT5034' | 'BT5035' | 'BT5036';

export interface EvidenceProblem {
  readonly code: EvidenceProblemCode;
  /** Number of the link, where it is about one. */
  readonly seq?: number;
  readonly message: string;
}

export interface Verification {
  readonly problems: readonly EvidenceProblem[];
  /** What is odd and need not be wrong. */
  readonly remarks: readonly string[];
  readonly evidence?: EvidenceExport;
}

/** Checks an export: that nothing was changed, taken away, moved or added, and that one of the keys signed all of it. */
export function verifyExport(text: string, keys: readonly VerifyingKey[]): Verification {
  const parsed = parseExport(text);
  if ('problem' in parsed) return { problems: [{ code: 'BT5035', message: parsed.problem }], remarks: [] };
  const problems: EvidenceProblem[] = [];
  const remarks: string[] = [];
  if (!parsed.canonical)
    problems.push({ code: 'BT5031', message: 'the file is not written as an export is: it was edited' });
  checkLinks(parsed, keys, problems, remarks);
  checkRecords(parsed, problems);
  checkDays(parsed, problems, remarks);
  return { problems, remarks, evidence: parsed };
}

function checkLinks(
  { tenant, links }: EvidenceExport,
  keys: readonly VerifyingKey[],
  problems: EvidenceProblem[],
  remarks: string[],
): void {
  let before: Link | undefined;
  for (const link of links) {
    const { seq } = link;
    const wrong = (code: EvidenceProblemCode, message: string): void =>
      void problems.push({ code, seq, message });
    if (link.tenant !== tenant || (link.record !== undefined && link.record.tenant !== tenant))
      wrong('BT5036', `it is of tenant "${link.record?.tenant ?? link.tenant}", the file of "${tenant}"`);
    problems.push(...linkProblems(link, keys));
    if (before !== undefined) {
      if (seq !== before.seq + 1) wrong('BT5033', placeProblem(before.seq, seq));
      else if (link.previous !== before.hash) wrong('BT5033', 'it does not follow from the link before it');
    } else if ((link.previous === null) !== (seq === 1))
      wrong('BT5031', 'only the first link of a chain has none before it');
    if (before?.record !== undefined && link.record !== undefined)
      if (link.record.producedAt < before.record.producedAt)
        remarks.push(`link ${seq} was made before link ${before.seq}: the clock was set back in between`);
    before = link;
  }
  const [first] = links;
  if (first !== undefined && first.seq > 1)
    remarks.push(`the file begins at link ${first.seq}; whether those before it are whole it cannot show`);
}

function placeProblem(before: number, seq: number): string {
  if (seq <= before) return `it comes after link ${before}: links were moved or repeated`;
  const missing = seq - before - 1;
  return missing === 1 ? `link ${seq - 1} is missing` : `links ${before + 1} to ${seq - 1} are missing`;
}

/** What is wrong with a link by itself. */
export function linkProblems(link: Link, keys: readonly VerifyingKey[]): readonly EvidenceProblem[] {
  const { seq } = link;
  const problems: EvidenceProblem[] = [];
  let hash: string | undefined;
  try {
    hash = hashOf(link);
  } catch {
    // Text that is no Unicode was never hashed.
  }
  if (hash !== link.hash)
    problems.push({
      code: 'BT5031',
      seq,
      message: 'its content is not what the hash is over: it was changed',
    });
  const key = keys.find(({ id }) => id === link.key);
  if (key === undefined)
    problems.push({ code: 'BT5034', seq, message: `it is signed with key ${link.key}, which was not given` });
  else if (hash !== undefined && !isSigned(link, key))
    problems.push({ code: 'BT5032', seq, message: 'its signature is not that of the key over its content' });
  return problems;
}

/** Each day has the records that it was closed with, which are right before its end, and none is there twice. */
function checkRecords({ links, days }: EvidenceExport, problems: EvidenceProblem[]): void {
  const seen = new Set<string>();
  const closed = new Set<Link>();
  for (const [n, { seq, record }] of links.entries()) {
    if (record === undefined) continue;
    const wrong = (code: EvidenceProblemCode, message: string): void =>
      void problems.push({ code, seq, message });
    const { day } = record;
    if (seen.has(nameOf(record))) wrong('BT5036', `it repeats for ${day} what another link has recorded`);
    seen.add(nameOf(record));
    if (day < days.first || day > days.last)
      wrong('BT5036', `it is of ${day}, which is not among the days of the file`);
    if (record.kind === 'rule') {
      if (record.passed + (record.vacuous ?? 0) + record.violated + record.cannotTell !== record.applicable)
        wrong('BT5036', 'its counts do not add up to the applicable cases');
      const ids = record.violations ?? [];
      if (ids.length > record.violated + record.late.violated || new Set(ids).size < ids.length)
        wrong('BT5036', 'it names more violations than it counts');
      continue;
    }
    const ofDay = links.slice(Math.max(0, n - record.rules), n).filter((link) => belongs(link, record));
    for (const link of ofDay) closed.add(link);
    if (ofDay.length < record.rules)
      wrong(
        'BT5033',
        `${day} was closed with ${record.rules} records of rules, and ${ofDay.length} are there`,
      );
  }
  for (const link of links)
    if (link.record?.kind === 'rule' && !closed.has(link))
      problems.push({
        code: 'BT5033',
        seq: link.seq,
        message: `the end of ${link.record.day} is missing after it`,
      });
}

function nameOf(record: EvidenceRecord): string {
  const rule = record.kind === 'rule' ? [record.rule.id, record.rule.revision] : [];
  return JSON.stringify([record.kind, record.day, record.part, ...rule]);
}

/** What was left out may be anything. */
function belongs({ record }: Link, { day, part }: DayRecord): boolean {
  return record === undefined || (record.kind === 'rule' && record.day === day && record.part === part);
}

function checkDays({ links, days }: EvidenceExport, problems: EvidenceProblem[], remarks: string[]): void {
  const closed = new Set(links.flatMap(({ record }) => (record?.kind === 'day' ? [record.day] : [])));
  const missing = [...daysBetween(days)].filter((day) => !closed.has(day));
  for (const [first, last] of runs(missing))
    problems.push({
      code: 'BT5033',
      message: first === last ? `there is nothing for ${first}` : `there is nothing for ${first} to ${last}`,
    });
  const omitted = links.filter(({ record }) => record === undefined).length;
  if (omitted > 0) remarks.push(`${omitted} records were left out of the file; the chain holds without them`);
}

/** Days that follow one another. */
function runs(days: readonly string[]): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  for (const day of days) {
    const last = found.at(-1);
    if (last !== undefined && Date.parse(day) - Date.parse(last[1]) === 86_400_000) last[1] = day;
    else found.push([day, day]);
  }
  return found;
}
