/** What Grafana loads for the data source. */
import { type DataSourceJsonData, DataSourcePlugin } from '@grafana/data';
import { ConfigEditor } from './config-editor.js';
import { BeTraceDataSource } from './datasource.js';
import type { BeTraceQuery } from './query.js';
import { QueryEditor } from './query-editor.js';

export const plugin = new DataSourcePlugin<BeTraceDataSource, BeTraceQuery, DataSourceJsonData>(
  BeTraceDataSource,
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
