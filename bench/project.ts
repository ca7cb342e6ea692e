/**
 * How long `quartz check` takes for a project of 50 modules and 10,000 lines: cold, unchanged, and after one module was
 * touched. `node dist/bench/project.js [--modules 50] [--lines 200] [--seed 1] [--rounds 7] [--keep FOLDER] [--json FILE]`.
 * Invariant: the project follows from the seed alone, and whole processes are measured, as a user has them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { picker } from '../runtime/scheduler/strategy.js';

const { values: flags } = parseArgs({
  options: {
    modules: { type: 'string', default: '50' },
    lines: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '7' },
    keep: { type: 'string' },
    json: { type: 'string' },
  },
});

type Random = ReturnType<typeof picker>;

/** What one piece of a module needs to know: its number in the module, and the modules it may call. */
type Piece = (i: number, pick: Random, others: readonly string[]) => string;

const PIECES: readonly Piece[] = [
  (i, pick) => `## Squares of the even numbers up to \`n\`, ${pick(100)} added.
fun squares${i}(n : int) -> list<int>
  let even = list::filter(list::range(0, n), |x| x % 2 == 0)
  list::map(even, |x| x * x + ${pick(100)})
end
`,
  (i, pick) => `type Shape${i} = Circle${i}(int) | Square${i}(int) | Empty${i}

fun area${i}(shape)
  case shape
  when Circle${i}(r) then r * r * 3
  when Square${i}(a) then a * a
  when Empty${i} then ${pick(10)}
  end
end
`,
  (i, pick) => `type Point${i} = { x : int, y : int, name : string }

fun point${i}(x, y)
  Point${i}{x: x, y: y, name: "point {x}, {y}"}
end

fun moved${i}(p, by)
  let q = Point${i}{p | x: p.x + by}
  if q.x > ${pick(1000)}
    Point${i}{q | y: q.y - by}
  else
    q
  end
end
`,
  (i, pick) => `session Counter${i}(client, total)
  on Add(n) from client
    loop(client, total + n * ${1 + pick(9)})
  or Stop
    client!Total(total)
  end
end

session Client${i}(counter, left)
  if left > 0
    counter!Add(left)
    loop(counter, left - 1)
  else
    counter!Stop
    on Total(n) from counter
      std::print(n)
    end
  end
end

fun count${i}()
  let counter = spawn Counter${i}(client, 0)
  and client = spawn Client${i}(counter, ${1 + pick(50)})
end
`,
  (i, pick, others) => {
    const other = others[pick(Math.max(1, others.length))];
    const base = other === undefined ? 'list::length([n, n])' : `${other}::total(n)`;
    return `fun mixed${i}(n : int) -> int
  var sum = ${base}
  for x in [1, 2, ${pick(9)}]
    if x > n
      sum = sum + x
    else
      sum = sum - x * ${1 + pick(5)}
    end
  end
  sum
end
`;
  },
  (i, pick) => `fun words${i}(text)
  let parts = string::split(text, " ")
  let long = list::filter(parts, |part| string::length(part) > ${1 + pick(5)})
  case long
  when [] then "none"
  when [one] then one
  when [first, ..rest] then "{first} and {list::length(rest)} more"
  end
end

test "words ${i}"
  test::equal(words${i}(""), "none")
end
`,
];

function moduleText(at: number, lines: number, pick: Random): string {
  const others = [...new Set(Array.from({ length: Math.min(at, 3) }, () => `part${pick(at)}`))];
  const text = [
    ...['list', 'string', 'test', ...others].map((name) => `require ${name}\n`),
    `\nfun total(n : int) -> int\n  n * ${1 + pick(100)}\nend\n`,
  ];
  for (let i = 0; text.join('\n').split('\n').length < lines; i++)
    text.push(PIECES[pick(PIECES.length)]!(i, pick, others));
  return text.join('\n');
}

const cli = path.resolve(import.meta.dirname, '../cli/quartz.js');
const folder =
  flags.keep === undefined ? mkdtempSync(path.join(tmpdir(), 'quartz-project-')) : path.resolve(flags.keep);
mkdirSync(folder, { recursive: true });
const pick = picker(Number(flags.seed));
const names = Array.from({ length: Number(flags.modules) }, (_, i) => `part${i}.qz`);
let lineCount = 0;
writeFileSync(path.join(folder, 'quartz.json'), '{ "name": "generated", "version": "1.0.0", "entry": "part0.qz" }\n');
for (const [i, name] of names.entries()) {
  const text = moduleText(i, Number(flags.lines), pick);
  lineCount += text.split('\n').length - 1;
  writeFileSync(path.join(folder, name), text);
}

interface Time {
  readonly wall: number;
  /** Of the processor, by this process and the system for it. */
  readonly cpu: number;
}

/** One `quartz check` of the whole project as a process of its own, with what the shell says it used. */
function check(): Time {
  const words = ['-c', '"$0" "$@" 1>&2 || exit 1; times', process.execPath, cli, 'check', ...names];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync('/bin/sh', words, { cwd: folder, encoding: 'utf8' });
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`the generated project is refused:\n${stderr}`);
  const used = [
    ...stdout
      .trim()
      .split('\n')
      .at(-1)!
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  return { wall, cpu: used.reduce((sum, m) => sum + Number(m[1]) * 60_000 + Number(m[2]) * 1000, 0) };
}

const touched = path.join(folder, `part${names.length >> 1}.qz`);
const original = readFileSync(touched, 'utf8');
let count = 0;
/** By name, what is done before each check. */
const CASES: Readonly<Record<string, () => void>> = {
  cold: () => rmSync(path.join(folder, '.quartz-cache'), { recursive: true, force: true }),
  unchanged: () => undefined,
  'a comment': () => writeFileSync(touched, `# Touched ${count++}.\n${original}`),
  'a body': () => writeFileSync(touched, original.replace(/n \* \d+\nend/, `n * ${1000 + count++}\nend`)),
  'a new function': () => writeFileSync(touched, `${original}\nfun more${count++}()\nend\n`),
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const times = Object.keys(CASES).map((name) => ({ name, wall: [] as number[], cpu: [] as number[] }));
check();
// What the rounds before left behind is the same for every case but `cold`, which comes first.
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const found of times) {
    CASES[found.name]!();
    const time = check();
    found.wall.push(time.wall);
    found.cpu.push(time.cpu);
  }
}
const rows = times.map(({ name, wall, cpu }) => ({ name, wall: median(wall), cpu: median(cpu) }));
process.stdout.write(`quartz check, ${names.length} modules, ${lineCount} lines; medians of ${flags.rounds}\n`);
for (const row of rows)
  process.stdout.write(
    `${row.name.padEnd(16)}${row.wall.toFixed(0).padStart(8)} ms ${row.cpu.toFixed(0).padStart(8)} ms of the processor\n`,
  );
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
if (flags.keep === undefined) rmSync(folder, { recursive: true });
