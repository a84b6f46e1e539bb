type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Settings that nobody gives, as absent ones: `exactOptionalPropertyTypes` tells them apart. */
export function withoutUndefined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
