import fc from 'fast-check';

/**
 * Ends the search for simpler cases that fail, too, `ms` milliseconds after a property failed. What was found by then is reported, which
 * is nothing where the time of the test is up first: a case over a database takes long under load, and a search looks at hundreds.
 */
export function shrinkingFor<Ts>(ms: number): fc.Plugin<Ts> {
  return () => {
    let until = Number.POSITIVE_INFINITY;
    return {
      decorateRun: (run) => (value) => {
        if (performance.now() >= until) return new fc.PreconditionFailure(true);
        const noted = (failure: Awaited<ReturnType<typeof run>>): typeof failure => {
          if (failure !== null && !fc.PreconditionFailure.isFailure(failure))
            until = Math.min(until, performance.now() + ms);
          return failure;
        };
        const ran = run(value);
        return ran instanceof Promise ? ran.then(noted) : noted(ran);
      },
    };
  };
}

let isBounded = false;

/** The same for every property of the process. Setup files run once for each file of tests. */
export function boundShrinking(ms: number): void {
  if (!isBounded) fc.installGlobalPlugin(shrinkingFor(ms));
  isBounded = true;
}
