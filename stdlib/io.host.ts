/** Host half of `io`: standard input by lines, and standard error. */
import { Pending } from '../runtime/process/owned.js';
import type { Value } from '../runtime/values/value.js';
import { Lines } from './lines.js';
import { type HostFunctions, option } from './support.js';
import type { System } from './system.js';

/** What there is at once or later, made into a value. */
const then = <T>(found: T | Pending, made: (x: T) => Value): Value =>
  found instanceof Pending
    ? new Pending(
        found.answer.then((x) => made(x as T)),
        found.cancel,
      )
    : made(found);

export function host(system: System): HostFunctions {
  const lines = new Lines(() => system.stdin);
  return {
    read_line: () => {
      system.capabilities.input();
      return then(lines.line(), option);
    },
    read_all: () => {
      system.capabilities.input();
      return then(lines.all(), (text) => text ?? '');
    },
    print_error: (text: string) => {
      system.stderr(`${text}\n`);
      return undefined;
    },
  };
}
