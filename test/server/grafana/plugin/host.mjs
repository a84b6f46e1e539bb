/**
 * A page that loads plugins as Grafana does: an AMD `define` that is given React and Grafana's own packages. Those are small ones with the names
 * and shapes of the real; what runs in them is the plugin as it was built. `window.host` is for the test.
 */
const { React, ReactDOM } = window;
const h = React.createElement;

/** The editor of a query has these of Monaco. */
class Model {
  #listeners = new Set();
  version = 1;
  constructor(text, uri) {
    this.text = text;
    this.uri = uri;
  }
  getValue = () => this.text;
  setValue(text) {
    this.text = text;
    this.version++;
    for (const listener of this.#listeners) listener();
  }
  getOffsetAt = ({ lineNumber, column }) =>
    this.text
      .split('\n')
      .slice(0, lineNumber - 1)
      .reduce((sum, line) => sum + line.length + 1, 0) +
    column -
    1;
  getVersionId = () => this.version;
  isDisposed = () => false;
  onDidChangeContent(listener) {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }
}

const names = (...all) => Object.fromEntries(all.map((name, n) => [name, n]));
const monaco = {
  KeyMod: { Shift: 1024 },
  KeyCode: { Enter: 3 },
  MarkerSeverity: { Hint: 1, Warning: 4, Error: 8 },
  markers: new Map(),
  editor: { setModelMarkers: (model, _owner, markers) => monaco.markers.set(model.uri, markers) },
  languages: {
    known: [],
    CompletionItemKind: names(
      ...['Keyword', 'Operator', 'Function', 'Field', 'Variable', 'Reference', 'Property', 'Value', 'Class'],
      ...['Snippet', 'File'],
    ),
    CompletionItemInsertTextRule: { InsertAsSnippet: 4 },
    getLanguages: () => monaco.languages.known,
    register: (language) => monaco.languages.known.push(language),
    setLanguageConfiguration() {},
    setMonarchTokensProvider() {},
    registerCompletionItemProvider: (_id, provider) => (monaco.completion = provider),
    registerHoverProvider: (_id, provider) => (monaco.hover = provider),
  },
};

let editors = 0;
function CodeEditor({ value, onBeforeEditorMount, onEditorDidMount, onEditorWillUnmount, onBlur }) {
  const [model] = React.useState(() => new Model(value, `inmemory://model/${++editors}`));
  React.useEffect(() => {
    onBeforeEditorMount(monaco);
    monaco.model = model;
    onEditorDidMount({ getModel: () => model, addCommand: (_keys, run) => (monaco.run = run) }, monaco);
    return onEditorWillUnmount;
  }, []);
  return h('textarea', {
    'aria-label': 'Editor',
    defaultValue: value,
    onInput: ({ target }) => model.setValue(target.value),
    onBlur: ({ target }) => onBlur(target.value),
  });
}

const field = ({ label, children }) => h('label', null, label, children);
const choice = ({ options, value, onChange, ...rest }) =>
  h(
    'div',
    { role: 'radiogroup', ...rest },
    options.map((option) =>
      h(
        'button',
        {
          key: option.value,
          type: 'button',
          'aria-pressed': option.value === value,
          onClick: () => onChange(option.value),
        },
        option.label,
      ),
    ),
  );

const rejected = async (response) => {
  if (response.ok) return await response.json();
  const text = await response.text();
  // As Grafana's: the text of an answer that is no JSON is under `response`.
  const data = text.startsWith('{') ? JSON.parse(text) : { message: response.statusText, response: text };
  throw { status: response.status, statusText: response.statusText, data };
};

const sources = new URLSearchParams(location.search).getAll('source').map((uid) => ({
  uid,
  name: uid,
  url: `/api/datasources/proxy/uid/${uid}`,
  jsonData: { tempoUid: 'tempo-uid' },
}));

const packages = {
  react: React,
  '@grafana/data': {
    createDataFrame: (frame) => ({ ...frame, length: frame.fields[0]?.values.length ?? 0 }),
    DataSourceApi: class {
      constructor({ uid, name }) {
        Object.assign(this, { uid, name });
      }
    },
    DataSourcePlugin: class {
      constructor(made) {
        this.made = made;
      }
      setConfigEditor(ConfigEditor) {
        return Object.assign(this, { ConfigEditor });
      }
      setQueryEditor(QueryEditor) {
        return Object.assign(this, { QueryEditor });
      }
    },
    AppPlugin: class {
      setRootPage(root) {
        return Object.assign(this, { root });
      }
    },
  },
  '@grafana/runtime': {
    config: { appSubUrl: '' },
    getBackendSrv: () => ({
      get: (url, params) => fetch(`${url}?${new URLSearchParams(params)}`).then(rejected),
      post: (url, data) =>
        fetch(url, {
          method: 'POST',
          body: JSON.stringify(data),
          headers: { 'content-type': 'application/json' },
        }).then(rejected),
    }),
    getTemplateSrv: () => ({
      replace: (text, vars = {}) => text.replace(/\$(\w+)/gu, (all, name) => vars[name]?.value ?? all),
    }),
    getDataSourceSrv: () => ({
      getList: ({ type }) => (type === 'betrace-datasource' ? sources : []),
      getInstanceSettings: (uid) => (uid === 'tempo-uid' ? { uid, name: 'Tempo' } : undefined),
    }),
    DataSourcePicker: ({ pluginId, current, onChange, onClear }) =>
      h(
        'select',
        {
          value: current ?? '',
          onChange: ({ target }) =>
            target.value === '' ? onClear() : onChange({ uid: target.value, type: pluginId }),
        },
        h('option', { value: '' }, 'none'),
        h('option', { value: 'tempo-uid' }, 'Tempo'),
      ),
  },
  '@grafana/ui': {
    CodeEditor,
    InlineField: field,
    Input: ({ width, ...rest }) => h('input', rest),
    InlineSwitch: ({ value, ...rest }) => h('input', { type: 'checkbox', checked: value, ...rest }),
    RadioButtonGroup: choice,
    DataSourceHttpSettings: ({ dataSourceConfig, onChange, defaultUrl }) =>
      h('input', {
        'aria-label': 'URL',
        placeholder: defaultUrl,
        value: dataSourceConfig.url,
        onChange: ({ target }) => onChange({ ...dataSourceConfig, url: target.value }),
      }),
    useTheme2: () => ({ isDark: document.documentElement.dataset.theme === 'dark' }),
  },
};

/** Loads a built module; what it exports. */
async function load(path) {
  let exported;
  const define = (needed, make) => {
    exported = make(...needed.map((name) => packages[name] ?? raise(`no ${name} is provided`)));
  };
  new Function('define', await (await fetch(path)).text())(define);
  return exported;
}

function raise(text) {
  throw new Error(text);
}

const root = ReactDOM.createRoot(document.getElementById('root'));
const host = {
  monaco,
  async datasource() {
    const { plugin } = await load('/plugin/datasource/module.js');
    host.plugin = plugin;
    host.source = new plugin.made(sources[0]);
    return host.source;
  },
  /** The frames of one query over the last so many hours before the end. */
  async ask(query, { from = 0, to = 4e12, intervalMs = 60_000, scopedVars = {} } = {}) {
    const request = { targets: [{ refId: 'A', ...query }], range: { from, to }, intervalMs, scopedVars };
    const { data } = await host.source.query(request);
    return data;
  },
  showQueryEditor(query) {
    host.query = { refId: 'A', ...query };
    host.ran = 0;
    const show = () =>
      root.render(
        h(host.plugin.QueryEditor, {
          datasource: host.source,
          query: host.query,
          onChange: (changed) => {
            host.query = changed;
            show();
          },
          onRunQuery: () => host.ran++,
        }),
      );
    show();
  },
  showConfigEditor(options) {
    host.options = options;
    const show = () =>
      root.render(
        h(host.plugin.ConfigEditor, {
          options: host.options,
          onOptionsChange: (changed) => {
            host.options = changed;
            show();
          },
        }),
      );
    show();
  },
  async showApp() {
    const { plugin } = await load('/plugin/module.js');
    root.render(h(plugin.root));
  },
};
window.host = host;
