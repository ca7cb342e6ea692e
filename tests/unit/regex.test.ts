/**
 * Regular expressions against those of the host, for patterns that mean the same to both; what takes long is done in turns and
 * bounded by the machine's limits.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import '../../stdlib/node.js';
import { host } from '../../stdlib/regex.host.js';
import { fromList } from '../../stdlib/support.js';
import { type Cons, type Data, Exn, fieldsOf, type Value } from '../../runtime/values/value.js';
import { UNLIMITED, bounds } from '../../runtime/values/work.js';
import { runProgram } from '../support/program.js';

afterEach(() => void (bounds.most = UNLIMITED));

const fields = (v: Value): readonly Value[] => fieldsOf(v as Data);
const compiled = (pattern: string, flags = ''): Value => fields(host['read_with']!(pattern, flags) as Value)[0];
/** Calls a search until it is done; how often that was. */
function turns(name: string, first: readonly Value[], more: readonly Value[]): { parts: Value[]; calls: number } {
  const parts: Value[] = [];
  let state = more;
  for (let calls = 1; ; calls++) {
    const [part, ...next] = fields(host[name]!(...first, ...state) as Value);
    parts.push(part);
    if (next.at(name === '_find' ? 0 : -1) === -1) return { parts, calls };
    state = next;
  }
}
const flat = (parts: Value[]): Value[] => parts.flatMap((p) => fromList<Value>(p as Cons));

const literal = fc.constantFrom('a', 'b', '😀', '.', '[ab]', '\\d', '(a|b)', '(?:ab)', '(b)', '^', '$', '[^a]');
const patterns = fc
  .array(fc.tuple(literal, fc.constantFrom('', '', '', '?', '*', '+', '{1,2}', '*?')), { maxLength: 5 })
  .map((parts) => parts.map(([l, q]) => (/^[\^$]$/.test(l) ? l : l + q)).join(''));
const texts = fc
  .array(fc.constantFrom('a', 'b', '1', '😀', '-', 'ab'), { maxLength: 14 })
  .map((parts) => parts.join(''));

describe('regular expressions', () => {
  it('find, replace and split as those of the host', () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const ours = compiled(pattern);
        const theirs = new RegExp(pattern, 'gu');
        const found = flat(turns('_find', [ours, text], [0, 0]).parts).map((m) => {
          const [whole, start, groups] = fields(m);
          return [whole, start, fromList<Value>(groups as Cons).map((g) => fields(g)[0])];
        });
        expect(found).toEqual(
          [...text.matchAll(theirs)].map((m) => [m[0], [...text.slice(0, m.index)].length, m.slice(1)]),
        );
        const by = '<$1|$&|$$|$9>';
        expect(turns('_replace', [ours, text, by], [0, 0]).parts.join('')).toBe(text.replace(theirs, by));
        const without = pattern.replaceAll('(a', '(?:a').replaceAll('(b', '(?:b');
        if (text !== '')
          expect(flat(turns('_split', [compiled(without), text], [0, 0]).parts)).toEqual(
            text.split(new RegExp(without, 'gu')),
          );
      }),
      { numRuns: 300 },
    );
  });

  it('take time that grows with the text, and long searches are many turns', () => {
    expect(host['matches']!(compiled('^(a+)+$'), `${'a'.repeat(100_000)}b`)).toBe(false);
    const { parts, calls } = turns('_find', [compiled('a.*b|a'), 'a'.repeat(2_000)], [0, 0]);
    expect([flat(parts).length, calls > 3]).toEqual([2_000, true]);
    const text = 'é, '.repeat(100_000);
    const pieces = turns('_split', [compiled(', '), text], [0, 0]);
    expect([flat(pieces.parts).length, pieces.calls > 1]).toEqual([100_001, true]);
    const all = turns('_find', [compiled('é'), text], [0, 0]);
    expect(flat(all.parts).map((m) => fields(m)[1])).toEqual(Array.from({ length: 100_000 }, (_, i) => 3 * i));
    expect(turns('_replace', [compiled('(é), '), text, '$1'], [0, 0]).parts.join('')).toBe('é'.repeat(100_000));
  });

  it('are stopped where a machine has limits', () => {
    bounds.most = 100_000;
    const slow = compiled('(a?){100}(a?){100}(a?){100}a{300}b');
    expect(() => host['matches']!(slow, `b${'a'.repeat(700_000)}`)).toThrow(Exn);
    expect(() => turns('_replace', [compiled('a'), 'a'.repeat(5_000), 'b'.repeat(5_000)], [0, 0])).toThrow(Exn);
    expect(host['matches']!(compiled('a+b'), `${'a'.repeat(100_000)}b`)).toBe(true);
  });

  it('have flags and names', async () => {
    const { output, end } = await runProgram(`require regex
require option

fun main()
  let date = regex::compile("(?<year>\\\\d+)-(?<month>\\\\d+)(-(?<day>\\\\d+))?")
  std::print(regex::names(date))
  case regex::find(date, "on 2024-05 and on")
  when Some(m)
    std::print([regex::group(date, m, name) for name in ["year", "month", "day", "", "hour"]])
  when None
    std::print("none")
  end
  std::print(regex::replace(date, "2024-05-06", "$<day>.$<month>.$<year> $<hour>"))
  std::print(regex::split(regex::compile_with("x", "i"), "aXbxc"))
  std::print([m.start for m in regex::find_all(regex::compile_with("^b.", "ms"), "b\\nb😀\\nb")])
  std::print(regex::read_with("a", "ig"))
  std::print(regex::read("a(?!b)"))
end
`);
    expect(end.failures).toEqual([]);
    expect(output.split('\n')).toEqual([
      '["year", "month", "", "day"]',
      '[Some("2024"), Some("05"), None, None, None]',
      '06.05.2024 $<hour>',
      '["a", "b", "c"]',
      '[0, 2]',
      'Err("there is no flag g; there are i, m and s")',
      'Err("invalid or unsupported Perl syntax: `(?!`")',
      '',
    ]);
  });
});
