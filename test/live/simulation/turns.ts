/** Lets other promises run so many times. What runs between is decided by nothing but their order. */
export async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await undefined;
}

/** Resolves once no promise can resolve by itself. */
export async function idle(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
