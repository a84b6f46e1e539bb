import type { RequestHandler } from 'express';

/** What Grafana's "Save & test" asks. */
export const echo: RequestHandler = (_request, response) => {
  response.type('text/plain').send('echo');
};

/** The fields that Tempo has; the version is ours. */
export function buildInfo(version: string): RequestHandler {
  return (_request, response) => {
    response.json({ version, revision: '', branch: '', buildDate: '', buildUser: '', goVersion: '' });
  };
}
