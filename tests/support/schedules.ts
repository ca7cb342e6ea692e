/** Running programs under every schedule in tests, and small generated programs to run so. */
import { compile, createVm, load } from '../../index.js';
import { search } from '../../runtime/explore/search.js';
import { attempt } from '../../runtime/explore/trial.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import { Vm } from '../../runtime/vm.js';

export interface Made {
  readonly make: (seed?: number) => Vm;
  readonly output: (vm: Vm) => string;
}

/** A program that can be started again and again; whatever the checker says about it. */
export function prepared(text: string, functions: Parameters<typeof createVm>[0] = {}): Made {
  const base = createVm({ virtualTime: true, ...functions });
  const instance = load(base, compile(text, { unsafe: true }));
  const outputs = new WeakMap<Vm, string[]>();
  return {
    make: () => {
      const out: string[] = [];
      const environment = { write: (t: string) => void out.push(t.trimEnd()), entropy: () => 0.5 };
      const vm = Vm.beside(base, { virtualTime: true, environment });
      outputs.set(vm, out);
      vm.spawnMain(instance);
      return vm;
    },
    output: (vm) => outputs.get(vm)!.join(' '),
  };
}

export const endOf = (vm: Vm): string => {
  const { failures, stuck } = vm.end();
  return [...failures.map((f) => f.message), ...stuck.map((s) => `stuck ${s.where}`)].sort().join('; ');
};

export async function outcomes(
  program: Made,
  reduce: boolean,
  maxRuns = 1500,
  maxPreemptions?: number,
): Promise<{ seen: string[]; runs: number; exhaustive: boolean }> {
  const seen = new Set<string>();
  const { runs, pruned, exhaustive } = await search(
    async (choose) => {
      const vm = program.make();
      const trial = await attempt(vm, choose);
      if (trial.end !== 'pruned') seen.add(`${program.output(vm)} | ${endOf(vm)}`);
      return { trial, goOn: true };
    },
    { maxRuns, reduce, maxPreemptions },
  );
  return { seen: [...seen].sort(), runs: runs + pruned, exhaustive };
}

/** What a run came to in which threads were interrupted after every single instruction, by chance. */
export function minced({ make, output }: Made, seed: number): string {
  const vm = make();
  const random = generator(seed);
  const { scheduler } = vm;
  // Some seeds change the turn at each instruction, others seldom.
  const stays = [0, 0.5, 0.9, 0.98][seed % 4]!;
  let last = 0;
  scheduler.strategy = {
    pick: (ready) => {
      const same = ready.find((t) => t.id === last);
      const taken = same !== undefined && random() < stays ? same : ready[Math.floor(random() * ready.length)]!;
      last = taken.id;
      return taken;
    },
  };
  do {
    while (scheduler.head !== null && !scheduler.halted) scheduler.runInstructions(1);
  } while (scheduler.advance());
  return `${output(vm)} | ${endOf(vm)}`;
}

/**
 * Small programs: workers that send, wait to be told to go on, print, take their time, give up or fail at once or after what
 * others notice; and one that listens to them in some way, in functions of its own as well.
 */
export function generated(seed: number): string {
  const random = generator(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(xs: readonly T[]): T => xs[below(xs.length)]!;
  const workers = 2 + (below(5) === 0 ? 1 : 0);
  const told = Array.from({ length: workers }, () => below(3) === 0);
  const sessions = told.map((waits, i) => {
    const deed = (k: number): string => {
      switch (below(8)) {
        case 0:
          return `std::print(${100 + 10 * i + k})`;
        case 1:
          return `if [1][${below(2)}] > 1 then std::print(0) end`;
        case 2:
          return `try\n  raise Failure("caught")\ncatch _\n  p!Word(${10 * i + k})\nend`;
        default:
          return `p!Word(${10 * i + k})`;
      }
    };
    const deeds = Array.from({ length: 1 + below(2) }, (_, k) => deed(k));
    if (below(5) === 0) deeds.push('raise Failure("no")');
    const lines = deeds.flatMap((d) => d.split('\n'));
    const body = waits ? ['on Go from p', ...lines.map((l) => `  ${l}`), 'end'] : lines;
    return `session W${i}(p)\n${body.map((l) => `  ${l}\n`).join('')}end\n`;
  });
  const names = Array.from({ length: workers }, (_, i) => `w${i}`);
  const branch = (w: string): string => `Word(x) from ${w}\n    std::print(x)\n`;
  const functions: string[] = [];
  const wait = (): string => {
    const some = names.filter(() => below(3) > 0);
    const from = some.length === 0 ? [names[0]!] : some;
    const extra = pick([
      `  or Down(r) from ${from[0]!}\n    std::print("down")\n`,
      '  or after 0\n    std::print("late")\n',
      '',
      '',
    ]);
    const text = `  on ${from.map(branch).join('  or ')}${extra}  end\n`;
    if (below(3) > 0) return text;
    functions.push(`fun f${functions.length}(${from.join(', ')})\n${text}end\n`);
    return `  f${functions.length - 1}(${from.join(', ')})\n`;
  };
  const waits = Array.from({ length: 1 + below(workers === 2 ? 3 : 1) }, wait);
  const starts = names.flatMap((w, i) => [
    `  let ${w} = spawn W${i}(self)\n`,
    ...(told[i] === true ? [`  ${w}!Go\n`] : []),
  ]);
  return `${sessions.join('')}${functions.join('')}fun main()\n${starts.join('')}${waits.join('')}end\n`;
}

/** Not every mixture of words is a program. */
export const isProgram = (text: string): boolean =>
  compile(text, { unsafe: true }).modules.at(-1)?.image.name === 'main';

/** What is wrong if the reduced search of a program does not see what trying all schedules sees; undefined if nothing. */
export async function compared(
  text: string,
  most: number,
): Promise<{ readonly wrong: string | undefined; readonly reduced: number; readonly all: number | undefined }> {
  const program = prepared(text);
  const all = await outcomes(program, false, most);
  const reduced = await outcomes(program, true, 10 * most);
  const extra = reduced.seen.filter((o) => !all.seen.includes(o));
  const missing = all.seen.filter((o) => !reduced.seen.includes(o));
  const half = reduced.exhaustive ? Array.from({ length: 60 }, (_, seed) => minced(program, seed)) : [];
  missing.push(...half.filter((o) => !reduced.seen.includes(o)));
  // Where there are too many schedules to try them all, those that were tried must be there.
  const wrong =
    missing.length > 0 && reduced.exhaustive ? 'missing' : extra.length > 0 && all.exhaustive ? 'invented' : undefined;
  return {
    wrong: wrong && `${wrong}: ${[...missing, ...extra].join(', ')}\n${text}`,
    reduced: reduced.runs,
    all: all.exhaustive ? all.runs : undefined,
  };
}
