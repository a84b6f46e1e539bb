/** @jsxRuntime classic */
import type { DataSourceJsonData, DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { DataSourceHttpSettings } from '@grafana/ui';
import * as React from 'react';

/** Grafana's own settings of an address: what it keeps secret there, its proxy sends along. */
export function ConfigEditor({
  options,
  onOptionsChange,
}: DataSourcePluginOptionsEditorProps<DataSourceJsonData>) {
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
    </>
  );
}
