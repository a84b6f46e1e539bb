import { type ConfigurationScope, workspace } from 'vscode';

export interface Settings {
  readonly serviceUrl: string | undefined;
  readonly tenant: string | undefined;
  readonly blocks: string | undefined;
  readonly path: string;
  readonly rules: string | undefined;
  /** `24h`; undefined for everything that is stored. */
  readonly range: string | undefined;
  readonly limit: number;
  readonly grafanaUrl: string | undefined;
  readonly grafanaDataSource: string;
}

export function settings(scope?: ConfigurationScope): Settings {
  const section = workspace.getConfiguration('betrace', scope);
  const text = (name: string): string | undefined => section.get<string>(name)?.trim() || undefined;
  return {
    serviceUrl: text('service.url'),
    tenant: text('service.tenant'),
    blocks: text('blocks'),
    path: text('path') ?? 'betrace',
    rules: text('rules'),
    range: text('replay.range'),
    limit: section.get('replay.limit', 500),
    grafanaUrl: text('grafana.url'),
    grafanaDataSource: text('grafana.dataSource') ?? 'tempo',
  };
}
