/**
 * How long the compiler takes as programs grow: `npm run bench:compile [-- --sizes 1000,3000,10000 --only WORDS --json FILE]`.
 * Milliseconds of processor time from the text to verified bytecode for families of programs (tests/support/large-programs.ts),
 * and the exponent that the two largest sizes are apart by; a plot of all of them stands in docs/bench.md.
 * Invariant: each family runs in a process of its own, so one that ends the process, or takes too long, is one line of the table.
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isLeft } from 'fp-ts/lib/Either.js';
import { isError } from '../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../compiler/diagnostics/render-text.js';
import { decode } from '../runtime/bytecode/decode.js';
import { encode, sealed } from '../runtime/bytecode/encode.js';
import { verifyAll } from '../runtime/verify/verify.js';
import { compileOne } from '../tests/support/compile.js';
import { LONG } from '../tests/support/large-programs.js';

interface Figure {
  readonly n: number;
  readonly milliseconds: number;
  /** What came of it: `ok`, or the code of the first error. */
  readonly end: string;
}

interface Series {
  readonly family: string;
  readonly figures: readonly Figure[];
  readonly exponent: number | undefined;
  readonly note: string;
}

/** The longest that one size may take, in milliseconds, before larger ones are left out. */
const PATIENCE = 20_000;

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

function measure(family: string, n: number): Figure {
  const text = LONG[family]!.make(n);
  const start = process.cpuUsage();
  const end = outcome(text);
  const { user, system } = process.cpuUsage(start);
  return { n, milliseconds: (user + system) / 1000, end };
}

/** From the text to bytecode that the verifier took, without trust and read from its bytes. */
function outcome(text: string): string {
  const built = compileOne(text);
  renderAllText(built.diagnostics);
  const wrong = built.diagnostics.find(isError);
  if (wrong !== undefined) return wrong.code;
  const read = built.images.map((image) => decode(encode(sealed(image))));
  const judged = verifyAll(
    read.flatMap((one) => (isLeft(one) ? [] : [one.right])),
    'none',
  );
  return isLeft(judged) ? 'not verified' : 'ok';
}

function child(family: string, sizes: readonly number[]): void {
  measure(family, 10);
  for (const n of sizes) {
    let figure: Figure;
    try {
      figure = measure(family, n);
    } catch (error) {
      figure = {
        n,
        milliseconds: 0,
        end: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 60) : 'threw',
      };
    }
    process.send!(figure);
    if (figure.milliseconds > PATIENCE / 3) break;
  }
}

const run = (family: string, sizes: readonly number[]): Promise<Series> =>
  new Promise((resolve) => {
    const figures: Figure[] = [];
    let note = '';
    const worker = fork(process.argv[1]!, ['--child', family, '--sizes', sizes.join(',')], {
      execArgv: [...process.execArgv, '--max-old-space-size=3000'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const kill = (): void => {
      note = `more than ${PATIENCE / 1000} s`;
      worker.kill('SIGKILL');
    };
    let timer = setTimeout(kill, 2 * PATIENCE);
    worker.on('message', (figure: Figure) => {
      figures.push(figure);
      clearTimeout(timer);
      timer = setTimeout(kill, PATIENCE);
    });
    worker.on('exit', (code) => {
      clearTimeout(timer);
      if (note === '' && code !== 0) note = 'the process ended';
      resolve({ family, figures, exponent: exponentOf(figures), note: note || noteOf(family, figures) });
    });
  });

function exponentOf(figures: readonly Figure[]): number | undefined {
  const [a, b] = figures.slice(-2);
  if (a === undefined || b === undefined || a.milliseconds < 1 || b.milliseconds < 1) return undefined;
  return Math.log(b.milliseconds / a.milliseconds) / Math.log(b.n / a.n);
}

function noteOf(family: string, figures: readonly Figure[]): string {
  const wanted = LONG[family]!.error ?? 'ok';
  const other = figures.find((f) => f.end !== wanted);
  return other === undefined ? '' : `${other.n}: ${other.end}`;
}

async function parent(): Promise<void> {
  const sizes = (argument('--sizes') ?? '300,1000,3000,10000').split(',').map(Number);
  const only = argument('--only')?.split(',');
  const chosen = Object.keys(LONG).filter((f) => only === undefined || only.some((word) => f.includes(word)));
  const name = (text: string): string => text.padEnd(46);
  console.log(`| ${name('n =')} | ${sizes.map((n) => String(n).padStart(6)).join(' | ')} | grows by | |`);
  console.log(`|---|${'--:|'.repeat(sizes.length)}--:|---|`);
  const all: Series[] = [];
  for (const family of chosen) {
    const series = await run(family, sizes);
    all.push(series);
    const cells = sizes.map((n) => series.figures.find((f) => f.n === n)?.milliseconds.toFixed(0) ?? '');
    const exponent = series.exponent === undefined ? '' : `n^${series.exponent.toFixed(2)}`;
    console.log(`| ${name(family)} | ${cells.map((c) => c.padStart(6)).join(' | ')} | ${exponent} | ${series.note} |`);
  }
  const file = argument('--json');
  if (file !== undefined) writeFileSync(file, JSON.stringify(all, undefined, 1));
}

const family = argument('--child');
if (family === undefined) await parent();
else child(family, (argument('--sizes') ?? '').split(',').map(Number));
