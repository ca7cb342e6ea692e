/** Exhaustiveness and reachability of patterns, on parsed programs with a small table of names in place of resolve. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { Path } from '../../compiler/ast/ast.js';
import { parse } from '../../compiler/parse/parse.js';
import { checkPatterns } from '../../compiler/patterns/check.js';
import { con, wilds, WILD, type Head, type Pat } from '../../compiler/patterns/pattern.js';
import { missing, useful, Work } from '../../compiler/patterns/usefulness.js';
import type { Entity, Resolution } from '../../compiler/resolve/resolution.js';
import { SourceFile, textOf } from '../../compiler/source/source.js';
import type { Typing } from '../../compiler/types/module/typing.js';

const TYPES = `type Shape = Circle(float) | Rect(float, float) | Dot
type Tree<a> = Leaf | Node(Tree<a>, a, Tree<a>)
type Point = { x : int, y : int }
exception NotFound(string)
exception Stop
`;

/** Every path that names something of TYPES or a built-in constructor, found by walking the tree blindly. */
function resolutionOf(text: string): Resolution {
  const parsed = parse(new SourceFile('t.qz', text));
  expect(parsed.diagnostics).toEqual([]);
  const module = parsed.module;
  const named = new Map<string, Entity>();
  const sum = (type: string, at: string, variants: readonly (readonly [string, number])[]): void =>
    variants.forEach(([name, arity], tag) =>
      named.set(name, { kind: 'constructor', id: { module: at, name }, type: { module: at, name: type }, tag, arity }),
    );
  sum('option', '', [['None', 0], ['Some', 1]]); // prettier-ignore
  sum('Foreign', 'other', [['Alien', 0]]);
  for (const item of module.items) {
    if (item.kind === 'exception')
      named.set(item.name.text, {
        kind: 'exception',
        id: { module: 't', name: item.name.text },
        arity: item.args.length,
      });
    if (item.kind === 'type' && item.body.kind === 'sum')
      sum(item.name.text, 't', item.body.variants.map((v) => [v.name.text, v.args.length] as const)); // prettier-ignore
    if (item.kind === 'type' && item.body.kind === 'record')
      named.set(item.name.text, { kind: 'record', id: { module: 't', name: item.name.text }, fields: item.body.fields.map((f) => f.name.text) }); // prettier-ignore
  }
  const uses = new Map<number, Entity>();
  const seen = new Set<unknown>();
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node) || node instanceof SourceFile) return;
    seen.add(node);
    const path = node as Partial<Path>;
    if (path.parts !== undefined && path.id !== undefined) {
      const entity = named.get(path.parts[path.parts.length - 1]!.text);
      if (entity !== undefined) uses.set(path.id, entity);
    }
    Object.values(node).forEach(look);
  };
  look(module);
  return { module, name: 't', uses } as unknown as Resolution;
}

/** `code text: label` for each diagnostic. */
function check(body: string): string[] {
  const resolution = resolutionOf(`${TYPES}fun f(s)\n${body}\nend\n`);
  const typing = { resolution } as Typing;
  return checkPatterns(typing).map((d) =>
    d.code === 'Q0241' ? `${d.code} ${d.label ?? d.message}` : `${d.code} ${textOf(d.span!)}`,
  );
}

const cases = (...arms: string[]): string[] => check(`case s\n${arms.map((a) => `when ${a}\n0`).join('\n')}\nend`);
const lacks = (what: string): string[] => [`Q0241 \`${what}\` is not covered`];

describe('exhaustiveness', () => {
  it.each<[string, string[], string[]]>([
    ['all constructors', ['Circle(_)', 'Rect(_, _)', 'Dot'], []],
    ['a missing constructor', ['Circle(_)', 'Dot'], lacks('Rect(_, _)')],
    ['nested', ['Some(Some(_))', 'None'], lacks('Some(None)')],
    ['a guard does not count', ['Some(n) if n > 0', 'None'], lacks('Some(_)')],
    ['bool', ['true'], lacks('false')],
    ['both bools', ['true', 'false'], []],
    ['ints are open', ['0', '1', '3'], lacks('2')],
    ['strings are open', ['""', '"a"'], lacks('"b"')],
    ['floats are open', ['0.0'], lacks('1.0')],
    ['bytes are open', ['b""'], lacks('b"a"')],
    ['tuples multiply', ['(true, _)', '(_, true)'], lacks('(false, false)')],
    ['empty list', ['[_, ..]'], lacks('[]')],
    ['lists by length', ['[]', '[_]', '[_, _]'], lacks('[_, _, _, ..]')],
    ['lists by content', ['[]', '[Some(_), ..]'], lacks('[None, ..]')],
    ['lists complete', ['[]', '[a]', '[a, b, ..r]'], []],
    ['records', ['Point{x: 0}'], lacks('Point{x: 1, y: _}')],
    ['record fields in any order', ['Point{y: 0, x: 0}', 'Point{x: 0}'], lacks('Point{x: 1, y: _}')],
    ['record field punned', ['Point{x, y}'], []],
    ['or-patterns', ['Circle(_) | Dot', 'Rect(_, _)'], []],
    ['or-patterns inside', ['Some(1 | 2)', 'None'], lacks('Some(0)')],
    ['trees', ['Leaf', 'Node(Leaf, _, _)'], lacks('Node(Node(_, _, _), _, _)')],
    ['exceptions are open', ['NotFound(_)'], lacks('_')],
    ['unknown sums are open', ['Alien'], lacks('_')],
    ['a name matches all', ['Some(3)', 'x'], []],
    ['unit', ['()'], []],
  ])('%s', (_, arms, expected) => expect(cases(...arms)).toEqual(expected));

  it('accepts an else', () => expect(check('case s\nwhen 1\n2\nelse\n3\nend')).toEqual([]));
  it('hints that guards do not count', () => {
    const resolution = resolutionOf(`${TYPES}fun f(s)\ncase s\nwhen Some(n) if n > 0\n1\nwhen None\n2\nend\nend`);
    expect(checkPatterns({ resolution } as Typing)[0]!.hints?.join(' ')).toContain('`if` does not count');
  });
  it.each<[string, string, string[]]>([
    ['let', 'let Some(x) = s\nx', ['Q0241 `None` is not matched']],
    ['let that cannot fail', 'let (a, Point{x, y}) = s\nx', []],
    ['for', 'for [a] in s\na\nend', ['Q0241 `[]` is not matched']],
    ['closure parameter', 'let g = |Some(x)| x', ['Q0241 `None` is not matched']],
    ['local function', 'fun g(1)\n2\nend', ['Q0241 `0` is not matched']],
    ['comprehension', 'let g = [x for Some(x) in s]', ['Q0241 `None` is not matched']],
    ['message', 'on A(true) from s\n1\nend', ['Q0241 `false` is not matched']],
    ['catch may let pass', 'try\n1\ncatch NotFound(_)\n2\nend', []],
    ['inside closures and templates', 'let g = || "{case s when 1 then 2 end}"', ['Q0241 `0` is not covered']],
  ])('%s', (_, body, expected) => expect(check(body)).toEqual(expected));

  it('gives up with an error, never with silence', () => {
    // Distinct literals on a diagonal make the number of submatrices exponential.
    const n = 22;
    const arms = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? 'true' : j === (i + 1) % n ? 'false' : '_')).join(', '),
    ).map((p) => `(${p})`);
    const found = cases(...arms);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((d) => d.startsWith('Q0241'))).toBe(true);
  });
});

describe('reachability', () => {
  const dead = (what: string): string[] => [`Q0242 ${what}`];
  it.each<[string, string[], string[]]>([
    ['same again', ['Some(1)', 'Some(1)', '_'], dead('Some(1)')],
    ['after a name', ['x', 'Some(1)'], dead('Some(1)')],
    ['covered together', ['(true, _)', '(false, _)', '(_, true)'], dead('(_, true)')],
    ['a guard does not cover', ['x if x > 0', 'x'], []],
    ['an alternative', ['1 | 2 | 1', '_'], dead('1')],
    ['an alternative inside', ['1', 'n if n > 2', '2 | 1', '_'], dead('1')],
    ['nested alternative', ['Some(1)', 'Some(2 | 1)', '_'], dead('1')],
    ['a longer list', ['[_, ..]', '[_, _, ..]', '[]'], dead('[_, _, ..]')],
    ['equal floats', ['0.0', '-0.0', '_'], dead('-0.0')],
    ['unit again', ['()', '_'], dead('_')],
  ])('%s', (_, arms, expected) => expect(cases(...arms)).toEqual(expected));

  it('an else after everything', () => {
    expect(check('case s\nwhen true\n1\nwhen false\n2\nelse\n3\nend').map((d) => d.slice(0, 5))).toEqual(['Q0242']);
  });
  it('a catch clause after a catch-all', () =>
    expect(check('try\n1\ncatch e\n2\ncatch Stop\n3\nend')).toEqual(['Q0242 Stop']));
});

/** Random patterns over booleans, pairs and options, against trying all values up to a depth. */
describe('agrees with trying all values', () => {
  const bool = (value: boolean): Head => ({ kind: 'literal', literal: { type: 'bool', value } });
  const option = { module: '', name: 'option' };
  const none: Head = { kind: 'variant', type: option, tag: 0, name: 'None', arity: 0 };
  const some: Head = { kind: 'variant', type: option, tag: 1, name: 'Some', arity: 1 };
  const pair: Head = { kind: 'tuple', arity: 2 };
  type Shape = 'bool' | { readonly option: Shape } | { readonly pair: readonly [Shape, Shape] };
  const shape: Shape = { pair: [{ option: { pair: ['bool', 'bool'] } }, { option: 'bool' }] };
  const values = (s: Shape): Pat[] => {
    if (s === 'bool') return [con(bool(true)), con(bool(false))];
    if ('option' in s) return [con(none), ...values(s.option).map((v) => con(some, [v]))];
    return values(s.pair[0]).flatMap((a) => values(s.pair[1]).map((b) => con(pair, [a, b])));
  };
  const pattern = (s: Shape): fc.Arbitrary<Pat> => {
    const heads: fc.Arbitrary<Pat> =
      s === 'bool'
        ? fc.boolean().map((b) => con(bool(b)))
        : 'option' in s
          ? fc.oneof(fc.constant(con(none)), pattern(s.option).map((p) => con(some, [p]))) // prettier-ignore
          : fc.tuple(pattern(s.pair[0]), pattern(s.pair[1])).map((args) => con(pair, args));
    return fc.oneof(
      { weight: 2, arbitrary: fc.constant(WILD) },
      { weight: 5, arbitrary: heads },
      { weight: 1, arbitrary: fc.tuple(heads, heads).map((alternatives): Pat => ({ kind: 'or', alternatives })) },
    );
  };
  const matches = (p: Pat, v: Pat): boolean => {
    if (p.kind === 'wild') return true;
    if (p.kind === 'or') return p.alternatives.some((q) => matches(q, v));
    if (v.kind !== 'con' || JSON.stringify(v.head) !== JSON.stringify(p.head)) return false;
    return p.args.every((q, i) => matches(q, v.args[i]!));
  };
  const signatures = (): readonly { name: string; arity: number }[] => [
    { name: 'None', arity: 0 },
    { name: 'Some', arity: 1 },
  ];
  it('on coverage and on usefulness', () =>
    fc.assert(
      fc.property(fc.array(pattern(shape), { maxLength: 6 }), pattern(shape), (rows, last) => {
        const all = values(shape);
        const uncovered = all.filter((v) => !rows.some((r) => matches(r, v)));
        const matrix = rows.map((r) => [r]);
        const example = missing(matrix, 1, signatures, new Work());
        expect(example !== undefined).toBe(uncovered.length > 0);
        if (example !== undefined) expect(uncovered.some((v) => matches(example[0]!, v))).toBe(true);
        expect(useful(matrix, [last], signatures, new Work())).toBe(uncovered.some((v) => matches(last, v)));
      }),
      { seed: 7, numRuns: 2000 },
    ));
  it('wilds is as long as asked', () => expect(wilds(3)).toEqual([WILD, WILD, WILD]));
});
