import {
  createDataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type DataSourceInstanceSettings,
  type MetricFindValue,
  type ScopedVars,
  type TestDataSourceResponse,
} from '@grafana/data';
import { getDataSourceSrv, getTemplateSrv } from '@grafana/runtime';
import type { TraceJson } from '../../../../engine/answers/trace.js';
import type { Asked, Frame } from '../frames/frame.js';
import { rulesFrame } from '../frames/rules.js';
import { countsFrame, seriesFrames } from '../frames/series.js';
import { type Marked, traceFrame } from '../frames/trace.js';
import { tracesFrame, violationsFrame } from '../frames/traces.js';
import { Client, type Range } from './client.js';
import { evidenceIn } from './evidence-in.js';
import { type BeTraceQuery, DEFAULT_LIMIT, isTraceId } from './query.js';
import { variableValues } from './variables.js';

export class BeTraceDataSource extends DataSourceApi<BeTraceQuery> {
  readonly client: Client;
  /** Annotations are the violations, or traces, of a query: its frames have the fields that Grafana looks for. */
  override annotations = {};
  private readonly tempoUid: string | undefined;

  constructor(settings: DataSourceInstanceSettings) {
    super(settings);
    this.client = new Client(settings.url ?? '');
    this.tempoUid = settings.jsonData.tempoUid;
  }

  override async query(request: DataQueryRequest<BeTraceQuery>): Promise<DataQueryResponse> {
    const found = await Promise.all(
      request.targets
        .filter((target) => target.hide !== true && this.filterQuery(target))
        .map((target) => this.frames(this.filledIn(target, request.scopedVars), request)),
    );
    return { data: found.flat().map((frame) => createDataFrame({ ...frame, fields: [...frame.fields] })) };
  }

  private async frames(
    query: BeTraceQuery,
    { range, intervalMs }: DataQueryRequest<BeTraceQuery>,
  ): Promise<readonly Frame[]> {
    const { client } = this;
    const { refId, query: text = '', limit = DEFAULT_LIMIT, instant = false } = query;
    const asked: Asked = { refId, uid: this.uid, name: this.name, tempo: this.tempo() };
    if (query.queryType === 'rules') return [rulesFrame(await client.rules(), asked)];
    if (isTraceId(text)) {
      const trace = await client.trace(text.trim());
      return [traceFrame(trace, refId, await this.marked(query, trace))];
    }
    const seconds = secondsOf(range.from.valueOf(), range.to.valueOf());
    // The service knows best what its language means.
    const { kind } = await client.help(text);
    switch (kind) {
      case 'metrics':
      case 'over rule': {
        if (instant) return [countsFrame(await client.counts(text, seconds), refId)];
        const step = Math.max(1, Math.ceil(intervalMs / 1000));
        return seriesFrames(await client.series(text, step, seconds), refId);
      }
      case 'violations':
      case 'violation counts':
      case 'rule':
        return [violationsFrame(await client.search(text, limit, seconds), limit, asked)];
      // A text of no kind has a mistake, which the service names.
      case 'search':
      case null:
        return [tracesFrame(await client.search(text, limit, seconds), limit, asked)];
    }
  }

  /** What proves the violation: named by the query, or looked up where it names the rule alone. */
  private async marked({ evidence, rule = '' }: BeTraceQuery, trace: TraceJson): Promise<Marked> {
    const ids = (evidence ?? '').split(',').filter((id) => id !== '');
    if (ids.length > 0 || rule === '') return { evidence: new Set(ids), rule };
    try {
      const found = await evidenceIn(trace, rule, this.client);
      const problem =
        found.size === 0
          ? `It is not among the violations of ${rule} that stored traces have at its time.`
          : undefined;
      return { evidence: found, rule, problem };
    } catch (error) {
      return { evidence: new Set(), rule, problem: `No evidence is marked: ${(error as Error).message}` };
    }
  }

  /** Where the data source that is chosen is there. */
  private tempo(): Asked['tempo'] {
    const uid = this.tempoUid;
    return uid === undefined ? undefined : getDataSourceSrv().getInstanceSettings(uid);
  }

  override async testDatasource(): Promise<TestDataSourceResponse> {
    try {
      const { version, tenant, rules, storage } = await this.client.info();
      if (storage.problem !== null)
        return { status: 'error', message: `BeTrace ${version} cannot read its storage: ${storage.problem}` };
      return {
        status: 'success',
        message: `BeTrace ${version}, tenant ${tenant}: ${rules.inForce} rules, ${storage.blocks} blocks of traces`,
      };
    } catch (error) {
      return { status: 'error', message: (error as Error).message };
    }
  }

  override async metricFindQuery(query: string): Promise<MetricFindValue[]> {
    const values = await variableValues(getTemplateSrv().replace(query), this.client);
    return values.map((text) => ({ text }));
  }

  override filterQuery({ queryType, query = '' }: BeTraceQuery): boolean {
    return queryType === 'rules' || query.trim() !== '';
  }

  override getDefaultQuery(): Partial<BeTraceQuery> {
    return { queryType: 'query', query: '', limit: DEFAULT_LIMIT };
  }

  override interpolateVariablesInQueries(queries: BeTraceQuery[], scopedVars: ScopedVars): BeTraceQuery[] {
    return queries.map((query) => this.filledIn(query, scopedVars));
  }

  /** With what variables of the dashboard hold. */
  private filledIn(query: BeTraceQuery, scopedVars: ScopedVars): BeTraceQuery {
    if (query.query === undefined) return query;
    return { ...query, query: getTemplateSrv().replace(query.query, scopedVars) };
  }
}

function secondsOf(fromMs: number, toMs: number): Range {
  return { start: Math.floor(fromMs / 1000), end: Math.ceil(toMs / 1000) };
}
