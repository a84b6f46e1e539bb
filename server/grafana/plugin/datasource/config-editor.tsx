/** @jsxRuntime classic */
import type { DataSourceJsonData, DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { DataSourcePicker } from '@grafana/runtime';
import { DataSourceHttpSettings, InlineField } from '@grafana/ui';
import * as React from 'react';

/** Grafana's own settings of an address: what it keeps secret there, its proxy sends along. */
export function ConfigEditor({
  options,
  onOptionsChange,
}: DataSourcePluginOptionsEditorProps<DataSourceJsonData>) {
  const { tempoUid, ...others } = options.jsonData;
  return (
    <>
      <p>
        The address is that of <code>betrace serve</code>, as Grafana&rsquo;s server reaches it. With several
        tenants, add the header <code>X-Scope-OrgID</code> with the tenant; where tokens are asked for, add{' '}
        <code>Authorization</code> with <code>Bearer TOKEN</code>.
      </p>
      <DataSourceHttpSettings
        defaultUrl="http://localhost:3210"
        dataSourceConfig={options}
        showAccessOptions={false}
        onChange={onOptionsChange}
      />
      <h3>Links</h3>
      <InlineField
        label="Tempo"
        tooltip="Violations lead to their trace there, with its links to logs, metrics and profiles, and to their service in Traces Drilldown"
      >
        <DataSourcePicker
          pluginId="tempo"
          current={tempoUid ?? null}
          noDefault
          inputId="betrace-tempo"
          onChange={({ uid }) => onOptionsChange({ ...options, jsonData: { ...others, tempoUid: uid } })}
          onClear={() => onOptionsChange({ ...options, jsonData: others })}
        />
      </InlineField>
    </>
  );
}
