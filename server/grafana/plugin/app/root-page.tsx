/** @jsxRuntime classic */
import { config, getDataSourceSrv } from '@grafana/runtime';
import { InlineField, RadioButtonGroup, useTheme2 } from '@grafana/ui';
import * as React from 'react';
import { useEffect, useRef, useState } from 'react';
import { embed } from '../../../web/app/embed.js';
import style from '../../../web/app/style.css';

/** The pages of the service, asked through the data source: Grafana frames them, and no component of them is written twice. */
export function RootPage() {
  const [sources] = useState(() => getDataSourceSrv().getList({ type: 'betrace-datasource' }));
  const [uid, setUid] = useState(() => new URLSearchParams(location.search).get('ds') ?? sources[0]?.uid);
  const source = sources.find((source) => source.uid === uid) ?? sources[0];
  const host = useRef<HTMLDivElement>(null);
  const { isDark } = useTheme2();
  const address = source?.url === undefined ? undefined : `${config.appSubUrl}${source.url}`;
  useEffect(() => {
    if (host.current === null || address === undefined) return;
    return embed(host.current, { address, style, scheme: isDark ? 'dark' : 'light' });
  }, [address, isDark]);
  if (source === undefined)
    return <p>There is no data source of type BeTrace yet: add one under Connections, Data sources.</p>;
  return (
    <>
      {sources.length === 1 ? null : (
        <InlineField label="Data source">
          <RadioButtonGroup
            options={sources.map(({ uid, name }) => ({ label: name, value: uid }))}
            value={source.uid}
            onChange={setUid}
          />
        </InlineField>
      )}
      <div key={address} ref={host} />
    </>
  );
}
