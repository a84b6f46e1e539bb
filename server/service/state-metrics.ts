/** What state the service is in, for alerts that must not wait until somebody asks it something. */
import { Gauge, type Registry } from 'prom-client';
import type { Readiness } from '../http/health.js';
import type { RuleStore } from '../rules/rule-store.js';

const FILE_STATES = ['current', 'stale', 'broken'] as const;

export function observeState(registry: Registry, readiness: Readiness, rules: RuleStore): void {
  const registers = [registry];
  new Gauge({
    name: 'betrace_ready',
    help: '1 while the service answers questions, as /-/ready says.',
    registers,
    collect() {
      this.set(readiness.reason() === undefined ? 1 : 0);
    },
  });
  new Gauge({
    name: 'betrace_rules',
    help: 'Rules in force, disabled ones included.',
    registers,
    collect() {
      this.set(rules.state.rules.length);
    },
  });
  new Gauge({
    name: 'betrace_rule_info',
    help: '1 for each rule in force that is enabled, with what its settings say; an owner that is not named is empty.',
    labelNames: ['rule', 'severity', 'owner'],
    registers,
    collect() {
      this.reset();
      for (const { item, settings } of rules.state.rules) {
        const { severity, owner = '', enabled } = settings;
        if (enabled) this.set({ rule: item.id.text, severity, owner }, 1);
      }
    },
  });
  new Gauge({
    name: 'betrace_rule_files',
    help: 'Files of rules: current, stale (an earlier version is in force), or broken.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of FILE_STATES)
        this.set({ state }, rules.state.files.filter((file) => file.state === state).length);
    },
  });
  new Gauge({
    name: 'betrace_rules_unreadable',
    help: '1 while the files of rules cannot be read, and those read before stay in force.',
    registers,
    collect() {
      this.set(rules.state.problem === undefined ? 0 : 1);
    },
  });
}
