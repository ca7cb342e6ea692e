/** Host half of `time`: the calendar. The clocks themselves belong to the machine (virtual time). */
import type { Cons } from '../runtime/values/value.js';
import { exact, fromList, type HostFunctions, option, Raise, toList } from './support.js';

/** The calendar of the host ends 100,000,000 days from 1970 (ECMA-262, section 21.4.1.1). */
function date(moment: number): Date {
  if (Math.abs(moment) > 8.64e15) throw new Raise('OutOfRange');
  return new Date(moment);
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

function parse(text: string): number | undefined {
  const moment = ISO.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(moment) ? undefined : moment;
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
