/**
 * How long the compiler takes as programs grow: `npm run bench:compile [-- --sizes 1000,3000,10000 --only WORDS --json FILE --svg FILE]`.
 * Milliseconds of processor time from the text to verified bytecode for families of programs (tests/support/large-programs.ts),
 * and the exponent that the two largest sizes are apart by; `--svg` draws all of them, `--seconds` limits a family.
 * Invariant: each family runs in a process of its own, whose processor time is limited, so one that ends the process, or takes too
 * long, is one line of the table. Nothing is measured in wall time: the machine may be busy.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { isLeft } from 'fp-ts/lib/Either.js';
import { isError } from '../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../compiler/diagnostics/render-text.js';
import { decode } from '../runtime/bytecode/decode.js';
import { encode, sealed } from '../runtime/bytecode/encode.js';
import { verifyAll } from '../runtime/verify/verify.js';
import { compileOne } from '../tests/support/compile.js';
import { DOUBLING, LONG } from '../tests/support/large-programs.js';
import { growthSvg, type Series } from './growth-plot.js';

const FAMILIES = { ...LONG, ...DOUBLING };

type Figure = Series['figures'][number];

/** Seconds of processor time for all sizes of a family. */
const PATIENCE = 60;

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

function measure(family: string, n: number): Figure {
  const text = FAMILIES[family]!.make(n);
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

/** One line a size, so that what was measured before the process is ended stays. */
function child(family: string, sizes: readonly number[]): void {
  measure(family, 10);
  for (const n of sizes) {
    let figure: Figure;
    try {
      figure = measure(family, n);
    } catch (error) {
      const end = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 60) : 'threw';
      figure = { n, milliseconds: 0, end };
    }
    process.stdout.write(`${JSON.stringify(figure)}\n`);
  }
}

const run = (family: string, sizes: readonly number[], seconds: number): Promise<Series> =>
  new Promise((resolve) => {
    const own = [...process.execArgv, '--max-old-space-size=3000', process.argv[1]!];
    const args = [...own, '--child', family, '--sizes', sizes.join(',')];
    const worker = spawn('sh', ['-c', `ulimit -t ${seconds}; exec "$0" "$@"`, process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    worker.stdout.on('data', (more: Buffer) => (text += more.toString()));
    worker.on('close', (code, signal) => {
      const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
      const figures = lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Figure]));
      const late = code === 137 || code === 152 || signal === 'SIGKILL' || signal === 'SIGXCPU';
      const ended = late ? `more than ${seconds} s` : code === 0 ? '' : 'the process ended';
      const exponent = exponentOf(figures);
      resolve({ family, figures, note: ended || noteOf(family, figures), ...(exponent !== undefined && { exponent }) });
    });
  });

function exponentOf(figures: readonly Figure[]): number | undefined {
  const [a, b] = figures.slice(-2);
  if (a === undefined || b === undefined || a.milliseconds < 1 || b.milliseconds < 1) return undefined;
  return Math.log(b.milliseconds / a.milliseconds) / Math.log(b.n / a.n);
}

function noteOf(family: string, figures: readonly Figure[]): string {
  const wanted = FAMILIES[family]!.error ?? 'ok';
  const other = figures.find((f) => f.end !== wanted);
  return other === undefined ? '' : `${other.n}: ${other.end}`;
}

async function parent(): Promise<void> {
  const sizes = (argument('--sizes') ?? '300,1000,3000,10000').split(',').map(Number);
  const only = argument('--only')?.split(',');
  const chosen = Object.keys(FAMILIES).filter((f) => only === undefined || only.some((word) => f.includes(word)));
  const name = (text: string): string => text.padEnd(46);
  console.log(`| ${name('n =')} | ${sizes.map((n) => String(n).padStart(6)).join(' | ')} | grows by | |`);
  console.log(`|---|${'--:|'.repeat(sizes.length)}--:|---|`);
  const all: Series[] = [];
  for (const family of chosen) {
    const series = await run(family, sizes, Number(argument('--seconds') ?? PATIENCE));
    all.push(series);
    const cells = sizes.map((n) => series.figures.find((f) => f.n === n)?.milliseconds.toFixed(0) ?? '');
    const exponent = series.exponent === undefined ? '' : `n^${series.exponent.toFixed(2)}`;
    console.log(`| ${name(family)} | ${cells.map((c) => c.padStart(6)).join(' | ')} | ${exponent} | ${series.note} |`);
  }
  const file = argument('--json');
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(all)}\n`);
  const picture = argument('--svg');
  if (picture !== undefined) writeFileSync(picture, growthSvg(all));
}

const family = argument('--child');
const drawn = argument('--draw');
if (drawn !== undefined)
  writeFileSync(argument('--svg')!, growthSvg(JSON.parse(readFileSync(drawn, 'utf8')) as readonly Series[]));
else if (family === undefined) await parent();
else child(family, (argument('--sizes') ?? '').split(',').map(Number));
