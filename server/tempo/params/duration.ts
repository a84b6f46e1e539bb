import { durationValue, MAX_INT } from '../../../engine/language/tree/literals.js';

/** A duration as Go and Prometheus write them, such as `1h30m`, `1.5s` or `2d`, in nanoseconds; with a sign or not. */
export function parseDuration(text: string): bigint | undefined {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const value = rest === '0' ? 0n : durationValue(rest);
  if (value === undefined) return undefined;
  return sign === '-' ? -value : value;
}

/** Seconds, with a fraction or not, or a duration; in nanoseconds. */
export function parseSecondsOrDuration(text: string): bigint | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) return parseDuration(text);
  const nanoseconds = Number(text) * 1e9;
  return Math.abs(nanoseconds) > Number(MAX_INT) ? undefined : BigInt(Math.round(nanoseconds));
}

/** As Go prints it: `168h0m0s`. Grafana's texts are matched against such. */
export function durationOfMs(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds === 0) return `${ms}ms`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${(seconds % 60) + (ms % 1000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
