/** Host half of `json`: numbers and quoting, where the host's own JSON is exact. */
import type { Float } from '../runtime/values/value.js';
import { textRoom, spendText } from '../runtime/values/work.js';
import { float, type HostFunctions, option } from './support.js';

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

export const host: HostFunctions = {
  _to_number: (text: string) => option(NUMBER.test(text) ? float(Number(text)) : undefined),
  _from_number: (x: Float) => JSON.stringify(x.value),
  _quote: (text: string) => {
    textRoom(text.length);
    const quoted = JSON.stringify(text);
    textRoom(quoted.length);
    spendText(8 * quoted.length);
    return quoted;
  },
};
