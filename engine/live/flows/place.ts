const FLOW = 'flow\0';

/** What the outbox knows the violations of a rule in a flow by, in the place of a trace: keys of traces begin with their hex digits. */
export function flowPlace(tenant: string, rule: string, flow: string): string {
  return `${FLOW}${tenant}\0${rule}\0${flow}`;
}

export function isFlowPlaceOf(tenant: string, place: string): boolean {
  return place.startsWith(`${FLOW}${tenant}\0`);
}

export function isFlowPlace(place: string): boolean {
  return place.startsWith(FLOW);
}
