/** Functions of one value. Clocks of zones are read of `Intl`, time by time. */
import type { ValueFunction } from '../../../engine/language/tree/ast.js';
import { firstOf, instant, int, NIL, string, type Value } from './values.js';

export function called(name: ValueFunction, operand: Value, zone = 'UTC'): Value {
  const value = firstOf(operand);
  switch (name) {
    case 'lower': {
      const text = textOf(value);
      return text === undefined ? NIL : string([...text].map(lowerOf).join(''));
    }
    case 'length': {
      const text = textOf(value);
      return text === undefined ? NIL : int(BigInt([...text].length));
    }
    case 'hour':
      return value.kind === 'int' ? int(BigInt(clockAt(value.value, zone).hour)) : NIL;
    case 'weekday':
      return value.kind === 'int' ? int(BigInt(clockAt(value.value, zone).weekday)) : NIL;
    case 'date': {
      if (value.kind !== 'int') return NIL;
      const { year, month, day } = clockAt(value.value, zone);
      const midnight = BigInt(Date.UTC(year, month - 1, day)) * 1_000_000n;
      return BigInt.asIntN(64, midnight) === midnight ? instant(midnight) : NIL;
    }
  }
}

function textOf(value: Value): string | undefined {
  if (value.kind === 'id') return value.shown;
  return value.kind === 'string' ? value.value : undefined;
}

/** By itself: where the lower case of a character is several, the first is what is alone. */
function lowerOf(character: string): string {
  return [...character.toLowerCase()][0]!;
}

interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  /** 1 is Monday. */
  readonly weekday: number;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function clockAt(nanoseconds: bigint, zone: string): Clock {
  const seconds = nanoseconds / 1_000_000_000n - (nanoseconds % 1_000_000_000n < 0n ? 1n : 0n);
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      weekday: 'short',
    })
      .formatToParts(Number(seconds) * 1000)
      .map(({ type, value }) => [type, value]),
  );
  return {
    year: Number(parts.year),
    month: Number(parts.month),
    day: Number(parts.day),
    hour: Number(parts.hour),
    weekday: WEEKDAYS.indexOf(parts.weekday!) + 1,
  };
}
