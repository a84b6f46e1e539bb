import type { LastReplay } from '../catalogue/last-replay.js';

/** Something that was found out about a text, and what that text meant then. */
export interface Known<T> {
  readonly found: T;
  readonly meaning: string;
}

/**
 * What replays and tests found when they last ran. It stays when the text changes, so that there is something to show at once;
 * whether it is still true of the text is found by comparing meanings.
 */
export class KnownResults {
  private readonly replays = new Map<string, Known<LastReplay>>();
  private readonly classes = new Map<string, Known<string> & { readonly text: string }>();
  private readonly tests = new Map<string, Known<boolean>>();

  /** An earlier one than is known already is ignored. */
  noteReplay(rule: string, found: LastReplay, meaning: string): void {
    const known = this.replays.get(rule);
    if (known === undefined || known.found.ended < found.ended) this.replays.set(rule, { found, meaning });
  }

  replayOf(rule: string): Known<LastReplay> | undefined {
    return this.replays.get(rule);
  }

  /** When a verdict is final, as a service says it of a text. */
  noteClass(rule: string, found: string, meaning: string, text: string): void {
    this.classes.set(rule, { found, meaning, text });
  }

  classOf(rule: string): (Known<string> & { readonly text: string }) | undefined {
    return this.classes.get(rule);
  }

  /** What one service said says nothing about the traces of another. */
  forgetService(): void {
    this.replays.clear();
    this.classes.clear();
  }

  noteTest(rule: string, title: string, passed: boolean, meaning: string): void {
    this.tests.set(testKey(rule, title), { found: passed, meaning });
  }

  testOf(rule: string, title: string): Known<boolean> | undefined {
    return this.tests.get(testKey(rule, title));
  }
}

function testKey(rule: string, title: string): string {
  return `${rule}\0${title}`;
}
