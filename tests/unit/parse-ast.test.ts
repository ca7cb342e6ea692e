/** What the tree of each construct looks like: precedence, literals, doc comments, places and numbering. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Expr, FunItem, Item, Module, Node, SessionItem } from '../../compiler/ast/ast.js';
import { showAst, showNode } from '../../compiler/ast/show.js';
import { parse } from '../../compiler/parse/parse.js';
import { showTokens, tokens } from '../../compiler/parse/text/tokens.js';
import { SourceFile, textOf } from '../../compiler/source/source.js';

function accepted(text: string): Module {
  const { module, diagnostics } = parse(new SourceFile('t.qz', text));
  expect(diagnostics).toEqual([]);
  return module;
}

function expression(text: string): Expr {
  const [statement] = (accepted(`fun main\n${text}\nend\n`).items[0] as FunItem).body.statements;
  if (statement?.kind !== 'expr') throw new Error(`not an expression: ${text}`);
  return statement.expr;
}

/** An expression with all its parentheses. */
function full(e: Expr): string {
  switch (e.kind) {
    case 'binary':
      return `(${full(e.left)} ${e.op} ${full(e.right)})`;
    case 'unary':
      return `(${e.op} ${full(e.operand)})`;
    case 'call':
      return `${full(e.callee)}(${e.args.map(full).join(', ')})${e.piped === true ? '!' : ''}`;
    case 'field':
      return `${full(e.record)}.${e.field.text}`;
    case 'index':
      return `${full(e.base)}[${full(e.index)}]`;
    default:
      return textOf(e.span);
  }
}

describe('precedence', () => {
  test.each([
    ['a || b && c', '(a || (b && c))'],
    ['a && b || c', '((a && b) || c)'],
    ['not a && b', '((not a) && b)'],
    ['not a == b', '(not (a == b))'],
    ['not not a', '(not (not a))'],
    ['a && not b == c || d', '((a && (not (b == c))) || d)'],
    ['a == 1..2', '(a == (1 .. 2))'],
    ['1..n + 1', '(1 .. (n + 1))'],
    ['a ++ b + c', '(a ++ (b + c))'],
    ['a - b - c', '((a - b) - c)'],
    ['a + b * c % d', '(a + ((b * c) % d))'],
    ['-a * b', '((- a) * b)'],
    ['a - -b', '(a - (- b))'],
    ['- -a', '(- (- a))'],
    ['-a.b(1)[2]', '(- a.b(1)[2])'],
    ['-1', '(- 1)'],
    ['(a + b) * c', '((a + b) * c)'],
    ['(a < b) == c', '((a < b) == c)'],
    ['a < b && b < c', '((a < b) && (b < c))'],
    ['x |> f', 'f(x)!'],
    ['x |> f(y)', 'f(x, y)!'],
    ['x |> f() |> m::g(1)', 'm::g(f(x)!, 1)!'],
    ['x |> (f(y))', 'f(y)(x)!'],
    ['x |> f(y)(z)', 'f(y)(x, z)!'],
    ['a || b |> f', 'f((a || b))!'],
    ['x |> p.f(y)', 'p.f(x, y)!'],
    ['a ++ b ++ c == d', '(((a ++ b) ++ c) == d)'],
  ])('%s', (text, expected) => {
    expect(full(expression(text))).toBe(expected);
  });
});

describe('literals', () => {
  test.each<[string, unknown]>([
    ['1_000', { type: 'int', value: 1000 }],
    ['0xff', { type: 'int', value: 255 }],
    ['0xFF_FF', { type: 'int', value: 65535 }],
    ['9007199254740991', { type: 'int', value: 9007199254740991 }],
    ['1e9', { type: 'float', value: 1e9 }],
    ['1.5', { type: 'float', value: 1.5 }],
    ['1_0.2_5e-1', { type: 'float', value: 1.025 }],
    ['true', { type: 'bool', value: true }],
    ['()', { type: 'unit' }],
    ['"a\\n\\t\\r\\0\\\\\\"\\{\\}\\u{1F600}b"', { type: 'string', value: 'a\n\t\r\0\\"{}\u{1F600}b' }],
    ['"}"', { type: 'string', value: '}' }],
    ['""', { type: 'string', value: '' }],
    ['"""a\\n{x}"b"""', { type: 'string', value: 'a\\n{x}"b' }],
    [
      'b"\\x00a\\xFFé\\u{e9}\\\\x41"',
      { type: 'bytes', value: Uint8Array.from([0, 97, 255, 195, 169, 195, 169, 92, 120, 52, 49]) },
    ],
  ])('%s', (text, expected) => {
    expect(expression(text)).toMatchObject({ kind: 'literal', literal: expected });
  });

  test('a template has texts and expressions in order', () => {
    const e = expression('"took {ms} ms\\n{f("in {a}")}"');
    if (e.kind !== 'template') throw new Error(e.kind);
    expect(e.parts.map((part) => (typeof part === 'string' ? part : textOf(part.span)))).toEqual(
      ['took ', 'ms', ' ms\n', 'f("in {a}")'], // prettier-ignore
    );
  });

  test('a negative number in a pattern is a literal', () => {
    const e = expression('case x when -1 then 1 when -0.5 then 2 when 0 then 3 end');
    if (e.kind !== 'case') throw new Error(e.kind);
    expect(e.arms.map((arm) => arm.pattern.kind === 'literal' && arm.pattern.literal)).toEqual(
      [{ type: 'int', value: -1 }, { type: 'float', value: -0.5 }, { type: 'int', value: 0 }], // prettier-ignore
    );
  });
});

describe('items', () => {
  test('doc comments belong to the item right below them', () => {
    const module = accepted(
      '## One.\n##  two\nfun f\nend\n\n## lost\n\nfun g\nend\n# plain\nfun h\nend\n  ## in\nlet x = 1\n',
    );
    expect(module.items.map((item) => item.doc)).toEqual([['One.', ' two'], undefined, undefined, ['in']]);
  });

  test('a type is a record, a sum or an alias', () => {
    const module = accepted(
      'type A = { x : int }\ntype B = C | D(int)\ntype E = F\ntype G = list<int>\ntype H = P.Q\ntype I = A -> B',
    );
    expect(module.items.map((item) => item.kind === 'type' && item.body.kind)).toEqual(
      ['record', 'sum', 'sum', 'alias', 'alias', 'alias'], // prettier-ignore
    );
  });

  test('an or-pattern is flat', () => {
    const e = expression('case x when A | (B | C) | D then 1 end');
    if (e.kind !== 'case' || e.arms[0]!.pattern.kind !== 'or') throw new Error('no or-pattern');
    expect(e.arms[0]!.pattern.alternatives.map((p) => textOf(p.span))).toEqual(['A', 'B', 'C', 'D']);
  });

  test('a wait keeps its branches, sources and timeouts', () => {
    const text =
      'session S(r)\n  on A(x : int) from q\n    1\n  or B\n  or C(y) from any w in ws\n    2\n  or after 10 + 1\n    3\n  end\nend';
    expect(showAst(accepted(text))).toBe(
      `module
  session S
    param: -
      pattern: bind r
    body: -
      expr
        expr: on
          message label=A
            param: -
              pattern: bind x
              annotation: int
            source: peer q
            body: -
              expr
                expr: 1
          message label=B
            body: -
          message label=C
            param: -
              pattern: bind y
            source: any w
              pool: ws
            body: -
              expr
                expr: 2
          after
            milliseconds: binary +
              left: 10
              right: 1
            body: -
              expr
                expr: 3
`,
    );
  });

  test('angle brackets in a session type mean braces', () => {
    const type = (text: string) => {
      const item = accepted(`session S(s) : ${text}\nend`).items[0] as SessionItem;
      return showNode(item.annotation!);
    };
    expect(type('?s<A(int) ~> !s<B ~> End>, C ~> End>')).toBe(type('?s{A(int) ~> !s{B ~> End}, C ~> End}'));
    expect(type('(int, string) -> int')).not.toBe(type('((int, string)) -> int'));
  });
});

/** Every node of a tree. */
function nodes(tree: unknown, found: Node[] = []): Node[] {
  if (typeof tree !== 'object' || tree === null || tree instanceof SourceFile) return found;
  if ('id' in tree && 'span' in tree) found.push(tree as Node);
  for (const [key, value] of Object.entries(tree)) if (key !== 'span' && key !== 'opSpan') nodes(value, found);
  return found;
}

describe('places and numbers', () => {
  const texts = [
    readFileSync(new URL('../../examples/timer.qz', import.meta.url), 'utf8'),
    'fun f(x : int) -> int # c\n  x |> g(1, |y| y + 1) # d\n\n  if a\n    # nothing\n  else\n    "t{ x }"\n  end\nend # e\n\n# tail\n',
    'module M\n  session S(s) : ?s{A ~> End}\n    on A from s\n    or after 5\n      [..xs, a[1]]\n    end\n  end\nend\n',
    'protocol P\n  role A : !B{X ~> End}\n  role B : ?A{X ~> End}\nend\nlet f = |x|\n  x\nend\ntype T<a> =\n  | A(a)\n  | B\n',
  ];

  test.each(texts)('ids are dense and in source order, spans are tight: %#', (text) => {
    const module = accepted(text);
    const all = nodes(module);
    const ids = all.map((node) => node.id).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: module.idCount }, (_, i) => i));
    const ordered = [...all].sort((a, b) => a.id - b.id);
    for (let i = 1; i < ordered.length; i++)
      expect(ordered[i]!.span.start).toBeGreaterThanOrEqual(ordered[i - 1]!.span.start);
    for (const node of all.filter((one) => one !== module)) {
      const written = textOf(node.span);
      expect(written).toBe(written.trim());
      expect(written).not.toMatch(/# [a-z]+$/);
    }
  });

  test('an item that is broken leaves the numbering dense', () => {
    const { module } = parse(new SourceFile('t.qz', 'fun f\n  1\nend\nfun g\n  +\nend\nfun h\n  2\nend\n'));
    expect(module.items.map((item: Item) => item.kind === 'fun' && item.name.text)).toEqual(['f', 'h']);
    expect(nodes(module).length).toBe(module.idCount);
  });
});

describe('tokens', () => {
  test('are listed with place, kind and text', () => {
    expect(showTokens(new SourceFile('t.qz', 'let x = f("a {b}", 1.5) # c\nS!Go'))).toBe(
      [
        '1:1 keyword "let"', '1:5 name "x"', '1:7 symbol "="', '1:9 name "f"', '1:10 symbol "("', '1:11 string "\\"a {b}\\""',
        '1:18 symbol ","', '1:20 number "1.5"', '1:23 symbol ")"', '1:25 comment "# c"', '1:28 newline', '2:1 upper "S"',
        '2:2 symbol "!"', '2:3 upper "Go"', '',
      ].join('\n'), // prettier-ignore
    );
  });

  test.each<[string, boolean[]]>([
    ['"a', [true]],
    ['"a {f("x")} b" c', [false, false]],
    ['"{f(1,\n2)}"', [false]],
    ['"a {b\n"', [true, false, true]],
    ['"""a\n"b""" x', [false, false]],
    ['b"\\"" x', [false, false]],
    ['"{if a\n 1\nend}"', [false]],
  ])('%j', (text, unterminated) => {
    expect(tokens({ text }).map((token) => token.unterminated === true)).toEqual(unterminated);
  });
});
