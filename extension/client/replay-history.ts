import type { Uri } from 'vscode';
import type { ReplayJson } from '../../engine/answers/replay.js';
import { judgedRules } from '../service/judged.js';

/** A result, to be shown again or compared with another one. */
export interface Replayed {
  readonly uri: Uri;
  readonly result: ReplayJson;
  /** RFC 3339. */
  readonly ended: string;
}

/** Results hold violations with their evidence: a few are enough to compare with. */
const MOST = 10;

/** The last replays of this window. */
export class ReplayHistory {
  /** The newest is the last. */
  private readonly all: Replayed[] = [];

  add(replayed: Replayed): void {
    this.all.push(replayed);
    if (this.all.length > MOST) this.all.shift();
  }

  get last(): Replayed | undefined {
    return this.all.at(-1);
  }

  /** The earlier replays of some of its rules in its file, the newest first. */
  before(replayed: Replayed): readonly Replayed[] {
    const rules = new Set(judgedRules(replayed.result).map(({ id }) => id));
    const place = this.all.indexOf(replayed);
    return this.all
      .slice(0, place < 0 ? undefined : place)
      .filter(
        ({ uri, result }) =>
          uri.toString() === replayed.uri.toString() && judgedRules(result).some(({ id }) => rules.has(id)),
      )
      .reverse();
  }
}
