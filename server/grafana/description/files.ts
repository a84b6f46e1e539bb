/** Every file of Grafana's that is made from a description, by its path in this folder's parent. */
import { stringify } from 'yaml';
import { type AlertGroup, alertingFile } from './alert.js';
import { HEALTH_ALERTS } from './alerts/health.js';
import { TRACEQL_ALERTS } from './alerts/traceql.js';
import { VIOLATION_ALERTS } from './alerts/violations.js';
import { dashboardJson } from './dashboard.js';
import { RULES } from './dashboards/rules.js';
import { SERVICE } from './dashboards/service.js';
import { VIOLATIONS } from './dashboards/violations.js';
import { pluginSourcesFile } from './plugin-sources.js';

const DASHBOARDS = [VIOLATIONS, RULES, SERVICE].map(dashboardJson);

const ALERTING: Readonly<Record<string, readonly AlertGroup[]>> = {
  'provisioning/alerting/betrace.yaml': [VIOLATION_ALERTS, HEALTH_ALERTS],
  'optional/alerting/traceql.yaml': [TRACEQL_ALERTS],
};

/** Where the example stack shows the runbook; `npm run grafana` takes another address. */
export const RUNBOOK = 'http://localhost:3000/public/betrace/runbook.md';

/** `runbook`: the address at which the runbook can be read. */
export function files(runbook: string = RUNBOOK): ReadonlyMap<string, string> {
  return new Map([
    ...DASHBOARDS.map((json): [string, string] => [
      `provisioning/dashboards/${String(json.uid)}.json`,
      `${JSON.stringify(json, null, 2)}\n`,
    ]),
    ...Object.entries(ALERTING).map(([path, groups]): [string, string] => [
      path,
      `# Made from server/grafana/description by \`npm run grafana\`: change it there.\n${stringify(alertingFile(groups, { runbook, panelId }), { lineWidth: 0 })}`,
    ]),
    ['optional/plugin/datasources/betrace.yaml', pluginSourcesFile()],
  ]);
}

function panelId(dashboard: string, title: string): number {
  const json = DASHBOARDS.find(({ uid }) => uid === dashboard);
  const panels = (json?.panels ?? []) as readonly { readonly id: number; readonly title: string }[];
  const ids = panels.filter((panel) => panel.title === title).map(({ id }) => id);
  const [id] = ids;
  if (id === undefined || ids.length > 1) throw new Error(`${dashboard} has ${ids.length} panels "${title}"`);
  return id;
}
