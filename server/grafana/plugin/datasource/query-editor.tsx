/** @jsxRuntime classic */
import type { QueryEditorProps } from '@grafana/data';
import { CodeEditor, InlineField, InlineSwitch, Input, RadioButtonGroup } from '@grafana/ui';
import * as React from 'react';
import { useRef } from 'react';
import type { BeTraceDataSource } from './datasource.js';
import { follow, LANGUAGE, registerLanguage } from './language.js';
import type { Disposable, Editor, Monaco } from './monaco.js';
import { type BeTraceQuery, DEFAULT_LIMIT, type QueryType } from './query.js';

const TYPES: { label: string; value: QueryType; description: string }[] = [
  {
    label: 'Query',
    value: 'query',
    description: 'TraceQL, violations of a rule, clauses of a rule, or the id of a trace',
  },
  { label: 'Rules', value: 'rules', description: 'The rules in force: their state, and what was counted' },
];

const EDITOR_OPTIONS = {
  lineNumbers: 'off',
  folding: false,
  glyphMargin: false,
  scrollBeyondLastLine: false,
  wordWrap: 'on',
  renderLineHighlight: 'none',
  overviewRulerLanes: 0,
  padding: { top: 6, bottom: 6 },
  fixedOverflowWidgets: true,
} as const;

export function QueryEditor({
  datasource,
  query,
  onChange,
  onRunQuery,
}: QueryEditorProps<BeTraceDataSource, BeTraceQuery>) {
  const { queryType = 'query', query: text = '', limit = DEFAULT_LIMIT, instant = false } = query;
  const followed = useRef<Disposable>();
  /** The editor keeps the first callbacks it is given, so they look here for the newest. */
  const newest = useRef({ query, onChange, onRunQuery });
  newest.current = { query, onChange, onRunQuery };
  const write = (written: string): void => {
    const { query, onChange } = newest.current;
    if (written !== (query.query ?? '')) onChange({ ...query, query: written });
  };
  const run = (written: string): void => {
    write(written);
    newest.current.onRunQuery();
  };
  const mounted = (editor: Editor, monaco: Monaco): void => {
    const model = editor.getModel();
    if (model === null) return;
    followed.current = follow(monaco, model, datasource.client);
    editor.addCommand(monaco.KeyMod.Shift | monaco.KeyCode.Enter, () => run(model.getValue()));
  };
  return (
    <>
      <RadioButtonGroup
        aria-label="What to ask for"
        options={TYPES}
        value={queryType}
        onChange={(value) => {
          onChange({ ...query, queryType: value as QueryType });
          onRunQuery();
        }}
      />
      {queryType === 'rules' ? null : (
        <>
          <CodeEditor
            value={text}
            language={LANGUAGE}
            height={96}
            showMiniMap={false}
            showLineNumbers={false}
            monacoOptions={EDITOR_OPTIONS}
            onBeforeEditorMount={registerLanguage}
            onEditorDidMount={mounted}
            onEditorWillUnmount={() => followed.current?.dispose()}
            onBlur={write}
            onSave={run}
          />
          <div style={{ display: 'flex' }}>
            <InlineField label="Limit" tooltip="Traces to list">
              <Input
                type="number"
                width={12}
                min={1}
                aria-label="Limit"
                value={limit}
                onChange={({ currentTarget: { valueAsNumber } }) =>
                  onChange({ ...query, limit: valueAsNumber > 0 ? Math.floor(valueAsNumber) : DEFAULT_LIMIT })
                }
                onBlur={onRunQuery}
              />
            </InlineField>
            <InlineField label="Instant" tooltip="Of metrics: one value for each series over the whole range">
              <InlineSwitch
                aria-label="Instant"
                value={instant}
                onChange={({ currentTarget: { checked } }) => {
                  onChange({ ...query, instant: checked });
                  onRunQuery();
                }}
              />
            </InlineField>
          </div>
        </>
      )}
    </>
  );
}
