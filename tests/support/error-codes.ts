/**
 * The error codes of the compiler, the examples on their pages, and what makes the compiler give those that no short
 * program shows.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { compileParsed } from '../../compiler/pipeline.js';
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.js';
import { parse } from '../../compiler/parse/parse.js';
import { check } from '../../compiler/protocol/check.js';
import type { Composition } from '../../compiler/protocol/compose/composition.js';
import { diagnose } from '../../compiler/protocol/say/diagnose.js';
import { resolve } from '../../compiler/resolve/resolve.js';
import { SourceFile } from '../../compiler/source/source.js';
import { infer } from '../../compiler/types/infer.js';
import type { ModuleInterface } from '../../compiler/types/module/interface.js';
import type { Typing } from '../../compiler/types/module/typing.js';
import { compileText, root } from './compile.js';

const folder = path.join(root, 'docs/errors');

/** The codes in the sources of the compiler. */
export function codesInUse(): string[] {
  const files = readdirSync(path.join(root, 'compiler'), { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.ts'),
  );
  const texts = files.map((f) => readFileSync(path.join(root, 'compiler', f), 'utf8'));
  return [...new Set(texts.flatMap((t) => t.match(/'Q0\d{3}'/g) ?? []))].map((code) => code.slice(1, -1)).sort();
}

/** The codes that have a page. */
export const codesWithPage = (): string[] =>
  readdirSync(folder)
    .filter((name) => /^Q\d{4}\.md$/.test(name))
    .map((name) => name.slice(0, -3))
    .sort();

export const pageOf = (code: string): string => readFileSync(path.join(folder, `${code}.md`), 'utf8');

/** The programs on each page that has some. */
export const examplesOf = (): [string, string[]][] =>
  codesWithPage()
    .map((code): [string, string[]] => [
      code,
      [...pageOf(code).matchAll(/```quartz\n([\s\S]*?)```/g)].map((found) => found[1]!),
    ])
    .filter(([, examples]) => examples.length > 0);

/**
 * The protocol pass by itself, although the types are wrong: what stands in its way says the same in other words.
 * `change` is what the types pass would have had to let through.
 */
function protocolAlone(text: string, code: string, change = (typing: Typing): Typing => typing): readonly Diagnostic[] {
  const { module } = parse(new SourceFile('program.qz', text));
  const env = new Map<string, ModuleInterface>();
  const { typing } = infer(resolve(module, 'program', env).resolution, env);
  return check(change(typing), env, {}).diagnostics.filter((d) => d.code === code);
}

/** As if every argument of a spawn were a link of the group. */
const allLinked = (typing: Typing): Typing => ({
  ...typing,
  spawnArgs: new Map([...typing.types.keys()].map((id) => [id, 'group'])),
});

const SAFE = { verdict: 'safe', bound: 1, argument: 'exhausted', dependsOn: [], dependsOutside: [] } as const;

/** What is said of the compositions of a program, each with another verdict than its own. */
function judged(text: string, change: (c: Composition) => Composition): readonly Diagnostic[] {
  const { modules: compiled } = compileText(text, { name: 'program', stage: 'protocol' });
  return compiled.flatMap((m) => m.protocols?.compositions ?? []).flatMap((c) => diagnose(change(c)) ?? []);
}

/** A composition that goes wrong, told as if it did so only after a failure. */
const afterFailure = (c: Composition): Composition => ({
  ...c,
  verdict: { ...c.verdict, ...SAFE },
  crash: c.verdict,
  crashSystem: c.system,
});

/** A module whose interface lost its protocols. */
function withoutProtocols(): readonly Diagnostic[] {
  const library = compileText('session Echo(s)\n  on Hi from s\n    s!Hi\n  end\nend\n', { name: 'lib' });
  const bare = library.modules.find((m) => m.name === 'lib')!.interface!;
  const env = new Map([['lib', { ...bare, protocols: undefined }]]);
  const text = 'require lib\n\nfun main()\n  let e = spawn lib::Echo(self)\n  e!Hi\n  on Hi from e\n  end\nend\n';
  const file = new SourceFile('program.qz', text);
  const { module, diagnostics } = parse(file);
  return compileParsed({ name: 'program', file, module, diagnostics }, env, 'protocol').diagnostics;
}

const pairs = (n: number): string => Array.from({ length: n }, (_, i) => `  let x${i + 1} = (x${i}, x${i})\n`).join('');

const rows = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => `${line(i)}\n`).join('');
const W = 'session W(p)\n  on Go from p\n  end\nend\n';

const modules = (main: string, others: Readonly<Record<string, string>>): readonly Diagnostic[] =>
  compileText(main, { name: 'program', others, stage: 'protocol' }).diagnostics;

/** Nine ends that change places have 9! orders, each a state of its own. */
const WHEEL = `session Wheel(a, b, c, d, e, f, g, h, i, n)
  if n % 2 == 0
    a!Tick
    loop(b, a, c, d, e, f, g, h, i, n - 1)
  else
    loop(b, c, d, e, f, g, h, i, a, n - 1)
  end
end
`;

const SURPRISE = `session Worker(boss)
  on Job(n) from boss
    boss!Done(100 / n)
  end
end
session Boss(log)
  w = spawn Worker(self)
  w!Job(1)
  on Done(n) from w
    log!Broken
  end
end
session Log(boss)
  on Fine from boss
  end
end
fun main()
  let log = spawn Log(boss)
  and boss = spawn Boss(log)
end
`;

/** What gives each code that has no example on its page. */
const SHOUT = 'fun shout(s)\n  s ++ "!"\nend\n';

export const hardToShow: Readonly<Record<string, () => readonly Diagnostic[]>> = {
  Q0028: () => modules(Array.from({ length: 52 }, (_, i) => `fun f${i}()\n  let = ${i}\nend\n`).join(''), {}).slice(-1),
  Q0112: () =>
    modules('require json\nrequire string\nfun main()\n  std::print(string::shout("a"))\nend\n', { string: SHOUT }),
  Q0113: () => modules('require string\nfun main()\n  std::print(string::shout("a"))\nend\n', { string: SHOUT }),
  Q0151: () =>
    modules('require shop\nfun main()\n  std::print(shop::price())\nend\n', {
      shop: 'require stock\nfun price()\n  stock::left() * 2\nend\n',
      stock: 'require shop\nfun left()\n  shop::price() - 1\nend\n',
    }),
  Q0218: () =>
    modules('require log\nfun tell(l)\n  case l\n  when log::Log(s)\n    s!Word(1)\n  end\nend\n', {
      log: 'type Log = Log(service<!{Line(string) ~> End}>)\n',
    }),
  Q0221: () => modules(`fun f()\n  let x0 = None\n${pairs(40)}  1\nend\n`, {}),
  Q0248: () =>
    modules('require path\nfun main()\n  std::print(path::join(["a"]))\nend\n', {
      path: 'extern fun join(parts : list<string>) -> list<string>\nextern fun split(name : string) -> list<string>\n',
    }),
  Q0306: () => modules(WHEEL, {}),
  Q0307: () => judged(SURPRISE, afterFailure),
  Q0308: withoutProtocols,
  Q0311: () => protocolAlone('session S(s)\n  on Hi from s\n    let kept = [(s, 1)]\n    s!Ho\n  end\nend\n', 'Q0311'),
  Q0316: () => protocolAlone('session S(s)\n  s!Take(s)\nend\n', 'Q0316'),
  Q0319: () =>
    protocolAlone(
      'session P(q, r)\n  q!Hi\n  r!Hi\nend\nsession Q(p)\n  on Hi from p\n  end\nend\nfun main()\n  let p = spawn P(q, q)\n  and q = spawn Q(p)\nend\n',
      'Q0319',
      allLinked,
    ),
  Q0323: () =>
    modules(
      `${Array.from({ length: 250 }, (_, i) => `fun f${i}(p)\n  f${i + 1}(p)\n  p!Hi\nend\n`).join('')}fun f250(p)\n  p!Hi\nend\n`,
      {},
    ),
  Q0324: () =>
    modules(
      `${W}fun main()\n${rows(1100, (i) => `  let w${i} = spawn W(self)`)}${rows(1100, (i) => `  w${i}!Go`)}end\n`,
      {},
    ),
  Q0350: () =>
    modules(
      'require parts\n\nsession A(p)\n  try\n    parts::Part(p, 0)\n  finally\n    std::print("over")\n  end\nend\n',
      {
        parts: 'session Part(p, n)\n  if n == 0\n    close\n  end\n  p!Hi\nend\n',
      },
    ),
};
