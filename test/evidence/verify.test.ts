import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Link, withoutRecord } from '../../engine/evidence/chain.js';
import { KeyProblem, newKey, publicPem, signingKey, verifyingKey } from '../../engine/evidence/keys.js';
import type { RuleRecord } from '../../engine/evidence/record.js';
import { verifyExport } from '../../engine/evidence/verify.js';
import { runs } from '../support/runs.js';
import { chainOf, DAYS, endOf, fileOf, KEY, LINKS, OTHER_KEY, ruleOn } from './made.js';

const PUBLIC = verifyingKey(publicPem(KEY));

function problemsOf(text: string, key = PUBLIC): readonly string[] {
  return verifyExport(text, [key]).problems.map(({ code, seq, message }) =>
    [code, ...(seq === undefined ? [] : [`#${seq}`]), message].join(' '),
  );
}

const without = (...seqs: readonly number[]): readonly Link[] =>
  LINKS.filter(({ seq }) => !seqs.includes(seq));

describe('verification', () => {
  it('finds nothing wrong with what was exported', () => {
    expect(verifyExport(fileOf(LINKS), [PUBLIC])).toMatchObject({ problems: [], remarks: [] });
  });

  it('verifies records of the first version together with later ones', () => {
    const day = '2026-11-19';
    const { vacuous, clauses, violations, looked, ...of } = ruleOn(day, 'a') as RuleRecord;
    const { text, ...rule } = of.rule;
    expect([vacuous, clauses, violations, looked, text].includes(undefined)).toBe(false);
    const first = { ...of, rule, version: 1 } as const;
    const links = chainOf([first, endOf(day, 1), ruleOn('2026-11-20', 'a'), endOf('2026-11-20', 1)]);
    const file = fileOf(links, { first: day, last: '2026-11-20' });
    expect(verifyExport(file, [PUBLIC])).toMatchObject({ problems: [], remarks: [] });
  });

  it('holds the chain together where records were left out', () => {
    const some = LINKS.map((link) =>
      link.record?.kind === 'rule' && link.seq % 3 === 1 ? withoutRecord(link) : link,
    );
    expect(verifyExport(fileOf(some), [PUBLIC])).toMatchObject({
      problems: [],
      remarks: ['3 records were left out of the file; the chain holds without them'],
    });
  });

  it('notices any byte that is not as it was', () => {
    const bytes = Buffer.from(fileOf(LINKS));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (offset, change) => {
        const changed = Buffer.from(bytes);
        changed[offset] = changed[offset]! ^ change;
        // The bytes as they are, not what a decoder makes of them.
        expect(problemsOf(changed.toString('latin1'))).not.toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  });

  it('takes no other spelling of the bytes of a signature', () => {
    const [first, ...rest] = LINKS;
    const respelled = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/']
      .map((last) => `${first!.signature.slice(0, -3)}${last}==`)
      .find((text) => text !== first!.signature && sameBytes(text, first!.signature));
    expect(respelled).toBeDefined();
    expect(problemsOf(fileOf([{ ...first!, signature: respelled! }, ...rest]))).toHaveLength(1);
  });

  it('notices wherever the file is cut off', () => {
    const text = fileOf(LINKS);
    for (let length = 0; length < text.length; length += 7)
      expect(problemsOf(text.slice(0, length))).not.toEqual([]);
    expect(problemsOf(text.slice(0, 900))[0]).toMatch(/^BT5035 the file is cut off or no JSON/);
  });

  it('names the record whose count was changed', () => {
    expect(
      problemsOf(
        fileOf(LINKS).replace('"violated":1}', '"violated":0}').replace('"violated":1', '"violated":0'),
      ),
    ).toContain('BT5031 #1 its content is not what the hash is over: it was changed');
  });

  it.each<[string, readonly Link[], string]>([
    ['one record', without(4), 'BT5033 #5 link 4 is missing'],
    ['two records', without(4, 5), 'BT5033 #6 links 4 to 5 are missing'],
    ['the first', without(1), 'BT5033 #3 2026-11-19 was closed with 2 records of rules, and 1 are there'],
    ['the end of the last day', without(9), 'BT5033 #8 the end of 2026-11-21 is missing after it'],
    ['the last day', without(7, 8, 9), 'BT5033 there is nothing for 2026-11-21'],
    ['a day in the middle', without(4, 5, 6), 'BT5033 there is nothing for 2026-11-20'],
    ['everything', [], 'BT5033 there is nothing for 2026-11-19 to 2026-11-21'],
  ])('says that %s was taken away', (_, links, problem) => {
    expect(problemsOf(fileOf(links))).toContain(problem);
  });

  it('says that links were moved', () => {
    const [a, b, ...rest] = LINKS;
    expect(problemsOf(fileOf([b!, a!, ...rest]))).toContain(
      'BT5033 #1 it comes after link 2: links were moved or repeated',
    );
  });

  it('tells a forger who signs anew from the one who has the key', () => {
    const forged = chainOf(
      LINKS.flatMap(({ record }) => record ?? []),
      OTHER_KEY,
    );
    expect(problemsOf(fileOf(forged))[0]).toBe(
      `BT5034 #1 it is signed with key ${OTHER_KEY.id}, which was not given`,
    );
    const passedOff = forged.map((link) => ({ ...link, key: KEY.id }));
    expect(problemsOf(fileOf(passedOff))).toContain(
      'BT5032 #1 its signature is not that of the key over its content',
    );
  });

  it('says that a record of another tenant was put in', () => {
    const mixed = chainOf([ruleOn('2026-11-19', 'a', { tenant: 'bank' }), endOf('2026-11-19', 1, 'bank')]);
    expect(problemsOf(fileOf(mixed, { first: '2026-11-19', last: '2026-11-19' }))).toContain(
      'BT5036 #1 it is of tenant "bank", the file of "shop"',
    );
  });

  it('says that a day is recorded twice, and that counts do not add up, even if they were signed', () => {
    const day = '2026-11-19';
    const odd = { ...ruleOn(day, 'b'), applicable: 9 };
    const links = chainOf([
      ruleOn(day, 'a'),
      endOf(day, 1),
      ruleOn(day, 'a'),
      odd,
      { ...endOf(day, 2), part: 1 },
    ]);
    expect(problemsOf(fileOf(links, { first: day, last: day }))).toEqual([
      'BT5036 #3 it repeats for 2026-11-19 what another link has recorded',
      'BT5036 #4 its counts do not add up to the applicable cases',
      'BT5036 #5 it repeats for 2026-11-19 what another link has recorded',
    ]);
  });

  it('says that more violations are named than counted, or one twice', () => {
    const day = '2026-11-19';
    const named = (violations: readonly string[]): readonly string[] =>
      problemsOf(
        fileOf(
          chainOf([
            ruleOn(day, 'a', { violated: 2, late: { violated: 1, retracted: 0 }, violations }),
            endOf(day, 1),
          ]),
          { first: day, last: day },
        ),
      );
    expect(named(['x', 'y', 'z'])).toEqual([]);
    const problem = 'BT5036 #1 it names more violations than it counts';
    expect(named(['x', 'y', 'z', 'w'])).toEqual([problem]);
    expect(named(['x', 'x'])).toEqual([problem]);
  });

  it('remarks on a clock that was set back, and on a file that begins later', () => {
    const [day] = [DAYS.first];
    const links = chainOf([ruleOn(day, 'a'), { ...endOf(day, 1), producedAt: `${day}T11:00:00.000Z` }]);
    const { problems, remarks } = verifyExport(fileOf(links, { first: day, last: day }), [PUBLIC]);
    expect(problems).toEqual([]);
    expect(remarks).toEqual(['link 2 was made before link 1: the clock was set back in between']);
    const later = fileOf(LINKS.slice(3), { ...DAYS, first: '2026-11-20' });
    expect(verifyExport(later, [PUBLIC])).toMatchObject({
      problems: [],
      remarks: ['the file begins at link 4; whether those before it are whole it cannot show'],
    });
  });
});

function sameBytes(a: string, b: string): boolean {
  return Buffer.from(a, 'base64').equals(Buffer.from(b, 'base64'));
}

describe('a key', () => {
  it('goes by its public half', () => {
    const pem = newKey();
    expect(verifyingKey(publicPem(signingKey(pem))).id).toBe(signingKey(pem).id);
  });

  it('is refused without a word of it', () => {
    expect(() => signingKey('hunter2')).toThrow(KeyProblem);
    expect(() => signingKey('hunter2')).not.toThrow(/hunter2/);
    expect(() => signingKey(publicPem(KEY))).toThrow(/no private key/);
  });

  it('is not printed with the object that holds it', () => {
    expect(JSON.stringify(KEY)).not.toMatch(/PRIVATE|[A-Za-z0-9+/]{40}/);
  });
});
