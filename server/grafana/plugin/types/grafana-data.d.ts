/**
 * Of `@grafana/data` what the plugin uses, with its names. The package itself is not installed: with what it needs it is hundreds of megabytes. The
 * plugin was also checked against the declarations of 12.4 themselves: README.md says how.
 */
declare module '@grafana/data' {
  import type { ComponentType } from 'react';

  export interface DataQuery {
    refId: string;
    hide?: boolean;
    queryType?: string;
  }
  /** With what the data source of this plugin has of its own. */
  export interface DataSourceJsonData {
    httpHeaderName1?: string;
    tempoUid?: string;
  }
  export interface ScopedVars {
    readonly [name: string]: { readonly value: unknown; readonly text?: unknown } | undefined;
  }
  /** Moments of moment.js, of which only this is used. */
  export interface DateTime {
    valueOf(): number;
  }
  export interface TimeRange {
    readonly from: DateTime;
    readonly to: DateTime;
  }
  export interface DataQueryRequest<TQuery extends DataQuery> {
    readonly targets: TQuery[];
    readonly range: TimeRange;
    readonly intervalMs: number;
    readonly scopedVars: ScopedVars;
  }
  export interface DataFrame {
    name?: string;
    refId?: string;
    length: number;
  }
  export interface DataQueryResponse {
    data: DataFrame[];
  }
  export interface TestDataSourceResponse {
    status: string;
    message: string;
  }
  export interface MetricFindValue {
    text: string;
  }
  export interface DataSourceInstanceSettings<TOptions extends DataSourceJsonData = DataSourceJsonData> {
    readonly uid: string;
    readonly name: string;
    readonly url?: string;
    readonly jsonData: TOptions;
  }
  export interface DataSourceSettings<TOptions extends DataSourceJsonData = DataSourceJsonData> {
    readonly url: string;
    readonly jsonData: TOptions;
  }
  export abstract class DataSourceApi<
    TQuery extends DataQuery = DataQuery,
    TOptions extends DataSourceJsonData = DataSourceJsonData,
  > {
    readonly name: string;
    readonly uid: string;
    annotations?: Record<string, never>;
    constructor(settings: DataSourceInstanceSettings<TOptions>);
    abstract query(request: DataQueryRequest<TQuery>): Promise<DataQueryResponse>;
    abstract testDatasource(): Promise<TestDataSourceResponse>;
    metricFindQuery?(query: string): Promise<MetricFindValue[]>;
    filterQuery?(query: TQuery): boolean;
    getDefaultQuery?(app: string): Partial<TQuery>;
    interpolateVariablesInQueries?(queries: TQuery[], scopedVars: ScopedVars): TQuery[];
  }
  export interface QueryEditorProps<TDataSource, TQuery extends DataQuery> {
    readonly datasource: TDataSource;
    readonly query: TQuery;
    readonly onChange: (query: TQuery) => void;
    readonly onRunQuery: () => void;
  }
  export interface DataSourcePluginOptionsEditorProps<TOptions extends DataSourceJsonData> {
    readonly options: DataSourceSettings<TOptions>;
    readonly onOptionsChange: (options: DataSourceSettings<TOptions>) => void;
  }
  export class DataSourcePlugin<
    TDataSource extends DataSourceApi<TQuery, TOptions>,
    TQuery extends DataQuery,
    TOptions extends DataSourceJsonData,
  > {
    constructor(made: new (settings: DataSourceInstanceSettings<TOptions>) => TDataSource);
    setQueryEditor(editor: ComponentType<QueryEditorProps<TDataSource, TQuery>>): this;
    setConfigEditor(editor: ComponentType<DataSourcePluginOptionsEditorProps<TOptions>>): this;
  }
  export class AppPlugin {
    setRootPage(page: ComponentType): this;
  }
  /** A frame of fields whose types and configurations are as in the frames of this plugin. */
  export function createDataFrame(frame: object): DataFrame;
}
