import type { ObjectNode } from '../schema-node.js';
import { KAFKA_SECTION } from './kafka.js';

export const LIVE_SECTION = {
  type: 'object',
  description: 'How traces that are received are waited for and judged.',
  additionalProperties: false,
  properties: {
    source: {
      type: 'string',
      enum: ['otlp', 'kafka'],
      default: 'otlp',
      description:
        'Where spans come from: the ports under `otlp`, or the topic that Tempo 3 writes its spans to (`live.kafka`), which several replicas may share.',
    },
    kafka: KAFKA_SECTION,
    directory: {
      type: 'string',
      minLength: 1,
      description:
        'Where the write-ahead log and the outbox are kept, for this process alone; `$BETRACE_STATE` or the XDG state directory without it. It holds spans until their traces are over.',
    },
    directory_wait: {
      type: 'string',
      format: 'duration',
      default: '5s',
      description:
        'How long a start waits for another process to let go of `live.directory`, before it is refused (BT5040).',
    },
    complete_after: {
      type: 'string',
      format: 'duration',
      default: '5s',
      description:
        'A trace that has its root and every parent is judged once no span has come for this long. `closes after` in a rule goes before it.',
    },
    quiet_after: {
      type: 'string',
      format: 'duration',
      default: '30s',
      description: 'Any other trace is judged once no span has come for this long.',
    },
    max_age: {
      type: 'string',
      format: 'duration',
      default: '5m',
      description: 'A trace that still gets spans is judged, as partial, after this long.',
    },
    grace: {
      type: 'string',
      format: 'duration',
      default: '1m',
      description:
        'How long a judged trace is kept for spans that come late; what they change is emitted or retracted. Longer takes more memory and disk.',
    },
    lateness: {
      type: 'string',
      format: 'duration',
      default: '5s',
      description: 'How far spans may come out of order before a deadline in a rule counts as passed.',
    },
    flow_grace: {
      type: 'string',
      format: 'duration',
      default: '10m',
      description:
        'How long, by the clock of spans, what a rule across traces found in a flow may still change when its time has passed: spans that come later than that are too late for it. Longer takes more disk.',
    },
    flow_spans: {
      type: 'integer',
      minimum: 1,
      default: 5000000,
      description:
        'Spans that are kept for rules across traces, of all tenants. Beyond it the oldest are let go of, and flows that need them are reported as not judged.',
    },
    over_early: {
      type: 'boolean',
      default: true,
      description:
        'Whether windows of rules with `over` are also judged by the spans that come, before stored blocks have them. Switch it off where this service receives only a part of the spans of a tenant: what the others count would be missing.',
    },
    over_early_delay: {
      type: 'string',
      format: 'duration',
      default: '1m',
      description:
        'A window is judged by the spans that came this long after its end, by the clock of spans. Longer leaves fewer violations to be retracted when the stored blocks are asked.',
    },
    over_counts: {
      type: 'integer',
      minimum: 1,
      default: 200000,
      description:
        'Counts of one selection of rules with `over`, by series and step, that are kept to judge windows early: for quantiles and different values, one for each value. A rule that needs more waits for the stored blocks, and says so.',
    },
    over_delay: {
      type: 'string',
      format: 'duration',
      default: '45m',
      description:
        'A window of a rule with `over` is judged over the stored blocks, this long after its end: by then Tempo must have written the blocks with its spans. What was found early and is none by them is retracted.',
    },
    recheck: {
      type: 'string',
      format: 'duration',
      default: '0s',
      description:
        'What was judged over the stored blocks (windows and, of replicas, rules across traces) is judged there once more, this much later or up to twice as much: what spans that Tempo stored late have undone is retracted, what they have made a violation is reported. `0s` does without. At `24h` each block is read about once more. Tempo has to keep blocks for twice as long, and as long as rules look.',
    },
    owners: {
      type: 'string',
      minLength: 1,
      description:
        'For several replicas that share the spans of a tenant: where they agree which of them judges rules with `over` and rules across traces. An address as that of `storage.blocks`, in a bucket that they may write (with the settings of `storage`), or a folder that all of them have. Both are then judged by the stored blocks alone, `live.over_delay` after their spans.',
    },
    owner_lease: {
      type: 'string',
      format: 'duration',
      default: '30s',
      description:
        'A replica that has not been heard of in `live.owners` for this long is replaced as the owner of its tenants. Each replica makes three requests for each tenant in that time.',
    },
    memory: {
      type: ['string', 'integer'],
      format: 'size',
      default: '512MiB',
      description:
        'Memory for open and kept traces, about. Beyond it the oldest are judged as partial, and counted; far beyond it requests are refused until there is room.',
    },
    judge_memory: {
      type: ['string', 'integer'],
      format: 'size',
      default: '512MiB',
      description: 'Memory for judging traces, about.',
    },
    log_size: {
      type: ['string', 'integer'],
      format: 'size',
      default: '4GiB',
      description:
        'The write-ahead log grows no further, nor does the outbox, or than half of what the disk has for them at the start. Requests are refused until there is room.',
    },
    rule_timeout: {
      type: 'string',
      format: 'duration',
      default: '5s',
      description:
        'Where a rule takes longer over some traces, they are judged in smaller parts, and a trace that takes longer alone is named as too large for it. After three in a row the rule rests on traces of that size, for 10 s at first and 10 min at most, and is then tried again.',
    },
    max_violations: {
      type: 'integer',
      minimum: 1,
      default: 10000,
      description:
        'Violations that are held in memory while traces are judged; there may be any number, and all are found, counted and sent. Of one window of a rule with `over`, the most that are sent; all are counted.',
    },
  },
} as const satisfies ObjectNode;
