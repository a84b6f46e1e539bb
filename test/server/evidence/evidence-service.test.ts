/** Evidence as the service keeps it on disk: by a clock that the test moves, and through crashes. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportText } from '../../../engine/evidence/export.js';
import { newKey, publicPem, signingKey, verifyingKey } from '../../../engine/evidence/keys.js';
import type { RuleRecord } from '../../../engine/evidence/record.js';
import { verifyExport } from '../../../engine/evidence/verify.js';
import type { CountedBatch } from '../../../engine/live/tally.js';
import { planRules } from '../../../engine/plan/lower/lower.js';
import type { RuleFacts } from '../../../engine/plan/vacuity/rule-needs.js';
import { folderOf, readChain, tenantOf } from '../../../server/evidence/chain-files.js';
import { EvidenceService } from '../../../server/evidence/evidence-service.js';
import { FaultyDisk } from '../../live/log/faulty-disk.js';
import { rulesOf } from '../../live/simulation/rules.js';
import { temporaryDirectory } from '../service/support.js';

const RULES =
  rulesOf(`rule checked { evidence = ["SOC2:CC6.1"] when { name = "charge" } always { name = "check" } }
rule unused { when { name = "never" } always { name = "check" } }`);
const ASKED = rulesOf('rule asked { when { name = "chat" } never { span.model = "x" } }');
const [CHECKED] = planRules(RULES).rules;
const KEY = signingKey(newKey());
const HOUR = 3_600_000;

class Keeping {
  now = Date.parse('2026-11-20T10:00:00Z');
  readonly directory = temporaryDirectory();
  readonly disk = new FaultyDisk();
  readonly errors: string[] = [];
  evidence!: EvidenceService;

  async open(keepMs = 0): Promise<void> {
    this.evidence = await EvidenceService.open({
      directory: this.directory,
      tallyLog: { disk: this.disk, segmentBytes: 2 ** 20, maxBytes: 2 ** 30, maxWaitingBytes: 2 ** 30 },
      key: KEY,
      closeAfterMs: 15 * 60_000,
      keepMs,
      tenants: ['shop'],
      now: () => this.now,
      log: {
        info: () => undefined,
        error: (fields: { readonly reason?: string }) => this.errors.push(fields.reason ?? ''),
      },
    });
    this.evidence.setRules(RULES);
    await this.evidence.tick();
  }

  async crash(): Promise<void> {
    this.disk.crash(0);
    await this.open();
  }

  /** Moves the clock, a tick at the end. */
  async until(time: string): Promise<void> {
    this.now = Date.parse(time);
    await this.evidence.tick();
  }

  async judged(
    traces: readonly string[],
    passed: number,
    violated: number,
    tenant = 'shop',
    timeMs = this.now,
    facts: RuleFacts = { matched: [0, 1], carried: [] },
    ids: readonly string[] = [],
  ): Promise<void> {
    const batch: CountedBatch = {
      tenant,
      group: '',
      traces,
      spans: traces.map(() => 10),
      cases: [
        {
          rule: CHECKED!,
          days: [{ start: BigInt(timeMs) * 1_000_000n, passed, violated, cannotTell: 0 }],
          facts: new Map([[BigInt(timeMs) / 86_400_000n, facts]]),
          found: ids.map((id) => ({ id, time: BigInt(timeMs) * 1_000_000n })),
        },
      ],
      unjudged: [],
      partial: 0,
    };
    await this.evidence.tally.counted(batch);
  }

  async records(tenant = 'shop'): Promise<readonly RuleRecord[]> {
    return (await readChain(this.directory, tenant)).flatMap(({ record }) =>
      record?.kind === 'rule' ? [record] : [],
    );
  }

  async counts(tenant = 'shop'): Promise<readonly string[]> {
    return (await this.records(tenant)).map(
      ({ day, part, rule, passed, violated, finding }) =>
        `${day} ${part} ${rule.id} ${passed} ${violated} ${finding}`,
    );
  }

  async problems(first: string, last: string): Promise<unknown> {
    const text = exportText({
      tenant: 'shop',
      days: { first, last },
      links: await readChain(this.directory, 'shop'),
    });
    return verifyExport(text, [verifyingKey(publicPem(KEY))]).problems;
  }

  files(): readonly string[] {
    const folder = join(this.directory, 'evidence', 'shop');
    return readdirSync(folder).map((name) => join(folder, name));
  }
}

async function keeping(): Promise<Keeping> {
  const made = new Keeping();
  await made.open();
  return made;
}

describe('evidence of a service', () => {
  it('never calls kept what could not have failed on that day, whatever other days and parts of a day show', async () => {
    const kept = new Keeping();
    await kept.open();
    const [asked] = planRules(ASKED).rules;
    kept.evidence.setRules(ASKED);
    const judged = async (trace: string, day: string, facts: RuleFacts): Promise<void> => {
      const start = BigInt(Date.parse(day)) * 1_000_000n;
      const [cases] = [{ start, passed: 2, violated: 0, cannotTell: 0 }];
      await kept.evidence.tally.counted({
        tenant: 'shop',
        group: '',
        traces: [trace],
        spans: [7],
        unjudged: [],
        partial: 0,
        cases: [
          { rule: asked!, days: [cases], facts: new Map([[start / 86_400_000_000_000n, facts]]), found: [] },
        ],
      });
    };
    await judged('1', '2026-11-20T10:00:00Z', { matched: [], carried: [] });
    await kept.crash();
    kept.evidence.setRules(ASKED);
    await judged('2', '2026-11-20T11:00:00Z', { matched: [], carried: [] });
    await kept.until('2026-11-21T10:00:00Z');
    await judged('3', '2026-11-21T09:00:00Z', { matched: [], carried: [] });
    await judged('4', '2026-11-21T10:00:00Z', { matched: [], carried: ['span.model'] });
    await kept.until('2026-11-22T01:00:00Z');
    const records = (await kept.records()).filter(({ rule }) => rule.id === 'asked');
    expect(
      records.map(({ day, finding, passed, vacuous, looked }) => [day, finding, passed, vacuous, looked]),
    ).toEqual([
      ['2026-11-20', 'vacuous', 0, 4, { blocks: null, traces: 2, spans: 14 }],
      ['2026-11-21', 'kept', 4, 0, { blocks: null, traces: 2, spans: 14 }],
    ]);
    expect(records[0]?.clauses).toMatchObject([{ clause: 'never#1', missing: ['span.model'] }]);
    expect(records[0]?.rule.text).toContain('never { span.model = "x" }');
    expect(await kept.problems('2026-11-20', '2026-11-21')).toEqual([]);
  });

  it('is not complete where something could not be judged with spans that came late', async () => {
    const kept = await keeping();
    await kept.judged(['t1'], 5, 0);
    await kept.evidence.tally.changed('shop', CHECKED!, { unjudged: 1 });
    await kept.until('2026-11-21T01:00:00Z');
    const [checked] = await kept.records();
    expect(checked).toMatchObject({ passed: 5, completeness: { complete: false, unjudgedTraces: 1 } });
  });

  it('counts what changed under a number once, whatever is killed', async () => {
    const kept = await keeping();
    const changed = async (seq: number): Promise<void> =>
      await kept.evidence.tally.changed('shop', CHECKED!, { retracted: 1 }, seq);
    await kept.judged(['t1'], 5, 3);
    for (const seq of [4, 4, 3]) await changed(seq);
    await kept.crash();
    expect(kept.evidence.tally.changesUpTo).toBe(4);
    for (const seq of [4, 5]) await changed(seq);
    await kept.until('2026-11-21T01:00:00Z');
    expect((await kept.records())[0]).toMatchObject({ violated: 3, late: { retracted: 2 } });
  });

  it('names violations that were found first, late ones among them, and counts all', async () => {
    const kept = await keeping();
    const ids = (from: number, to: number): readonly string[] =>
      Array.from({ length: to - from + 1 }, (_, n) => `id${from + n}`);
    const judged = (trace: string, named: readonly string[]): Promise<void> =>
      kept.judged([trace], 0, named.length, 'shop', kept.now, { matched: [0], carried: [] }, named);
    await judged('t1', ids(1, 12));
    await kept.crash();
    await judged('t2', ids(13, 15));
    const late = [{ id: 'late', time: BigInt(kept.now) * 1_000_000n }];
    await kept.evidence.tally.changed('shop', CHECKED!, { violated: late });
    await judged('t3', ids(16, 40));
    await kept.until('2026-11-21T01:00:00Z');
    const [checked, unused] = await kept.records();
    expect(checked).toMatchObject({ violated: 40, late: { violated: 1 } });
    expect(checked?.violations).toEqual([...ids(1, 15), 'late', ...ids(16, 19)]);
    expect(unused?.violations).toEqual([]);
    // A later part of the day has those of its own.
    await kept.judged(['t4'], 0, 1, 'shop', Date.parse('2026-11-20T23:00:00Z'), undefined, ['id41']);
    await kept.until('2026-11-21T02:00:00Z');
    expect((await kept.records()).find(({ part }) => part === 2)).toMatchObject({
      ...{ day: '2026-11-20', violated: 1, violations: ['id41'] },
    });
    expect(await kept.problems('2026-11-20', '2026-11-20')).toEqual([]);
  });

  it('is written when a day is over and late spans had their time, rules that never applied included', async () => {
    const kept = await keeping();
    await kept.judged(['t1', 't2'], 5, 1);
    await kept.until('2026-11-21T00:14:00Z');
    expect(await kept.counts()).toEqual([]);
    await kept.until('2026-11-21T00:15:00Z');
    expect(await kept.counts()).toEqual([
      '2026-11-20 1 checked 5 1 violated',
      '2026-11-20 1 unused 0 0 never applied',
    ]);
    const [record] = await kept.records();
    expect(record).toMatchObject({ controls: ['SOC2:CC6.1'], applicable: 6, source: 'live' });
    expect(await kept.problems('2026-11-20', '2026-11-20')).toEqual([]);
  });

  it('records days without data, and the time that it did not run', async () => {
    const kept = await keeping();
    await kept.crash();
    kept.now = Date.parse('2026-11-22T06:00:00Z');
    await kept.crash();
    expect(
      (await kept.records()).map(({ day, completeness }) => [
        day,
        completeness.complete,
        completeness.downtime.at(-1),
      ]),
    ).toEqual(
      ['2026-11-20', '2026-11-20', '2026-11-21', '2026-11-21'].map((day) => [
        day,
        false,
        day === '2026-11-20'
          ? { from: '2026-11-20T10:00:00.000Z', to: '2026-11-21T00:00:00.000Z' }
          : { from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' },
      ]),
    );
    expect(await kept.problems('2026-11-20', '2026-11-21')).toEqual([]);
  });

  it('counts a trace once, whatever crashes', async () => {
    const kept = await keeping();
    await kept.judged(['t1'], 1, 0);
    expect(kept.evidence.tally.has('t1', '')).toBe(true);
    await kept.crash();
    expect(kept.evidence.tally.has('t1', '')).toBe(true);
    expect(kept.evidence.tally.has('t1', '60000')).toBe(false);
    kept.evidence.tally.retain((trace) => trace !== 't1');
    expect(kept.evidence.tally.has('t1', '')).toBe(false);
    await kept.until('2026-11-21T01:00:00Z');
    expect((await kept.counts())[0]).toBe('2026-11-20 1 checked 1 0 kept');
  });

  it('continues after a write that was cut off at any byte, and records nothing twice', async () => {
    const whole = await keeping();
    await whole.judged(['t1'], 3, 2);
    await whole.until('2026-11-21T01:00:00Z');
    const [file] = whole.files();
    const bytes = readFileSync(file!);
    const [first] = bytes.toString().split('\n');
    for (const length of [0, 10, first!.length, first!.length + 1, first!.length + 20, bytes.length - 1]) {
      const kept = await keeping();
      await kept.judged(['t1'], 3, 2);
      // The day is closed on disk, and the process dies while its records are written.
      kept.now = Date.parse('2026-11-21T01:00:00Z');
      await kept.evidence.tally.closeDays(15 * 60_000);
      const folder = join(kept.directory, 'evidence', 'shop');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, '000000000001.jsonl'), bytes.subarray(0, length));
      await kept.crash();
      expect(await kept.counts()).toEqual(await whole.counts());
      expect(await kept.problems('2026-11-20', '2026-11-20')).toEqual([]);
    }
  });

  it('makes another part of a day for what is judged after it was closed, also when the clock is set back', async () => {
    const kept = await keeping();
    await kept.judged(['t1'], 1, 0);
    await kept.until('2026-11-21T01:00:00Z');
    await kept.until('2026-11-20T12:00:00Z');
    await kept.judged(['t2'], 0, 1);
    await kept.until('2026-11-21T01:00:01Z');
    expect(await kept.counts()).toEqual([
      '2026-11-20 1 checked 1 0 kept',
      '2026-11-20 1 unused 0 0 never applied',
      '2026-11-20 2 checked 0 1 violated',
    ]);
    expect(await kept.problems('2026-11-20', '2026-11-20')).toEqual([]);
  });

  it('counts cases that carry the time of another day by far on the day they came, and says so', async () => {
    const kept = await keeping();
    await kept.judged(['t1'], 1, 0, 'shop', 0);
    await kept.until('2026-11-21T01:00:00Z');
    expect((await kept.records())[0]).toMatchObject({
      day: '2026-11-20',
      passed: 1,
      completeness: { complete: false, misdatedCases: 1 },
    });
  });

  it('never puts two tenants into one chain, whatever they are called', async () => {
    const kept = await keeping();
    const names = ['shop', 'Shop', 'sh%op', '__proto__', "a.b!*'()"];
    for (const tenant of names) await kept.judged([`t ${tenant}`], 1, 0, tenant);
    await kept.until('2026-11-21T01:00:00Z');
    for (const tenant of names) {
      const links = await readChain(kept.directory, tenant);
      expect(links.map((link) => [link.tenant, link.seq])).toEqual([1, 2, 3].map((seq) => [tenant, seq]));
    }
    expect(new Set(names.map((name) => folderOf(name).toLowerCase())).size).toBe(names.length);
    expect(names.map((name) => tenantOf(folderOf(name)))).toEqual(names);
  });

  it('puts nothing behind a chain that was changed, keeps the counts, and continues once it is restored', async () => {
    const kept = await keeping();
    await kept.judged(['t1'], 1, 0);
    await kept.until('2026-11-21T01:00:00Z');
    const [file] = kept.files();
    const good = readFileSync(file!, 'utf8');
    writeFileSync(file!, good.replace('"passed":1', '"passed":9'));
    await kept.crash();
    await kept.judged(['t2'], 2, 0);
    await kept.until('2026-11-22T01:00:00Z');
    expect(kept.errors.at(-1)).toMatch(/^BT5031: link 1 in .* was changed$/);
    expect(kept.evidence.waiting).toBe(1);
    writeFileSync(file!, good);
    await kept.until('2026-11-22T01:01:00Z');
    expect(kept.evidence.waiting).toBe(0);
    expect(await kept.counts()).toContain('2026-11-21 1 checked 2 0 kept');
    expect(await kept.problems('2026-11-20', '2026-11-21')).toEqual([]);
  });

  it('tidies the log of counts and loses none of them', async () => {
    const kept = await keeping();
    for (let n = 0; n < 300; n++)
      await kept.judged(
        Array.from({ length: 200 }, (_, k) => `${n}-${k}-${'x'.repeat(32)}`),
        200,
        0,
      );
    for (let n = 0; n < 300; n++)
      kept.evidence.tally.forget(Array.from({ length: 200 }, (_, k) => `${n}-${k}-${'x'.repeat(32)}`));
    await kept.crash();
    await kept.until('2026-11-21T01:00:00Z');
    expect((await kept.counts())[0]).toBe('2026-11-20 1 checked 60000 0 kept');
  });
});

it('removes files that have become too old, and the chain says where it begins', async () => {
  const kept = new Keeping();
  await kept.open(48 * HOUR);
  await kept.until('2026-11-21T01:00:00Z');
  const [file] = kept.files();
  expect(file).toMatch(/000000000001\.jsonl$/);
  await kept.until('2026-11-30T01:00:00Z');
  // The last file stays, however old it is.
  expect(kept.files()).toEqual([file]);
});
