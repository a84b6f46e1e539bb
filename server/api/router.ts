/** The router of `/betrace/v1`, made of its operations. */
import express, { type RequestHandler, type Router } from 'express';
import type { ServiceContext } from '../context/service-context.js';
import { answering } from '../http/call.js';
import { pathRouter } from '../http/router.js';
import { openApiDocument } from './openapi.js';
import type { Operation } from './operation.js';
import { operationsOf } from './operations.js';
import { requestValidator } from './validate-request.js';

export function ownApiRouter(context: ServiceContext): Router {
  const operations = operationsOf(context);
  const document = openApiDocument(operations, context.version);
  const { http } = context.config;
  const router = pathRouter();
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.use(express.json({ limit: http.maxBody, strict: true, type: 'application/json' }));
  for (const operation of operations) {
    // `/replays/{id}` as Express spells it.
    const path = operation.path.replace(/\{(\w+)\}/g, ':$1');
    router[operation.method](path, handlerOf(operation, context));
  }
  return router;
}

function handlerOf(operation: Operation, { config }: ServiceContext): RequestHandler {
  const validator = requestValidator(operation);
  return answering(
    config,
    async (call, request, response) => {
      const params = validator.params(request);
      const body = validator.body(request);
      const result = await operation.handle({ call, params, body, request, response });
      if (result !== undefined && !response.headersSent) response.json(result);
    },
    operation.stream === true ? { timeout: 0 } : {},
  );
}
