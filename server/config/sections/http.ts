import type { ObjectNode } from '../schema-node.js';
import { SERVER_TLS } from './tls.js';

export const HTTP_SECTION = {
  type: 'object',
  description: 'The HTTP server: Tempo’s query API, the API of BeTrace, metrics and health.',
  additionalProperties: false,
  properties: {
    address: {
      type: 'string',
      minLength: 1,
      default: '127.0.0.1',
      description:
        'The address to listen on. Only this machine reaches the default; name tokens under `auth` before opening it to others.',
    },
    port: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      default: 3210,
      description: 'The port to listen on; 0 takes any free one and logs it.',
    },
    tls: {
      type: 'object',
      description: 'Serves HTTPS where both files are named.',
      additionalProperties: false,
      properties: {
        ...SERVER_TLS,
      },
    },
    allowed_hosts: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'A host name without port.' },
      default: [],
      description:
        'Host names under which the service answers. Without any, a service on a loopback address answers to `localhost` and loopback addresses only, so that a web page cannot reach it through a name of its own; elsewhere any name will do.',
    },
    cors_origins: {
      type: 'array',
      items: {
        type: 'string',
        pattern: '^(\\*|[a-z][a-z0-9+.-]*://[^/\\s]+)$',
        description: 'An origin such as `https://grafana.example.org`, or `*` for any.',
      },
      default: [],
      description:
        'Web origins whose scripts may ask the service. None by default: every request of a script from elsewhere is refused.',
    },
    max_url: {
      type: ['string', 'integer'],
      format: 'size',
      default: '160KiB',
      description: 'A longer path with query is answered with 414.',
    },
    max_body: {
      type: ['string', 'integer'],
      format: 'size',
      default: '1MiB',
      description: 'A longer request body is answered with 413.',
    },
    max_connections: {
      type: 'integer',
      minimum: 1,
      default: 4096,
      description: 'Connections beyond this are closed at once.',
    },
    headers_timeout: {
      type: 'string',
      format: 'duration',
      default: '10s',
      description: 'A client that takes longer to send its headers is cut off.',
    },
    request_timeout: {
      type: 'string',
      format: 'duration',
      default: '30s',
      description: 'A client that takes longer to send a whole request is cut off.',
    },
    keep_alive: {
      type: 'string',
      format: 'duration',
      default: '75s',
      description: 'How long an idle connection stays open.',
    },
    shutdown_timeout: {
      type: 'string',
      format: 'duration',
      default: '10s',
      description: 'How long a stop waits for requests that are being answered before it cancels them.',
    },
  },
} as const satisfies ObjectNode;
