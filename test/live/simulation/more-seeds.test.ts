/** The other half of the seeds, in a file of its own: files of tests run side by side. */
import { expect, it } from 'vitest';
import { holdsFor, openSimulation } from './seeds.js';

it('live verdicts are those of replay over the same spans, for other seeds too', async () => {
  const simulated = await openSimulation();
  try {
    await expect(holdsFor('second', simulated.options)).resolves.toBeUndefined();
  } finally {
    simulated.close();
  }
}, 1_200_000);
