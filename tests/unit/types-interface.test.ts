/** Interfaces of modules: what survives being written and read, and that bad data is a value. */
import * as E from 'fp-ts/lib/Either.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeInterface } from '../../compiler/types/module/decode.js';
import { encodeInterface } from '../../compiler/types/module/encode.js';
import { interfaceOf } from '../../compiler/types/module/interface-of.js';
import type { ModuleInterface } from '../../compiler/types/module/interface.js';
import { check, messages, signatures, standard } from '../support/types.js';

const LIBRARY = `
type Tree<a> = Leaf | Node(Tree<a>, a, Tree<a>)
type Point = { x : int, y : int }
type Pair<a> = (a, a)
type Room = { log : service<!{Log(string) ~> End}> }
extern type Handle
exception NotFound(string)
let origin = Point{x: 0, y: 0}
let empty = []
fun map(xs, f)
  [f(x) for x in xs]
end
fun say(r : Room, x)
  let l = r.log
  l!Log("{x}")
end
fun ask(q, n)
  q!Ask(n)
  on Re(x) from q
    x
  end
end
fun _private()
  1
end
session Echo(s)
  on A(n) from s
    s!B(n)
  end
end
session Cell(v)
  on Put(x) from c
    loop(Some(x))
  or Get from c
    c!Is(v, self)
    loop
  end
end
session Chain(s)
  on Next(t) from s
    t!Next2(t2(1))
  end
end
fun t2(x)
  x
end
`;

const library = (): ModuleInterface => {
  const { typing, diagnostics } = check(LIBRARY, standard(), 'lib');
  expect(messages(diagnostics)).toEqual([]);
  return interfaceOf(typing);
};

const throughText = (of: ModuleInterface): ModuleInterface => {
  const read = decodeInterface(JSON.parse(JSON.stringify(encodeInterface(of))));
  if (E.isLeft(read)) throw new Error(read.left);
  return read.right;
};

const USER = `require lib
fun a
  lib::map([1], |x| x > 0)
end
fun b
  (lib::origin.x, [1, ..lib::empty], ["a", ..lib::empty])
end
fun c(t)
  case t
  when lib::Leaf then None
  when lib::Node(_, x, _) then Some(x)
  end
end
fun d
  raise lib::NotFound("x")
end
fun e
  let p = spawn lib::Echo(self)
  let q = spawn lib::Echo(self)
  p!A(1)
  q!A("x")
  on B(n) from p
    on B(s) from q
      (n + 1, s ++ "")
    end
  end
end
fun f
  let c = spawn lib::Cell(None)
  let d = spawn lib::Cell(None)
  c!Put(1)
  d!Put("x")
  let k = connect c
  k!Get
  on Is(v, me) from k
    me!Put(2)
    v
  end
end
fun g(x : lib::Pair<int>)
  x
end
session Asker
  let e = spawn lib::Echo(self)
end
`;

describe('an interface written and read', () => {
  for (const [name, make] of [
    ['as it is', library],
    ['through text', () => throughText(library())],
    ['twice through text', () => throughText(throughText(library()))],
  ] as const)
    it(`types its users the same: ${name}`, () => {
      const env = new Map([...standard(), ['lib', make()]]);
      const { typing, diagnostics } = check(USER, env);
      expect(messages(diagnostics)).toEqual([]);
      expect(signatures(typing)).toEqual([
        'a : () -> list<bool>',
        'b : () -> (int, list<int>, list<string>)',
        'c : (Tree<a>) -> option<a>',
        'd : () -> a',
        'e : () -> (int, string)',
        'f : () -> option<int>',
        'g : ((int, int)) -> (int, int)',
        'Asker()',
      ]);
    });

  it('is the same text each time', () => {
    const once = JSON.stringify(encodeInterface(library()));
    expect(JSON.stringify(encodeInterface(library()))).toBe(once);
    expect(JSON.stringify(encodeInterface(throughText(library())))).toBe(once);
  });

  it('leaves private names out', () => expect(library().functions.has('_private')).toBe(false));

  it('keeps other modules from adding labels to references in its types', () => {
    const env = new Map([...standard(), ['lib', throughText(library())]]);
    const { diagnostics } = check('require lib\nfun f(r : lib::Room)\n  let l = r.log\n  l!Shout("x")\nend', env);
    expect(messages(diagnostics)).toEqual([
      'Q0218 4: `Shout` is not among the messages that this reference is declared for',
    ]);
  });
});

describe('bad data', () => {
  it('is refused in words', () => {
    const read = (x: unknown) => E.swap(decodeInterface(x));
    expect(read(null)).toEqual(E.right('interface is not an object'));
    expect(read({ form: 99 })).toEqual(E.right('unknown form of interface'));
    const good = JSON.parse(JSON.stringify(encodeInterface(library()))) as Record<string, unknown>;
    expect(read({ ...good, ends: [] })).toEqual(E.right('no such end'));
    expect(read({ ...good, variables: [] })).toEqual(E.right('no such variable'));
    expect(read({ ...good, name: 3 })).toEqual(E.right('name is not a string'));
  });

  it('never makes it throw', () => {
    const good = JSON.stringify(encodeInterface(library()));
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.constantFrom('0', '1', '"', '[', ']', '{', 'null', ',', '-1', '1e9'),
        (at, by) => {
          let json: unknown;
          try {
            json = JSON.parse(good.slice(0, at) + by + good.slice(at + 1));
          } catch {
            return;
          }
          decodeInterface(json);
        },
      ),
      { numRuns: 2000, seed: 5 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(E.isLeft(decodeInterface(json))).toBe(true);
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  it('refuses types nested without end', () => {
    let type: unknown = ['c', '', 'int'];
    for (let i = 0; i < 100_000; i++) type = ['c', '', 'list', type];
    const good = JSON.parse(JSON.stringify(encodeInterface(library()))) as Record<string, unknown>;
    const read = decodeInterface({ ...good, exceptions: [['E', [type]]] });
    expect(read).toEqual(E.left('a type is nested too deeply'));
  });
});
