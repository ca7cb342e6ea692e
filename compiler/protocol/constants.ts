/**
 * Constants. They are computed when their module is loaded, before any thread of the program runs, and every thread reads
 * the same value: so computing one deals with no thread, no link and no wait (Q0340), and its value shares no variable
 * (Q0341). What a constant holds is code like any other; here it is about what computing it runs.
 * Invariant: conservative. Where functions are called that are not named, each that this code takes or makes, or
 * that a constant read by it may hold, may be the one.
 */
import type { ConstItem } from '../ast/ast.js';
import { error, type Diagnostic } from '../diagnostics/diagnostic.js';
import { globalKey } from '../resolve/resolution.js';
import type { Span } from '../source/source.js';
import type { ModuleEnv } from '../types/module/interface.js';
import { isPlain } from '../types/module/plain.js';
import type { Typing } from '../types/module/typing.js';
import { OUTSIDE, SUSPENDS, constantKey, type Code, type Op } from './code/code.js';

export function judgeConstants(typing: Typing, env: ModuleEnv, codes: ReadonlyMap<string, Code>): Diagnostic[] {
  const module = typing.resolution.name;
  const declared = {
    declaration: (id: Parameters<typeof globalKey>[0]) =>
      typing.declared.get(globalKey(id)) ?? env.get(id.module)?.types.get(id.name),
  };
  return typing.constants.flatMap((item) => {
    const run = runFor(constantKey({ module, name: item.name.text }), codes);
    const effect = run.flatMap((code) => deedOf(code) ?? [])[0];
    if (effect !== undefined) return [effectError(item, effect)];
    if (isPlain(declared, typing.consts.get(item.name.text)?.type)) return [];
    const shared = run.find((code) => code.shares !== undefined)?.shares;
    return shared === undefined ? [] : [sharedError(item, shared)];
  });
}

/** All code that computing a constant may run, its own first. */
function runFor(key: string, codes: ReadonlyMap<string, Code>): readonly Code[] {
  const run = reached([key], codes, []);
  // What is called without a name may be any function that is at hand there.
  while (run.some(callsUnnamed)) {
    const before = run.length;
    const holders = reached(
      run.map((c) => c.key),
      codes,
      [...run],
      (code) => code.reads ?? [],
    );
    const held = holders.flatMap((code) => [...code.values, ...(code.inner ?? [])]);
    reached(held, codes, run);
    if (run.length === before) break;
  }
  return run;
}

const callsUnnamed = (code: Code): boolean => code.points.some((op) => op.op === 'run' && op.codes.includes('?'));

/** Adds the code of these keys, and of all that it calls by name (or that `also` names), to what was found. */
function reached(
  keys: readonly string[],
  codes: ReadonlyMap<string, Code>,
  found: Code[],
  also: (code: Code) => readonly string[] = () => [],
): Code[] {
  const seen = new Set(found.map((c) => c.key));
  const work = [...keys, ...found.flatMap(also)];
  for (const key of work) {
    const code = codes.get(key);
    if (code === undefined || seen.has(key)) continue;
    seen.add(key);
    found.push(code);
    work.push(...also(code));
    for (const op of code.points) {
      if (op.op === 'call') work.push(op.code);
      if (op.op === 'run') work.push(...op.codes);
    }
  }
  return found;
}

interface Effect {
  readonly what: string;
  readonly span: Span;
}

/** What a body does that no constant may do, if it does. */
function deedOf(code: Code): Effect | undefined {
  for (const op of code.points) {
    const what = effectOf(op);
    if (what !== undefined) return { what, span: op.span };
  }
  return undefined;
}

function effectOf(op: Op): string | undefined {
  switch (op.op) {
    case 'wait':
      return 'waits for a message';
    case 'spawn':
      return 'starts a thread';
    case 'connect':
      return 'connects to a service';
    case 'send':
    case 'cast':
      return 'sends a message';
    case 'pool':
      return 'makes a pool';
    case 'run': {
      const host = op.codes.find((c) => c.startsWith(OUTSIDE) || c.startsWith(SUSPENDS));
      if (host === undefined) return undefined;
      return host.startsWith(OUTSIDE) ? `waits for ${host.slice(1)}` : `waits for \`${host.slice(1)}\``;
    }
    default:
      return undefined;
  }
}

function effectError(item: ConstItem, { what, span }: Effect): Diagnostic {
  const name = item.name.text;
  const within = span.file === item.span.file && span.start >= item.value.span.start && span.end <= item.value.span.end;
  return error('Q0340', within ? span : item.value.span, `computing the constant \`${name}\` ${what}`, {
    ...(!within && { labels: [{ span, text: 'here' }] }),
    hints: [
      'constants are computed when the module is loaded, before there are threads',
      `a function \`fun ${name}()\` does it when it is called`,
    ],
  });
}

function sharedError(item: ConstItem, shared: Span): Diagnostic {
  const name = item.name.text;
  return error('Q0341', item.name.span, `the constant \`${name}\` may hold a variable, which all threads would share`, {
    labels: [{ span: shared, text: 'this function changes a variable from around it, or sees it change' }],
    hints: [`a function \`fun ${name}()\` that makes it gives each thread its own`],
  });
}
