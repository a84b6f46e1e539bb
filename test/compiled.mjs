// Before any test runs: what is started as a process is compiled from the sources of now, as `npm start` does it.
import { setUp } from '../server/setup.mjs';

export const setup = setUp;
