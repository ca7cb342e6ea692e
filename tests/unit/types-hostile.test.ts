/** Whatever parse lets through, resolve and infer answer with diagnostics: they never throw, and they are fast enough. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { parse } from '../../compiler/parse/parse.js';
import { resolve } from '../../compiler/resolve/resolve.js';
import { SourceFile } from '../../compiler/source/source.js';
import { infer } from '../../compiler/types/infer.js';
import { interfaceOf } from '../../compiler/types/module/interface-of.js';
import { encodeInterface } from '../../compiler/types/module/encode.js';
import { check, signatures, standard } from '../support/types.js';

const folder = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');

const SESSIONS = `session Server(n)
  on Get from c
    c!Value(n, self)
    loop
  or Add(k) from c
    loop(n + k)
  or Down(r) from c
    drop c
  or after 5
    fail r2
  end
end
session W(b)
  on Job(n) from b
    b!Done(n * 2)
  or Take(x) from b
    x!Hello(b)
  end
end
fun main(args)
  let s = spawn Server(0)
  let k = connect s
  k!Get
  on Value(v, me)
    me!Add(v)
  end
  let ws = [spawn W(self) for i in 1..3]
  put k with 1 in ws
  take (w, d) in ws
    w!Job(d)
  else
    std::print("none")
  end
  serve w in ws
    w!Job(1)
  end
  let p = spawn W(q)
  and q = spawn W(p)
  watch s
  let f = |x, y| x ++ "{y}"
  try
    f("a", args[0])
  catch PeerLost(e) | e
    raise e
  finally
    close
  end
end
`;

const WORDS = [
  'self', 's', 'k', 'x', '1', '"a"', 'Some', 'None', 'spawn', 'connect', 'loop', '(', ')', '[', ']', 'pool()', 'Server', 'W', '!Add', '+', '++', 'main', 'f', 'true', '|x| x', 'c', 'n', '.x', 'Down', 'drop', '_', 'list', ': int', ': service', ': Server', 'a', '=', 'b', 'var', 'fun', '2.5',
]; // prettier-ignore

describe('mutated programs', () => {
  const bases = [read('examples/timer.qz'), SESSIONS, read('stdlib/option.qz')];
  it('never make resolve or infer throw', () => {
    const mutation = fc.tuple(
      fc.nat(),
      fc.nat(),
      fc.constantFrom(...WORDS),
      fc.constantFrom('swap', 'word', 'cut', 'line'),
    );
    let inferred = 0;
    fc.assert(
      fc.property(fc.nat(bases.length - 1), fc.array(mutation, { minLength: 1, maxLength: 4 }), (which, mutations) => {
        let tokens = bases[which]!.split(/(\b|\s+)/);
        let line = 0;
        for (const [a, b, word, how] of mutations) {
          const [i, j] = [a % tokens.length, b % tokens.length];
          if (how === 'swap') [tokens[i], tokens[j]] = [tokens[j]!, tokens[i]!];
          else if (how === 'word') tokens[i] = word;
          else if (how === 'cut') tokens.splice(i, 1 + (b % 3));
          else {
            const lines = tokens.join('').split('\n');
            line = a % lines.length;
            lines.splice(line, 0, lines[b % lines.length]!);
            tokens = lines.join('\n').split(/(\b|\s+)/);
          }
        }
        // Only inference is at stake: what does not parse is left out of the module by parse itself.
        const { module } = parse(new SourceFile('m.qz', tokens.join('')));
        const resolved = resolve(module, 'm', standard());
        const { typing } = infer(resolved.resolution, standard());
        signatures(typing);
        encodeInterface(interfaceOf(typing));
        if (module.items.length > 0) inferred++;
      }),
      { numRuns: 100, seed: 11 },
    );
    expect(inferred).toBeGreaterThan(40);
  });
});

describe('size', () => {
  it('infers 5,000 lines in well under a second of computing', () => {
    const text = Array.from({ length: 250 }, (_, i) => {
      const next = i % 10 === 9 ? `f${i}` : `f${i + 1}`;
      return `type R${i} = { a${i} : int, b${i} : list<string> }\nsession S${i}(s)\n  on A(n) from s\n    s!B(n + ${i})\n  or Stop from s\n  end\nend\nfun f${i}(x, y)\n  let r = R${i}{a${i}: x, b${i}: [y]}\n  let g = |z| (z, r.a${i})\n  if x > 0\n    ${next}(x - 1, y)\n  else\n    let t = spawn S${i}(self)\n    t!A(x)\n    on B(k) from t\n      std::print(k + r.a${i})\n    end\n    [s ++ "!" for s in r.b${i}]\n  end\nend`;
    }).join('\n');
    expect(text.split('\n').length).toBeGreaterThan(4_700);
    const { module } = parse(new SourceFile('big.qz', text));
    const start = process.cpuUsage().user;
    const resolved = resolve(module, 'big', standard());
    const { diagnostics } = infer(resolved.resolution, standard());
    const took = (process.cpuUsage().user - start) / 1000;
    expect([...resolved.diagnostics, ...diagnostics].filter(isError)).toEqual([]);
    // Computing time, since the machine may be busy: about 200 ms, and seconds if anything were worse than linear.
    expect(took).toBeLessThan(2_000);
  });

  it('copes with types that are small only because they share their parts', () => {
    const lets = Array.from({ length: 40 }, (_, i) => `  let x${i + 1} = (x${i}, x${i})`).join('\n');
    const { diagnostics } = check(`fun f(x0)\n${lets}\n  let g = |y| (x40, y)\n  std::print(g(1))\n  x0\nend`);
    expect(diagnostics.map((d) => d.code)).toEqual(['Q0221']);
    expect(check(`fun f(x0)\n${lets.split('\n').slice(0, 12).join('\n')}\n  x12\nend`).diagnostics).toEqual([]);
    const wrong = check(`fun f(x0)\n${lets}\n  x40 + 1\nend`).diagnostics;
    expect(wrong.map((d) => d.code)).toEqual(['Q0201']);
    expect(wrong[0]!.message.length).toBeLessThan(1000);
  });

  it('gives up on types that are exponentially large', () => {
    const lets = Array.from({ length: 40 }, (_, i) => `  let x${i + 1} = (x${i}, x${i})`).join('\n');
    const { diagnostics } = check(`fun f()\n  let x0 = None\n${lets}\n  1\nend`);
    expect(diagnostics.map((d) => d.code)).toEqual(['Q0221']);
  });

  it('copes with long chains of functions and of bindings', () => {
    const chain = Array.from({ length: 800 }, (_, i) => `fun f${i}(x)\n  f${i + 1}(x)\nend`).join('\n');
    expect(check(`${chain}\nfun f800(x)\n  x\nend`).diagnostics).toEqual([]);
    const lets = Array.from({ length: 600 }, (_, i) => `  let x${i + 1} = x${i}`).join('\n');
    expect(check(`fun f(x0)\n${lets}\n  x600 + 1\nend`).diagnostics).toEqual([]);
  });
});

describe('the standard library', () => {
  it('has no errors', () => {
    const files = readdirSync(new URL('stdlib/', folder)).filter((f) => f.endsWith('.qz'));
    const env = new Map(standard());
    const texts = new Map(files.map((f) => [f.replace('.qz', ''), read(`stdlib/${f}`)]));
    const load = (name: string): void => {
      const text = texts.get(name);
      if (text === undefined || env.has(name)) return;
      for (const [, required] of text.matchAll(/^require (\w+)$/gm)) load(required!);
      const { typing, diagnostics } = check(text, env, name);
      expect(diagnostics.filter(isError).map((d) => `${name}: ${d.message}`)).toEqual([]);
      env.set(name, interfaceOf(typing));
    };
    for (const name of texts.keys()) load(name);
    expect(env.size).toBeGreaterThan(10);
  });
});
