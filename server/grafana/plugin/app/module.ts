/** What Grafana loads for the app. */
import { AppPlugin } from '@grafana/data';
import { RootPage } from './root-page.js';

export const plugin = new AppPlugin().setRootPage(RootPage);
