/**
 * Mutated guest programs: assembler texts, object files, S-expressions in both dialects, raw VMActor streams. Whatever
 * comes in, what comes out is a result or one line of error, soon, and never an exception.
 * As a script: `npx tsx tests/fuzz/guests.ts [count] [seed]` prints what failed and exits with 1 if anything did.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { EvalSession, runEval } from '../../runtime/guests/eval/session.js';
import { assemble } from '../../runtime/guests/grumpy/assemble.js';
import { disassemble } from '../../runtime/guests/grumpy/disassemble.js';
import { decodeObject, encodeObject, type Image } from '../../runtime/guests/grumpy/image.js';
import { runGrumpy } from '../../runtime/guests/grumpy/run.js';
import { VMActor } from '../../runtime/guests/vmactor/actor.js';
import { INSTRUCTIONS } from '../../runtime/guests/vmactor/instructions.js';
import { runSExpressions } from '../../runtime/guests/vmactor/session.js';
import type { Item } from '../../runtime/guests/vmactor/value.js';
import { picker } from '../../runtime/scheduler/strategy.js';

type Random = ReturnType<typeof picker>;

const FOLDER = new URL('../guests/grumpy/', import.meta.url);

const GRUMPY = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.s'))
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

const ACTOR = [
  '(define x 10) (+ x 5) (set! x 20) (* x 2)',
  '(defun fib (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (print (fib 7))',
  '(define i 0) (while (< i 5) (set! i (+ i 1)) (print "i \\"x\\" ")) i',
  '(let ((f (lambda (x y) (and (> x y) (not nil))))) (f 1 -2.5))',
  '(send-to self (+ 1 ,(* 2 3))) (begin 1 (if true (define y 2)) (or false y))',
  '(define s "ab") (while true (set! s (+ s s)))',
];

const EVAL = [
  "(def map (f l) (cond (nil? l) nil true (cons (f (car l)) (map f (cdr l))))) (map (\\ (x) (is? x 'y)) '(x y z))",
  "(def make (v) (let ((get (\\ () v)) (put (\\ (x) (set! v x)))) (cons get put))) (set 'p (make 'a)) ((cdr p) 'b)",
  '(let ((x \'(a . b)) (y "text")) (cons (atom? x) (cons y (cdr x))))',
  '(def f (a b) (f b)) (f nil nil) ((f nil) nil)',
];

const PIECES =
  '( ) (( )) \' , . " \\ ; nil true \n \t \0 push pop halt binary+ Lx: Lx 99999999999 -1 0 set! define if lambda (f let ((x 1)) \ud800 \u2028'.split(
    ' ',
  );

function mutateText(text: string, corpus: readonly string[], random: Random): string {
  let made = text;
  for (let n = 1 + random(1 + random(4)); n > 0; n--) {
    const at = random(made.length + 1);
    const length = random(12);
    switch (random(7)) {
      case 0:
        made = made.slice(0, at) + made.slice(at + length);
        break;
      case 1:
        made = made.slice(0, at) + PIECES[random(PIECES.length)]! + made.slice(at);
        break;
      case 2:
        made = made.slice(0, at) + String.fromCharCode(random(256)) + made.slice(at + 1);
        break;
      case 3:
        made = made.slice(0, at) + made.slice(at, at + length).repeat(1 + random(20)) + made.slice(at + length);
        break;
      case 4: {
        const other = corpus[random(corpus.length)]!;
        made = made.slice(0, at) + other.slice(random(other.length));
        break;
      }
      case 5:
        made = made.slice(0, at) + PIECES[random(3)]!.repeat(random(1500)) + made.slice(at);
        break;
      default: {
        const lines = made.split(/(?<=\n| )/);
        const [a, b] = [random(lines.length), random(lines.length)];
        [lines[a], lines[b]] = [lines[b]!, lines[a]!];
        made = lines.join('');
      }
    }
  }
  return made;
}

function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let made = Uint8Array.from(bytes);
  for (let n = 1 + random(1 + random(6)); n > 0; n--) {
    const at = random(Math.max(made.length, 1));
    if (random(4) > 0) made[at] = random(3) === 0 ? random(24) : random(256);
    else if (random(2) === 0) made = made.slice(0, at);
    else made = Uint8Array.from([...made.slice(0, at), random(24), ...made.slice(at)]);
  }
  return made;
}

function checkLine(message: string): void {
  if (message === '' || /[\n\r]/.test(message) || message.length > 500) throw new Error(`not one line: ${message}`);
}

function checkImage(image: Image): void {
  const bytes = encodeObject(image);
  const again = decodeObject(bytes);
  if (isLeft(again) || Buffer.compare(encodeObject(again.right), bytes) !== 0) throw new Error('no round trip');
  const text = disassemble(image);
  if (isLeft(text)) checkLine(text.left.message);
  else {
    const back = assemble(text.right);
    if (isLeft(back) || Buffer.compare(encodeObject(back.right), bytes) !== 0) throw new Error('asm(dis) differs');
  }
  const outcome = runGrumpy(image, { heap: 128, quantum: 50, threads: 20, instructions: 3000 });
  checkLine(isLeft(outcome) ? outcome.left : outcome.right.result);
}

const TARGETS: Readonly<Record<string, (random: Random) => { readonly input: unknown; readonly check: () => void }>> = {
  assembler: (random) => {
    const input = mutateText(GRUMPY[random(GRUMPY.length)]!, GRUMPY, random);
    const check = (): void => {
      const image = assemble(input);
      if (isLeft(image)) checkLine(image.left.message);
      else checkImage(image.right);
    };
    return { input, check };
  },
  object: (random) => {
    const seed = assemble(GRUMPY[random(GRUMPY.length)]!);
    const input = isLeft(seed) ? new Uint8Array(0) : mutateBytes(encodeObject(seed.right), random);
    const check = (): void => {
      const image = decodeObject(input);
      if (isLeft(image)) checkLine(image.left.message);
      else checkImage(image.right);
    };
    return { input, check };
  },
  actor: (random) => {
    const input = mutateText(ACTOR[random(ACTOR.length)]!, ACTOR, random);
    const options = { fuel: 2000, stackLimit: 1000, callLimit: 200, print: () => undefined };
    const check = (): void => {
      const result = runSExpressions(input, options);
      if (isLeft(result)) checkLine(result.left);
    };
    return { input, check };
  },
  stream: (random) => {
    const names = [...INSTRUCTIONS.keys()];
    const items: Item[] = [1, 0, -1, 2.5, 'x', true, null, ['a', 'b'], { kind: 'hole', index: 0 }];
    const template = { kind: 'template', name: 'f', parameters: ['x'], code: ['OP_GET_VARIABLE', 'x'] } as const;
    items.push(template, { kind: 'message', target: 'self', code: ['OP_NIL'], holes: 1 });
    const input = Array.from({ length: random(40) }, () =>
      random(2) === 0 ? names[random(names.length)]! : items[random(items.length)]!,
    );
    const check = (): void => {
      const actor = new VMActor({ stackLimit: 1000, callLimit: 200, retain: 50, print: () => undefined });
      actor.receiveListOfBytecode(input);
      for (let i = 0; i < 20; i++) {
        const end = actor.run(100);
        if (end === 'failed') checkLine(actor.failure().message);
        if (i === 10) checkLine(actor.fork().run(10));
      }
    };
    return { input, check };
  },
  eval: (random) => {
    const input = mutateText(EVAL[random(EVAL.length)]!, EVAL, random);
    const check = (): void => {
      const { failure } = runEval(input, { fuel: 2000, frames: 500 });
      if (failure !== undefined) [failure.message, ...failure.trace].forEach(checkLine);
      new EvalSession({ fuel: 2000, frames: 500 }).line(`:d ${input}`);
    };
    return { input, check };
  },
};

export interface FuzzReport {
  readonly cases: number;
  /** Which target, which input, what went wrong. */
  readonly failures: readonly string[];
  /** The longest a single case took, milliseconds. */
  readonly slowest: number;
}

/** Runs `count` cases, the targets in turn. */
export function fuzzGuests(count: number, seed: number): FuzzReport {
  const random = picker(seed);
  const targets = Object.entries(TARGETS);
  const failures: string[] = [];
  let slowest = 0;
  for (let i = 0; i < count; i++) {
    const [name, prepare] = targets[i % targets.length]!;
    const { input, check } = prepare(random);
    const start = performance.now();
    try {
      check();
    } catch (error) {
      failures.push(`${name} ${i}: ${String(error)}\n  input ${JSON.stringify(input).slice(0, 300)}`);
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  return { cases: count, failures, slowest };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number);
  const { failures, slowest } = fuzzGuests(count, seed);
  for (const failure of failures.slice(0, 20)) console.log(failure);
  console.log(`${count} cases, seed ${seed}: ${failures.length} failures, slowest ${slowest.toFixed(0)} ms`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
