import { CARRIED_BY_DEFAULT, CARRIED_PATTERN } from '../../../engine/plan/carried.js';
import type { ObjectNode } from '../schema-node.js';
import { clientTls } from './tls.js';

export const EXPORT_SECTION = {
  type: 'object',
  description: 'Where violations go, as spans by OTLP: to Tempo, or to a Collector before it.',
  additionalProperties: false,
  properties: {
    endpoint: {
      type: 'string',
      pattern: '^https?://[^\\s]+$',
      description:
        'For gRPC `http://tempo:4317`, or https; for HTTP the whole URL, `http://tempo:4318/v1/traces`. Without it violations are counted and logged only.',
    },
    protocol: {
      type: 'string',
      enum: ['grpc', 'http'],
      default: 'grpc',
      description: 'How the endpoint is spoken to.',
    },
    headers: {
      type: 'object',
      default: {},
      description: 'Sent with each request, such as `authorization`. Never shown again.',
      additionalProperties: {
        type: 'string',
        writeOnly: true,
        description: 'The value of the header.',
      },
    },
    tenant_header: {
      type: 'boolean',
      default: true,
      description: 'Whether the tenant goes along as `X-Scope-OrgID`.',
    },
    ...clientTls(
      'The certificate that is shown to the endpoint, with its chain, PEM (mTLS). Files that change are taken up within seconds.',
    ),
    timeout: {
      type: 'string',
      format: 'duration',
      default: '10s',
      description: 'A request that takes longer is sent again later.',
    },
    max_wait: {
      type: 'string',
      format: 'duration',
      default: '5m',
      description:
        'The longest that the endpoint may ask to wait (`Retry-After`, `RetryInfo`). Meanwhile a single span is tried, so that an endpoint that is well again is found within a minute.',
    },
    batch: {
      type: 'integer',
      minimum: 1,
      maximum: 10000,
      default: 500,
      description: 'The most spans in one request.',
    },
    attributes: {
      type: 'array',
      items: {
        type: 'string',
        pattern: CARRIED_PATTERN,
        description: 'An attribute of the span or of its resource, as a filter writes it.',
      },
      default: CARRIED_BY_DEFAULT,
      description:
        'What a violation span carries of the span that the violation is about, under its own name, so that violations can be grouped by it: at most 48 attributes, texts to 256 characters. What the rule compares and the key of a flow come along anyway.',
    },
    placement: {
      type: 'string',
      enum: ['own-trace', 'offending-trace'],
      default: 'own-trace',
      description:
        'Whether a violation is a trace of its own with a link to the offending one, or a span in that one.',
    },
  },
} as const satisfies ObjectNode;
