/** Of replicas that share a tenant, each window is reported by one, whatever is paused, killed, cut off, or believes the wrong time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordIn, recordText } from '../../../engine/live/ownership/owner-record.js';
import { runs } from '../../support/runs.js';
import { type Answer, type Death, LEASE_MS, Replica, RULE, Shared } from './replicas.js';

const aStep = fc.record({
  replica: fc.nat(2),
  /** Clocks run apart, and stand still. */
  passes: fc.constantFrom(0, 1, 7, LEASE_MS + 1),
  answers: fc.array(fc.constantFrom<Answer>('answers', 'answers', 'answers', 'fails', 'is lost'), {
    maxLength: 3,
  }),
  death: fc.constantFrom<Death>(
    undefined,
    undefined,
    undefined,
    'before the claim',
    'after the claim',
    'in the outbox',
  ),
  /** A replica that judges for so long that another does all of this meanwhile. */
  meanwhile: fc.boolean(),
  windows: fc.nat(2),
  leaves: fc.constantFrom(false, false, false, true),
});

/** Lets time pass for all, without faults, until everything is reported. */
async function settle(replicas: readonly Replica[], end: bigint): Promise<void> {
  for (let round = 0; round < 6; round++)
    for (const replica of replicas) {
      for (const other of replicas) other.now += LEASE_MS / 3;
      replica.answers = [];
      await replica.renew();
      await replica.judge(end, undefined);
    }
}

describe('windows of a tenant', () => {
  it('are reported once each by three replicas, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 5, maxLength: 40 }), async (steps) => {
        const shared = new Shared();
        const replicas = ['a', 'b', 'c'].map((name) => new Replica(name, shared));
        let end = 5n;
        const step = async (n: number): Promise<void> => {
          const { replica: index, passes, answers, death, meanwhile, windows, leaves } = steps[n]!;
          const replica = replicas[index]!;
          replica.now += passes;
          replica.answers = [...answers];
          end += BigInt(windows);
          await replica.renew();
          await replica.judge(end, death, async () => {
            if (!meanwhile) return;
            if (n + 1 < steps.length && steps[n + 1]!.replica !== index) await step(n + 1);
            // Its own clock for that does not wait.
            await replica.renew();
          });
          if (leaves) await replica.release();
        };
        for (const index of steps.keys()) await step(index);
        end++;
        await settle(replicas, end);
        const reported = replicas.flatMap((replica) => replica.reported);
        expect(new Set(reported).size, 'reported twice').toBe(reported.length);
        const first = Math.min(...reported.map(Number));
        expect(reported.length, 'a gap').toBe(Number(end) - first + 1);
        expect(replicas.flatMap(({ openClaims }) => openClaims.own)).toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  });

  it('are taken over once the record has not changed for the length of a lease, and at once where their owner leaves', async () => {
    const shared = new Shared();
    const [a, b] = [new Replica('a', shared), new Replica('b', shared)];
    await a.renew();
    await b.renew();
    expect([a.isOwner, b.isOwner]).toEqual([true, false]);
    b.now += LEASE_MS - 1;
    await b.renew();
    expect(b.isOwner).toBe(false);
    b.now += 1;
    await b.renew();
    expect(b.isOwner).toBe(true);
    await a.judge(9n, undefined);
    expect(a.reported).toEqual([]);
    await b.release();
    await a.renew();
    expect([a.isOwner, b.isOwner]).toEqual([true, false]);
  });

  it('are not reported by one that was away while another reported them, even if it is the owner again', async () => {
    const shared = new Shared();
    const [a, b] = [new Replica('a', shared), new Replica('b', shared)];
    await a.renew();
    await a.judge(1n, undefined);
    await b.renew();
    await a.judge(3n, undefined, async () => {
      b.now += LEASE_MS;
      await b.renew();
      await b.judge(2n, undefined);
      await b.release();
      await a.renew();
    });
    expect([a.isOwner, a.reported, b.reported]).toEqual([true, [1n], [2n]]);
    await a.judge(3n, undefined);
    expect(a.reported).toEqual([1n, 3n]);
  });

  it('that a lost replica had claimed stay open, and everybody sees that', async () => {
    const shared = new Shared();
    const [a, b] = [new Replica('a', shared), new Replica('b', shared)];
    await a.renew();
    await a.judge(3n, 'after the claim');
    await b.renew();
    b.now += LEASE_MS;
    await b.renew();
    await b.judge(5n, undefined);
    expect(b.reported).toEqual([4n, 5n]);
    expect(b.openClaims.others).toMatchObject([{ replica: 'a', from: '2', until: '3' }]);
    await a.renew();
    await a.judge(5n, undefined);
    expect(a.reported).toEqual([3n]);
    await a.renew();
    await b.renew();
    expect(b.openClaims.others).toEqual([]);
  });

  it('that were claimed and are none are over: what comes after them is judged', async () => {
    const shared = new Shared();
    const mark = { rule: RULE.id, revision: RULE.revision, until: '5' };
    const claims = [{ ...mark, replica: 'a', from: '5' }];
    await shared.write(recordText({ turn: 1, marks: [mark], claims }), undefined);
    const replica = new Replica('a', shared);
    await replica.renew();
    await replica.judge(7n, undefined);
    await replica.renew();
    expect(replica.reported).toEqual([6n, 7n]);
    expect(replica.openClaims.own).toEqual([]);
  });
});

describe('a record', () => {
  it('is read as it was written', () => {
    const record = {
      owner: { replica: 'a', session: 's' },
      turn: 3,
      marks: [{ rule: 'r', revision: '1', until: '12' }],
      claims: [{ rule: 'r', revision: '1', replica: 'a', from: '3', until: '12' }],
    };
    expect(recordIn(recordText(record))).toEqual(record);
  });

  it.each([
    '',
    '{}',
    '{"version":2,"turn":1,"marks":[],"claims":[]}',
    '{"version":1,"turn":1,"marks":[{}],"claims":[]}',
  ])('is refused in another form: %s', (text) => {
    expect(() => recordIn(text)).toThrow(/JSON|no record of an owner/);
  });
});
