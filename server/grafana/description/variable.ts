/** What Grafana puts a value for: `${__value.raw}`. */
export function variable(name: string): string {
  return `\${${name}}`;
}
