/** Time zones by their names in the IANA database, as far as the machine knows them. */

/** Whether there is such a zone. Offsets such as `+01:00` are none: not every version of Node takes them. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/u.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The names to suggest. */
export function zoneNames(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}
