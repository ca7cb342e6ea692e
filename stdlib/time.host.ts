/** Host half of `time`: the calendar. The clocks themselves belong to the machine (virtual time). */
import type { Cons } from '../runtime/values/value.js';
import { exact, fromList, type HostFunctions, option, Raise, toList } from './support.js';

/** The calendar of the host ends 100,000,000 days from 1970 (ECMA-262, section 21.4.1.1). */
function date(moment: number): Date {
  if (Math.abs(moment) > 8.64e15) throw new Raise('OutOfRange');
  return new Date(moment);
}

/** Years beyond those of four digits have a sign and six (ECMA-262, section 21.4.1.32). */
const ISO =
  /^(\d{4}|[+-]\d{6})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:Z|([+-])(\d{2}):(\d{2})))?$/;

/** The moment that a text says, if there is such a day and such a time of it. */
function parse(text: string): number | undefined {
  const found = ISO.exec(text);
  if (found === null || found[1] === '-000000') return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as number[];
  const [fraction = '', sign, ahead = '0', more = '0'] = found.slice(7);
  if (hour! > 23 || minute! > 59 || second! > 59 || Number(ahead) > 23 || Number(more) > 59) return undefined;
  const d = new Date(0);
  d.setUTCFullYear(year!, month! - 1, day!);
  d.setUTCHours(hour!, minute!, second!, Number(`${fraction}000`.slice(0, 3)));
  // A day that does not exist would be one of the next month.
  if (d.getUTCMonth() !== month! - 1 || d.getUTCDate() !== day) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (Number(ahead) * 60 + Number(more)) * 60_000;
  const moment = d.getTime() - offset;
  return Math.abs(moment) <= 8.64e15 ? moment + 0 : undefined;
}

export const host: HostFunctions = {
  to_iso: (moment: number) => date(moment).toISOString(),
  parse_iso: (text: string) => option(parse(text)),
  _date: (moment: number) => {
    const d = date(moment);
    return toList([
      d.getUTCFullYear(),
      d.getUTCMonth() + 1,
      d.getUTCDate(),
      d.getUTCHours(),
      d.getUTCMinutes(),
      d.getUTCSeconds(),
      d.getUTCMilliseconds(),
    ]);
  },
  _moment: (parts: Cons) => {
    const [year, month, day, hour, minute, second, millisecond] = fromList<number>(parts);
    const d = new Date(0);
    d.setUTCFullYear(year!, month! - 1, day!);
    d.setUTCHours(hour!, minute!, second!, millisecond!);
    return exact(d.getTime());
  },
};
