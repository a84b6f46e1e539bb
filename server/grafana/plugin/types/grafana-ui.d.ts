/** Of `@grafana/ui` what the plugin uses: see `grafana-data.d.ts`. */
declare module '@grafana/ui' {
  import type { DataSourceSettings } from '@grafana/data';
  import type { ChangeEvent, ComponentType, ReactNode } from 'react';
  import type { Editor, Monaco } from '../datasource/monaco.js';

  export const CodeEditor: ComponentType<{
    value: string;
    language: string;
    height?: number | string;
    showMiniMap?: boolean;
    showLineNumbers?: boolean;
    monacoOptions?: object;
    onBeforeEditorMount?: (monaco: Monaco) => void;
    onEditorDidMount?: (editor: Editor, monaco: Monaco) => void;
    onEditorWillUnmount?: () => void;
    onBlur?: (value: string) => void;
    onSave?: (value: string) => void;
  }>;
  export const InlineField: ComponentType<{ label: string; tooltip?: string; children: ReactNode }>;
  export const Input: ComponentType<{
    type?: string;
    width?: number;
    min?: number;
    placeholder?: string;
    value?: string | number;
    'aria-label'?: string;
    onChange?: (event: ChangeEvent<HTMLInputElement>) => void;
    onBlur?: () => void;
  }>;
  export const InlineSwitch: ComponentType<{
    value: boolean;
    'aria-label'?: string;
    onChange: (event: ChangeEvent<HTMLInputElement>) => void;
  }>;
  export const RadioButtonGroup: ComponentType<{
    'aria-label'?: string;
    options: { label: string; value: string; description?: string }[];
    value: string;
    onChange: (value: string) => void;
  }>;
  export const DataSourceHttpSettings: ComponentType<{
    defaultUrl: string;
    dataSourceConfig: DataSourceSettings;
    showAccessOptions?: boolean;
    onChange: (settings: DataSourceSettings) => void;
  }>;
  export function useTheme2(): { readonly isDark: boolean };
}
