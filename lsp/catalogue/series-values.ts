import type { ValueCount } from './catalogue.js';

/** A series of Tempo's API by one label; what is nothing is left out. */
export interface CountedSeries {
  readonly labels?: readonly {
    readonly key: string;
    readonly value?: {
      readonly stringValue?: string;
      readonly intValue?: string | number;
      readonly doubleValue?: number;
      readonly boolValue?: boolean;
    };
  }[];
}

/** The values that series are grouped by, the most frequent first; spans without one are left out. */
export function valuesOfSeries<S extends CountedSeries>(
  series: readonly S[] = [],
  countOf: (series: S) => number,
): readonly ValueCount[] {
  return series
    .flatMap((counted): readonly Required<ValueCount>[] => {
      const { stringValue, intValue, doubleValue, boolValue } = counted.labels?.[0]?.value ?? {};
      const value = stringValue ?? intValue ?? doubleValue ?? boolValue;
      return value === undefined || value === 'nil' ? [] : [{ text: String(value), count: countOf(counted) }];
    })
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1));
}
