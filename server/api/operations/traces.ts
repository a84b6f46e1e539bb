import type { ServiceContext } from '../../service-context.js';
import { traceJson } from '../../tempo/endpoints/trace.js';
