import type { ObjectNode } from '../schema-node.js';
import { SERVER_TLS } from './tls.js';

export const OTLP_SECTION = {
  type: 'object',
  description:
    'Receives spans by OTLP, as an OpenTelemetry Collector does, and judges them live. Off unless one of the ports is named.',
  additionalProperties: false,
  properties: {
    address: {
      type: 'string',
      minLength: 1,
      default: '127.0.0.1',
      description:
        'The address to listen on. Only this machine reaches the default; tokens under `auth` count here too.',
    },
    grpc_port: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      description: 'The port for OTLP over gRPC, 4317 by convention; 0 takes any free one and logs it.',
    },
    http_port: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      description:
        'The port for OTLP over HTTP, 4318 by convention, in protobuf or JSON; 0 takes any free one and logs it.',
    },
    tls: {
      type: 'object',
      description:
        'Both ports speak TLS where both files are named. Files that change are taken up within seconds.',
      additionalProperties: false,
      properties: {
        ...SERVER_TLS,
        client_ca_file: {
          type: 'string',
          minLength: 1,
          description:
            'Authorities, PEM. With them both ports let in only who shows a certificate that one of them has signed (mTLS).',
        },
      },
    },
    allowed_hosts: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'A host name without port.' },
      default: [],
      description:
        'As `http.allowed_hosts`, for the port of OTLP over HTTP: without any, on a loopback address it answers to `localhost` and loopback addresses only, elsewhere to any name.',
    },
    cors_origins: {
      type: 'array',
      items: {
        type: 'string',
        pattern: '^(\\*|[a-z][a-z0-9+.-]*://[^/\\s]+)$',
        description: 'An origin such as `https://shop.example.org`, or `*` for any.',
      },
      default: [],
      description: 'Web origins whose scripts may send spans by OTLP over HTTP. None by default.',
    },
    max_request: {
      type: ['string', 'integer'],
      format: 'size',
      default: '16MiB',
      description: 'A longer request, unpacked, is refused.',
    },
  },
} as const satisfies ObjectNode;
