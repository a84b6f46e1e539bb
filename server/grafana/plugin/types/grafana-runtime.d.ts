/** Of `@grafana/runtime` what the plugin uses: see `grafana-data.d.ts`. */
declare module '@grafana/runtime' {
  import type { DataSourceInstanceSettings, ScopedVars } from '@grafana/data';
  import type { ComponentType } from 'react';

  interface RequestOptions {
    readonly showErrorAlert?: boolean;
  }
  export function getBackendSrv(): {
    get<T>(
      url: string,
      params?: Record<string, string>,
      requestId?: string,
      options?: RequestOptions,
    ): Promise<T>;
    post<T>(url: string, data?: unknown, options?: RequestOptions): Promise<T>;
  };
  export function getTemplateSrv(): { replace(text: string, scopedVars?: ScopedVars): string };
  export function getDataSourceSrv(): {
    getList(filter: { readonly type: string }): DataSourceInstanceSettings[];
    getInstanceSettings(uid: string): DataSourceInstanceSettings | undefined;
  };
  export const DataSourcePicker: ComponentType<{
    pluginId?: string;
    current: string | null;
    noDefault?: boolean;
    inputId?: string;
    onChange: (source: DataSourceInstanceSettings) => void;
    onClear?: () => void;
  }>;
  export const config: { readonly appSubUrl: string };
}
