import type { World } from './world.js';

interface Asked {
  readonly question: (world: World) => unknown;
  readonly answer: unknown;
  readonly same: (a: never, b: never) => boolean;
}

/**
 * What the check of an item asked about everything else, with the answers: for as long as they are the same, it finds the same. Questions
 * keep nothing of the world that answered them.
 */
export class Reads {
  /** Those about names, which the scopes alone decide, and the others. */
  private readonly ofNames = new Map<string, Asked>();
  private readonly others = new Map<string, Asked>();
  private scopes: World['scopes'];
  private readonly catalogue: World['catalogue'];

  constructor({ scopes, catalogue }: World) {
    this.scopes = scopes;
    this.catalogue = catalogue;
  }

  /** @param key the same for the same question */
  ask<T>(
    world: World,
    about: 'names' | 'items',
    key: string,
    question: (world: World) => T,
    same: (a: T, b: T) => boolean,
  ): T {
    const asked = about === 'names' ? this.ofNames : this.others;
    const known = asked.get(key);
    if (known !== undefined) return known.answer as T;
    const answer = question(world);
    asked.set(key, { question, answer, same });
    return answer;
  }

  /** Whether every question has the same answer in another world, or in what this one has become. */
  hold(world: World): boolean {
    if (world.catalogue !== this.catalogue || !haveSameAnswers(this.others, world)) return false;
    if (world.scopes === this.scopes) return true;
    if (!haveSameAnswers(this.ofNames, world)) return false;
    this.scopes = world.scopes;
    return true;
  }
}

function haveSameAnswers(asked: ReadonlyMap<string, Asked>, world: World): boolean {
  for (const { question, answer, same } of asked.values())
    if (!same(answer as never, question(world) as never)) return false;
  return true;
}
