import type { Mutation } from './mutations.js';

/** Faults of rules over many traces. */
export const WINDOW_MUTATIONS: readonly Mutation[] = [
  {
    name: 'what stored blocks undo of windows is not retracted',
    file: 'engine/live/windows/window-watch.ts',
    from: 'const changes = missed.map(retraction)',
    to: 'const changes = missed.slice(1).map(retraction)',
  },
  {
    name: 'windows that were found early are found again by stored blocks',
    file: 'engine/live/windows/window-watch.ts',
    from: 'const isNew = entries.map(({ trace }) => outbox.entriesOf(trace).size === 0);',
    to: 'const isNew = entries.map(() => true);',
  },
  {
    name: 'windows that were found early are forgotten before stored blocks are asked',
    file: 'engine/live/stored/judged-entries.ts',
    from: 'BigInt(end) <= (judged.of(tenant, rule, revision) ?? settled - CATCH_UP_NS);',
    to: 'BigInt(end) >= 0n || judged.of(tenant, rule, revision) === settled - CATCH_UP_NS;',
  },
  {
    name: 'windows that were found early are forgotten after a crash',
    file: 'engine/live/handover.ts',
    from: ' && !isWindowKey(key)',
    to: '',
  },
  {
    name: 'a rule begins anew where its first windows were asked about in vain',
    file: 'engine/live/stored/judged-until.ts',
    from: 'for (const { rule, from } of rules) this.advance(tenant, rule, from);',
    to: 'for (const { rule, from } of rules.slice(rules.length)) this.advance(tenant, rule, from);',
  },
  {
    name: 'windows that began before their rule are judged early',
    file: 'engine/live/windows/early-windows.ts',
    from: 'firstEnd - every, stored]',
    to: 'firstEnd - firstEnd, stored]',
  },
  {
    name: 'windows count as judged before what was found is on disk',
    file: 'engine/live/windows/early-windows.ts',
    from: 'await this.record(tenant, result);\n      until = toNs;',
    to: 'until = toNs; await store.settle(tenant, [[rule, until]]); await this.record(tenant, result);',
  },
  {
    name: 'windows are left out that are due at once',
    file: 'engine/live/windows/early-windows.ts',
    from: 'fromNs: until + every - window, toNs };',
    to: 'fromNs: toNs - window, toNs };',
  },
  {
    name: 'windows wait for time that has passed',
    file: 'engine/live/windows/early-windows.ts',
    from: 'while (until < end) {',
    to: 'while (until + window < end) {',
  },
  {
    name: 'windows that stored blocks have are judged early',
    file: 'engine/live/windows/early-windows.ts',
    from: 'firstEnd - every, stored]',
    to: 'firstEnd - every, stored * 0n]',
  },
  {
    name: 'what a trace counts for windows stays when it is taken again',
    file: 'engine/sql/windows/kept-counts.ts',
    from: 'AND trace IN (SELECT',
    to: 'AND false AND trace IN (SELECT',
    bySql: true,
  },
];
