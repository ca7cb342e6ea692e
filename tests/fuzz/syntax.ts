/**
 * Random token sequences and mutated programs through the whole front end and code generation:
 * `npx tsx tests/fuzz/syntax.ts [count] [seed] [file]`. Whatever comes in, what comes out is a program or diagnostics that can
 * be shown, soon; an exception is a bug of the compiler.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../../compiler/diagnostics/render-text.js';
import { parse } from '../../compiler/parse/parse.js';
import { compileParsed } from '../../compiler/pipeline.js';
import { SourceFile } from '../../compiler/source/source.js';
import type { ModuleInterface } from '../../compiler/types/module/interface.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import { compileText, root } from '../support/compile.js';

export interface Tally {
  /** How many were turned away by the parser, by the passes after it, and by none. */
  unreadable: number;
  rejected: number;
  accepted: number;
  /** Longest time of one program in milliseconds. */
  slowest: number;
}

export interface Crash {
  readonly number: number;
  readonly text: string;
  readonly error: unknown;
}

const TOKEN =
  /#[^\n{][^\n]*|"(?:\\.|[^"\\\n])*"|[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?|\n[ ]*|[ \t]+|\|>|->|~>|[=!<>]=|&&|\|\||\.\.|\+\+|::|[^\s]/gu;
const tokensOf = (text: string): string[] => text.match(TOKEN) ?? [];

/** Programs to start from, the short ones: most of their tokens are near something that matters. */
function programs(): string[] {
  const of = (folder: string): string[] =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.qz'))
      .sort()
      .map((f) => readFileSync(path.join(root, folder, f), 'utf8'));
  return [...of('examples'), ...of('tests/spec'), ...of('tests/errors')].filter((t) => t.length < 2500);
}

const WORDS = (
  'session fun let var and if elif else end case when while for in try catch finally raise on from or after any loop close fail ' +
  'drop spawn connect self put take with serve pool watch type exception protocol role extern async module require as test ' +
  'return break continue not true false rec exists int float string bool list map option service ' +
  'x y p q s t f xs A B Ok Err Some None Start Stop Tree Point std::print std::wait 0 1 2.5 "a" "b{x}c" b"\\x00" """r""" ' +
  "( ) [ ] { } #{ , ; : :: . .. = == != < <= > >= + - * / % ++ && || | |> -> ~> ! ? _ @ \\ ' é 💥"
).split(' ');

const KEYWORDS = new Set(WORDS.slice(0, 50));
const classOf = (token: string): string =>
  KEYWORDS.has(token)
    ? token
    : /^[A-Z]/.test(token)
      ? 'upper'
      : /^[a-z_]/.test(token)
        ? 'lower'
        : /^[0-9"]/.test(token)
          ? 'literal'
          : /^[-+*/%<>=!&|]/.test(token)
            ? 'operator'
            : token;

type Pick = (n: number) => number;

function randomTokens(pick: Pick): string {
  let text = pick(2) === 0 ? 'fun main()\n' : '';
  for (let n = 5 + pick(60); n > 0; n--) {
    text += WORDS[pick(WORDS.length)]! + ['', ' ', ' ', ' ', '\n', '\n  '][pick(6)]!;
  }
  return text;
}

/** A few edits of tokens: left out, doubled, exchanged, replaced, or a run of another program put in. */
function mutated(text: string, other: string, pick: Pick): string {
  const tokens = tokensOf(text);
  const foreign = tokensOf(other);
  for (let n = 1 + pick(pick(2) === 0 ? 1 : 4); n > 0 && tokens.length > 1; n--) {
    const at = pick(tokens.length);
    switch (pick(14)) {
      case 0:
        tokens.splice(at, 1 + pick(3));
        break;
      case 1:
        tokens.splice(at, 0, tokens[pick(tokens.length)]!);
        break;
      case 2: {
        const to = pick(tokens.length);
        [tokens[at], tokens[to]] = [tokens[to]!, tokens[at]!];
        break;
      }
      case 3:
        tokens[at] = WORDS[pick(WORDS.length)]!;
        break;
      case 4:
      case 8:
      case 9:
      case 10:
      case 11: {
        // A token of the same class, so that the program stays readable but means something else.
        const alike = tokens.filter((t) => classOf(t) === classOf(tokens[at]!));
        tokens[at] = alike[pick(alike.length)]!;
        break;
      }
      case 5: {
        const from = pick(foreign.length);
        tokens.splice(at, pick(4), ...foreign.slice(from, from + 1 + pick(12)));
        break;
      }
      case 6: {
        // Whole lines change places, so that most of the program stays well-formed.
        const lines = tokens.join('').split('\n');
        const line = pick(lines.length);
        lines.splice(pick(lines.length), 0, ...lines.splice(line, 1 + pick(2)));
        tokens.splice(0, tokens.length, ...tokensOf(lines.join('\n')));
        break;
      }
      case 12:
        tokens.length = at + 1;
        if (pick(2) === 0) tokens.push('\nend\n');
        break;
      default:
        tokens.splice(at, 0, WORDS[pick(WORDS.length)]!);
    }
  }
  return tokens.join('');
}

/** Interfaces of the library, by name. */
function libraryInterfaces(): ReadonlyMap<string, ModuleInterface> {
  const names = readdirSync(path.join(root, 'stdlib'), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.qz'))
    .map((f) => f.slice(0, -3).split(path.sep).join('::'));
  const built = compileText(names.map((n) => `require ${n}\n`).join(''), { stage: 'protocol' });
  return new Map(built.modules.flatMap((m) => (m.interface === undefined ? [] : [[m.name, m.interface] as const])));
}

type Verdict = 'unreadable' | 'rejected' | 'accepted';

/** Throws whatever the compiler throws. */
export function front(text: string, env: ReadonlyMap<string, ModuleInterface>): Verdict {
  const file = new SourceFile('fuzzed.qz', text);
  const { module, diagnostics } = parse(file);
  const known = module.items.every((i) => i.kind !== 'require' || env.has(i.path.parts.map((p) => p.text).join('::')));
  const found = known
    ? compileParsed({ name: 'fuzzed', file, module, diagnostics }, env, 'asm').diagnostics
    : diagnostics;
  renderAllText(found);
  for (const d of found) {
    if (
      d.span !== undefined &&
      !(d.span.start >= 0 && d.span.start <= d.span.end && d.span.end <= d.span.file.text.length)
    )
      throw new Error(`${d.code} is about ${d.span.start} to ${d.span.end}, outside the file`);
  }
  if (diagnostics.some(isError)) return 'unreadable';
  return found.some(isError) ? 'rejected' : 'accepted';
}

/** Tries `count` programs, telling of each before it is tried; those on which the compiler failed, or took longer than `limit` milliseconds, are crashes. */
export function fuzz(
  count: number,
  seed: number,
  limit = 5000,
  onProgram?: (number: number, text: string) => void,
): { readonly tally: Tally; readonly crashes: readonly Crash[] } {
  const next = generator(seed);
  const pick: Pick = (n) => Math.floor(next() * n);
  const env = libraryInterfaces();
  const seeds = programs();
  const tally: Tally = { unreadable: 0, rejected: 0, accepted: 0, slowest: 0 };
  const crashes: Crash[] = [];
  for (let number = 0; number < count; number++) {
    const text =
      pick(4) === 0 ? randomTokens(pick) : mutated(seeds[pick(seeds.length)]!, seeds[pick(seeds.length)]!, pick);
    const start = performance.now();
    onProgram?.(number, text);
    try {
      tally[front(text, env)]++;
      const took = performance.now() - start;
      tally.slowest = Math.max(tally.slowest, took);
      if (took > limit) throw new Error(`it took ${took.toFixed(0)} ms`);
    } catch (error) {
      crashes.push({ number, text, error });
    }
  }
  return { tally, crashes };
}

if (process.argv[1] === import.meta.filename) {
  const [count = '100000', seed = '1', trying] = process.argv.slice(2);
  const start = performance.now();
  // The program being tried is kept in a file, for one that never comes to an end.
  const { tally, crashes } = fuzz(Number(count), Number(seed), 5000, (_, text) => {
    if (trying !== undefined) writeFileSync(trying, text);
  });
  for (const { number, text, error } of crashes) {
    console.log(
      `--- program ${number} of seed ${seed}\n${text}\n--- ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ count: Number(count), seed: Number(seed), ...tally, crashes: crashes.length, seconds }));
  if (crashes.length > 0) process.exitCode = 1;
}
