/**
 * How long bodies are when the calls in them that hand over ends are written out: what a function does with the ends that it is
 * given is part of its caller's protocol, and a copy of its caller's code. Helpers that call helpers twice double with every one.
 * Invariant: counted before anything is written out, in a number of steps that the limits bound; what passes, the passes after
 * this one can write out. Calls that come back to a body around them are not followed: they go on there, or are refused (Q0314).
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { Code, Op } from './code.js';

/** Steps of one body. */
const MOST_STEPS = 100_000;
/** Steps of all bodies of a module together. */
const MOST_TOGETHER = 1_000_000;
/** Calls inside of calls, all of which stand inside of one another where the first one is. */
const MOST_NESTED = 200;

type Codes = ReadonlyMap<string, Code>;
type Call = Extract<Op, { op: 'call' }>;

/** What is too long of a module, or nests too deep, when it is written out. */
export function tooLong(own: Codes, codes: Codes): readonly Diagnostic[] {
  let together = 0;
  for (const code of own.values()) {
    const found = new Count(code, codes);
    if (found.nested !== undefined) return [tooDeep(code, found.nested)];
    together += found.steps;
    if (found.steps > MOST_STEPS) return [new Blame(codes).one(code)];
    if (together > MOST_TOGETHER) return [new Blame(codes).all(own)];
  }
  return [];
}

/** The bodies that stand around a place. */
interface Around {
  readonly code: Code;
  readonly call: Call;
  readonly outer: Around | undefined;
  readonly depth: number;
}

/** Whether a call is the last thing that a body does, however the body is left. */
function isLastCall(code: Code, call: Call): boolean {
  if (call.handler !== undefined || call.closing !== undefined) return false;
  for (let at = call.to, steps = 0; steps <= code.points.length; steps++) {
    const op = code.points[at]!;
    if (op.op === 'return' || op.op === 'close') return true;
    if (op.op !== 'jump' || op.to.length !== 1 || op.handler !== undefined) return false;
    at = op.to[0]!;
  }
  return false;
}

/** Steps of one body, and the calls around one that is nested too deep. */
class Count {
  steps = 0;
  nested: Around | undefined;

  constructor(
    root: Code,
    private readonly codes: Codes,
  ) {
    this.#copies(root);
    if (root.kind === 'session') this.#followers(root);
  }

  /** Each call is a copy; only where a session goes on as another by itself is there none. */
  #copies(root: Code): void {
    const work: { readonly code: Code; readonly around: Around | undefined }[] = [{ code: root, around: undefined }];
    for (let next; this.nested === undefined && this.steps <= MOST_STEPS && (next = work.pop());) {
      const { code, around } = next;
      this.steps += code.points.length;
      if (around !== undefined && around.depth > MOST_NESTED) this.nested = around;
      for (const call of callsOf(code)) {
        const callee = this.codes.get(call.code);
        if (callee === undefined || callee === code || isAround(callee, around)) continue;
        if (around === undefined && goesOn(code, call, callee)) continue;
        work.push({ code: callee, around: { code, call, outer: around, depth: (around?.depth ?? 0) + 1 } });
      }
    }
  }

  /** A session's protocol is also what it goes on as, in one copy. */
  #followers(root: Code): void {
    const reached = new Set([root]);
    for (const code of reached) {
      if (this.steps > MOST_STEPS) return;
      if (code !== root) this.#copies(code);
      for (const call of callsOf(code)) {
        const callee = this.codes.get(call.code);
        if (callee !== undefined && goesOn(code, call, callee)) reached.add(callee);
      }
    }
  }
}

const isAround = (code: Code, around: Around | undefined): boolean => {
  for (let at = around; at !== undefined; at = at.outer) if (at.code === code) return true;
  return false;
};

const goesOn = (code: Code, call: Call, callee: Code): boolean =>
  code.kind === 'session' && callee.kind === 'session' && isLastCall(code, call);

const known = new WeakMap<Code, readonly Call[]>();
function callsOf(code: Code): readonly Call[] {
  let found = known.get(code);
  if (found === undefined) known.set(code, (found = code.points.filter((op): op is Call => op.op === 'call')));
  return found;
}

function tooDeep(root: Code, innermost: Around): Diagnostic {
  return error(
    'Q0323',
    innermost.call.span,
    `calls that hand over ends stand more than ${MOST_NESTED} inside of one another`,
    {
      label: `\`${root.name}\` comes to this call through all of them`,
      labels: [{ span: root.span, text: 'begins here' }],
      hints: [
        'a function that takes ends stands in the place of its call; let one function do the steps of several, or a session go on as the next',
      ],
    },
  );
}

/** Says which body makes others long. */
class Blame {
  /** Steps of bodies, in one copy for each call; of a circle of calls, without the one that closes it. */
  readonly #steps = new Map<Code, number>();

  constructor(private readonly codes: Codes) {}

  one(code: Code): Diagnostic {
    const at = this.#doubling(code);
    return at === undefined ? this.#long(code) : this.#doubled(at.code, at.calls);
  }

  all(own: Codes): Diagnostic {
    const all = [...own.values()];
    const longest = all.reduce((a, b) => (this.#of(b) > this.#of(a) ? b : a));
    const at = this.#doubling(longest);
    if (at !== undefined) return this.#doubled(at.code, at.calls);
    return error(
      'Q0322',
      longest.span,
      `written out, the bodies of this module have more than ${said(MOST_TOGETHER)} steps`,
      {
        label: `${said(this.#of(longest))} of them are those of \`${longest.name}\`, with all that it goes on as`,
        hints: [ADVICE],
      },
    );
  }

  /** From a body down the longest calls, the first that makes several calls which are long. */
  #doubling(root: Code): { readonly code: Code; readonly calls: readonly Call[] } | undefined {
    const seen = new Set<Code>();
    for (let code: Code | undefined = root; code !== undefined && !seen.has(code);) {
      seen.add(code);
      const here: Code = code;
      const long = callsOf(here)
        .map((call) => ({ call, steps: this.#called(call) }))
        .sort((a, b) => b.steps - a.steps);
      const [first, second] = long;
      if (first === undefined) return undefined;
      if (second !== undefined && second.steps > first.steps / 4 && second.steps > here.points.length)
        return { code: here, calls: long.filter((l) => l.steps > first.steps / 4).map((l) => l.call) };
      code = this.codes.get(first.call.code);
    }
    return undefined;
  }

  #doubled(code: Code, calls: readonly Call[]): Diagnostic {
    const [first, second] = [...calls].sort((a, b) => a.span.start - b.span.start) as [Call, Call, ...Call[]];
    const same = calls.every((call) => call.code === first.code);
    return error('Q0322', second.span, `written out, \`${code.name}\` has ${many(this.#of(code))} steps`, {
      label: same ? `\`${second.name}\` again, with all that it does` : `${many(this.#called(second))} steps`,
      labels: [{ span: first.span, text: `\`${first.name}\` has ${many(this.#called(first))} steps` }],
      hints: [ADVICE],
    });
  }

  #long(code: Code): Diagnostic {
    return error('Q0322', code.span, `written out, \`${code.name}\` has ${many(this.#of(code))} steps`, {
      label: 'with all that it calls and hands its ends to',
      hints: [ADVICE],
    });
  }

  #called(call: Call): number {
    const code = this.codes.get(call.code);
    return code === undefined ? 0 : this.#of(code);
  }

  #of(root: Code): number {
    const known = this.#steps;
    const open = [root];
    const begun = new Set<Code>();
    while (open.length > 0) {
      const code = open.at(-1)!;
      if (known.has(code)) {
        open.pop();
        continue;
      }
      const callees = callsOf(code).flatMap((call) => this.codes.get(call.code) ?? []);
      const missing = begun.has(code) ? [] : callees.filter((c) => !known.has(c) && !begun.has(c));
      begun.add(code);
      if (missing.length > 0) {
        open.push(...new Set(missing));
        continue;
      }
      known.set(
        code,
        callees.reduce((sum, c) => Math.min(sum + (known.get(c) ?? 0), Number.MAX_SAFE_INTEGER), code.points.length),
      );
      open.pop();
    }
    return known.get(root)!;
  }
}

const ADVICE =
  'what a function does with the ends it is given is part of its caller, a copy for each call; a loop says it in one copy';

const said = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
const many = (n: number): string => (n > 1_000_000_000 ? 'more than 1,000,000,000' : said(n));
