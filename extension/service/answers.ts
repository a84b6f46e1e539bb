/** What the service answers, as far as it is used. */
import type { InfoJson } from '../../engine/answers/info.js';
import type { ReplayJobJson } from '../../engine/answers/replay-job.js';

export type Info = Pick<InfoJson, 'version' | 'tenant'>;

export type ReplayState = Pick<ReplayJobJson, 'id' | 'status' | 'progress' | 'error'>;

export interface Explanation {
  readonly id: string;
  readonly decidable: { readonly why: string };
  readonly attributes: readonly {
    readonly scope: string;
    readonly key: string;
    readonly types: readonly string[];
  }[];
  readonly needs: { readonly spans: readonly string[] };
  readonly plan: { readonly rules: readonly { readonly clauses?: readonly { readonly text?: string }[] }[] };
  readonly sql: Readonly<Record<string, string>>;
}
