/** The page in which Grafana's own packages host the plugin. `window.real` is for whoever drives it. */
import * as data from '@grafana/data';
import * as runtime from '@grafana/runtime';
import * as ui from '@grafana/ui';
import * as React from 'react';
import { createRoot } from 'react-dom/client';

const h = React.createElement;
const meta = { info: { logos: { small: 'data:,' } } };
const source = {
  uid: 'shop',
  name: 'shop',
  type: 'betrace-datasource',
  url: '/api/datasources/proxy/uid/shop',
  jsonData: { tempoUid: 'tempo-uid' },
  meta,
};
const tempo = { uid: 'tempo-uid', name: 'Tempo of ours', type: 'tempo', jsonData: {}, meta };
const sources = [source, tempo];

async function answered(response) {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw { status: response.status, statusText: response.statusText, data: { response: text } };
}
runtime.setBackendSrv({
  get: (url, params) => fetch(`${url}?${new URLSearchParams(params)}`).then(answered),
  post: (url, body) =>
    fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }).then(answered),
});
runtime.setTemplateSrv({ replace: (text) => text });
runtime.setDataSourceSrv({
  getList: ({ type, pluginId = type }) => sources.filter((candidate) => candidate.type === pluginId),
  // As Grafana's: by name, too, and the default without either.
  getInstanceSettings: (wanted) =>
    wanted === null ? source : sources.find(({ uid, name }) => uid === wanted || name === wanted),
});

const packages = { react: React, '@grafana/data': data, '@grafana/ui': ui, '@grafana/runtime': runtime };
async function load(path) {
  let exported;
  const define = (needed, make) => {
    exported = make(...needed.map((name) => packages[name]));
  };
  new Function('define', await (await fetch(path)).text())(define);
  return exported.plugin;
}

const root = createRoot(document.getElementById('root'));
const theme = data.createTheme({ colors: { mode: 'dark' } });
const show = (shown) =>
  root.render(h(data.ThemeContext.Provider, { value: theme }, h(ui.GlobalStyles), h('div', null, shown)));

async function start() {
  const datasource = await load('/plugin/datasource/module.js');
  const app = await load('/plugin/module.js');
  const made = new datasource.DataSourceClass(source);
  const { QueryEditor, ConfigEditor } = datasource.components;
  const real = {
    data,
    source: made,
    ran: 0,
    query: { refId: 'A', query: '' },
    jsonData: {},
    showQueryEditor() {
      const onChange = (query) => {
        real.query = query;
        real.showQueryEditor();
      };
      const onRunQuery = () => real.ran++;
      show(h(QueryEditor, { datasource: made, query: real.query, onChange, onRunQuery }));
    },
    showConfigEditor() {
      const options = {
        ...source,
        jsonData: real.jsonData,
        url: 'http://betrace:3210',
        access: 'proxy',
        secureJsonFields: {},
      };
      const onOptionsChange = ({ jsonData }) => {
        real.jsonData = jsonData;
        real.showConfigEditor();
      };
      show(h(ConfigEditor, { options, onOptionsChange }));
    },
    showApp: () => show(h(app.root)),
  };
  window.real = real;
}
await start();
