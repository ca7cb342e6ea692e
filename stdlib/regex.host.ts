/** Host half of `regex`: the host's own expressions, with positions in code points. */
import { codePoints } from '../runtime/values/list.js';
import { Opaque, type Value } from '../runtime/values/value.js';
import { err, type HostFunctions, ok, option, toList, tuple } from './support.js';

class Regex extends Opaque {
  constructor(readonly pattern: RegExp) {
    super();
  }
  describe(): string {
    return `Regex(${this.pattern.source})`;
  }
}

/** Every use starts afresh: a shared expression with a position would be a hidden variable between threads. */
const all = (r: Regex): RegExp => new RegExp(r.pattern.source, 'gu');

const found = (m: RegExpExecArray | RegExpMatchArray, text: string): Value =>
  tuple(m[0], codePoints(text.slice(0, m.index)), toList([...m].slice(1).map((group) => option(group))));

export const host: HostFunctions = {
  read: (pattern: string) => {
    try {
      return ok(new Regex(new RegExp(pattern, 'u')));
    } catch (error) {
      return err(String((error as Error).message).replace(/^Invalid regular expression: /, ''));
    }
  },
  matches: (regex: Regex, text: string) => regex.pattern.test(text),
  _first: (regex: Regex, text: string) => {
    const m = regex.pattern.exec(text);
    return option(m === null ? undefined : found(m, text));
  },
  _find: (regex: Regex, text: string) => toList([...text.matchAll(all(regex))].map((m) => found(m, text))),
  replace: (regex: Regex, text: string, replacement: string) => text.replace(all(regex), replacement),
  split: (regex: Regex, text: string) => toList(text.split(all(regex)).map((part) => part ?? '')),
};
