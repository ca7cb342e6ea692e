/** Host half of `json`: texts taken apart, numbers and quoting. */
import { Float } from '../runtime/values/value.js';
import { spend, spendText, textRoom } from '../runtime/values/work.js';
import { JsonFault, numberText, read, type Step } from './json-text.js';
import { err, type HostFunctions, ok, toList, tuple } from './support.js';

/** Values that a step takes in the list of all. */
const PER_STEP = 8;

/** Most numbers of steps are zero. */
const ZERO = new Float(0);
const valueOf = ([kind, number, text]: Step): unknown =>
  tuple(kind, Object.is(number, 0) ? ZERO : new Float(number), text);

export const host: HostFunctions = {
  _steps: (text: string) => {
    spendText(8 * text.length);
    try {
      const steps = read(text, PER_STEP);
      spend(PER_STEP * steps.length);
      return ok(toList(steps.map(valueOf)));
    } catch (error) {
      if (error instanceof JsonFault) return err(tuple(error.message, error.at));
      throw error;
    }
  },
  _from_number: (x: Float) => numberText(x.value),
  _quote: (text: string) => {
    textRoom(text.length);
    const quoted = JSON.stringify(text);
    textRoom(quoted.length);
    spendText(8 * quoted.length);
    return quoted;
  },
};
