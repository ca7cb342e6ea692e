/** Families of modules in the text form, of any size: what the verifier is to judge in a time that grows as they do. */

const repeated = (n: number, text: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => text(i)).join('\n');
const main = (body: string, locals = 0): string =>
  `function main < () -> void >:\n${locals > 0 ? ` .locals ${locals}\n` : ''}${body}\n ret_void\n`;
const ways = (i: number, one: string, two: string): string =>
  ` push true\n jump_if _a${i}\n${one}\n jump _b${i}\n _a${i}:\n${two}\n _b${i}:`;
const stored = (i: number): string => ` push 1\n store ${i}`;
const SERVANT =
  'session W < exists P. (p : P) -> ?p{Go ~> End} >:\n await_msg [0]\n cmp $Go _n\n pop\n close\n _n:\n close_err "no"\n';

export const LARGE: Readonly<Record<string, (n: number) => string>> = {
  'instructions in a row': (n) => main(repeated(n, () => ' push 1\n pop')),
  joins: (n) => main(repeated(n, (i) => `${ways(i, ' push 1', ' push 2')}\n pop`)),
  'locals, each stored': (n) => main(repeated(n, stored), n),
  'locals, each joined': (n) =>
    main(
      repeated(n, (i) => ways(i, stored(i), stored(i))),
      n,
    ),
  'locals stored inside a try': (n) => main(` try _h\n${repeated(n, stored)}\n end_try\n ret_void\n _h:\n pop`, n),
  'tries and locals': (n) =>
    main(
      repeated(n, (i) => ` try _h${i}\n${stored(i)}\n end_try\n jump _e${i}\n _h${i}:\n pop\n _e${i}:`),
      n,
    ),
  'a deep stack, read from its bottom': (n) =>
    main(
      [repeated(n, () => ' push 1'), repeated(n, () => ` get [${1 - n}]\n pop`), repeated(n, () => ' pop')].join('\n'),
    ),
  'joins above a deep stack': (n) =>
    main(
      [
        repeated(n, () => ' push 1'),
        repeated(n, (i) => `${ways(i, ' push 1', ' push 2')}\n pop`),
        repeated(n, () => ' pop'),
      ].join('\n'),
    ),
  'types 100 deep': (n) => main(repeated(n / 100, () => ` push 1\n${repeated(100, () => ' tuple(1)')}\n pop`)),
  'loops in loops': (n) =>
    main(
      `${repeated(n, (i) => ` _l${i}:\n push true\n jump_if _x${i}`)}\n${repeated(n, (i) => ` loop _l${n - 1 - i}\n _x${n - 1 - i}:`)}`,
    ),
  'ways back to one loop': (n) =>
    main(
      ` _l:\n push true\n jump_if _x\n${repeated(n, (i) => ` push true\n jump_unless _c${i}\n loop _l\n _c${i}:`)}\n loop _l\n _x:`,
    ),
  'ifs in ifs': (n) =>
    main(`${repeated(n, (i) => ` push true\n jump_if _x${i}`)}\n${repeated(n, (i) => ` _x${n - 1 - i}:`)}`),
  functions: (n) =>
    repeated(n, (i) => `function f${i} < (int) -> int >:\n load 0\n ret`) +
    '\n' +
    main(repeated(n, (i) => ` push 1\n call_function @f${i}\n pop`)),
  'calls of a generic function': (n) =>
    `function id < (a) -> a >:\n load 0\n ret\n${main(repeated(n, () => ' push 1\n call_function @id\n pop'))}`,
  'fields of a wide tuple': (n) =>
    main(
      `${repeated(n, () => ' push 1')}\n tuple(${n})\n store 0\n${repeated(n, (i) => ` load 0\n field ${i}\n pop`)}`,
      1,
    ),
  'ends held at once': (n) =>
    SERVANT +
    main(
      `${repeated(n, () => ' push @self\n call_constructor_spawn @W')}\n${repeated(n, () => ' send_msg [0] $Go\n pop')}`,
    ),
  'ends one after the other': (n) =>
    SERVANT + main(repeated(n, () => ' push @self\n call_constructor_spawn @W\n send_msg [0] $Go\n pop')),
  'loops that come back wider': (n) =>
    main(
      repeated(
        n,
        (i) =>
          ` list\n store 0\n _l${i}:\n push 1\n list(1)\n store 0\n push true\n jump_if _x${i}\n loop _l${i}\n _x${i}:`,
      ),
      1,
    ),
  'sessions as a peer sees them': (n) =>
    `session O < exists S. [s : S] -> !s{C ~> End} >:\n halt\n` +
    repeated(
      n / 10,
      (i) =>
        `session W${i} < exists P. [p : P] -> [o : O] -> rec X. ?p{Go ~> !o{A ~> !p{Yes ~> ?o{B ~> X}, No ~> ?o{C ~> ?o{D${i} ~> X}}}}, Stop ~> End} >:\n halt`,
    ) +
    '\n' +
    main(repeated(n, (i) => ` push @self\n call_constructor_spawn @W${Math.floor(i / 10)}\n send_msg [0] $Stop\n pop`)),
  'services that are sent ends': (n) =>
    SERVANT +
    'session Back < rec X. exists C. ?c{Take(!{Go ~> End}, a) ~> X} >:\n halt\n' +
    main(
      repeated(
        n,
        () =>
          ' call_constructor_spawn @Back\n push @self\n call_constructor_spawn @W\n push 1\n transfer_cast(2) [-2] $Take',
      ),
    ),
};
