/**
 * Random programs of functions as values: generic ones handed on, composed, applied to some of their arguments, kept in lists,
 * records, variants, maps and options, captured, returned, given to the library, recursion through closures, local functions,
 * variables that closures share, across two modules. Each comes with what it prints, which an evaluator of this file finds, that
 * knows nothing of the compiler: a term is its text and what it means.
 * Invariant: the same seed gives the same program; every program is well typed and ends soon.
 */
import { generator } from '../../runtime/scheduler/strategy.js';

// ---------------------------------------------------------------- types

type T =
  | { readonly k: 'int' | 'str' | 'bool' }
  | { readonly k: 'list' | 'opt' | 'map' | 'wrap'; readonly of: T }
  | { readonly k: 'pair'; readonly a: T; readonly b: T }
  | { readonly k: 'box'; readonly a: T; readonly b: T }
  | { readonly k: 'fun'; readonly ps: readonly T[]; readonly r: T }
  | { readonly k: 'var'; readonly n: string };

const INT: T = { k: 'int' };
const STR: T = { k: 'str' };
const BOOL: T = { k: 'bool' };
const [A, B, C] = ['a', 'b', 'c'].map((n): T => ({ k: 'var', n })) as [T, T, T];
const list = (of: T): T => ({ k: 'list', of });
const opt = (of: T): T => ({ k: 'opt', of });
const pairOf = (a: T, b: T): T => ({ k: 'pair', a, b });
const fun = (ps: readonly T[], r: T): T => ({ k: 'fun', ps, r });
const key = (t: T): string => JSON.stringify(t);

type Names = Map<string, T>;

function substituted(t: T, names: ReadonlyMap<string, T>): T {
  switch (t.k) {
    case 'var':
      return names.get(t.n) ?? t;
    case 'fun':
      return fun(t.ps.map((p) => substituted(p, names)), substituted(t.r, names)); // prettier-ignore
    case 'pair':
    case 'box':
      return { ...t, a: substituted(t.a, names), b: substituted(t.b, names) };
    case 'list':
    case 'opt':
    case 'map':
    case 'wrap':
      return { k: t.k, of: substituted(t.of, names) };
    default:
      return t;
  }
}

/** Does a pattern with variables become the type? Notes what they stand for. */
function matches(p: T, t: T, names: Names): boolean {
  if (p.k === 'var') {
    const known = names.get(p.n);
    if (known !== undefined) return key(known) === key(t);
    names.set(p.n, t);
    return true;
  }
  if (p.k !== t.k) return false;
  if (p.k === 'fun' && t.k === 'fun')
    return p.ps.length === t.ps.length && p.ps.every((x, i) => matches(x, t.ps[i]!, names)) && matches(p.r, t.r, names);
  if ('a' in p && 'a' in t) return matches(p.a, t.a, names) && matches(p.b, t.b, names);
  return 'of' in p && 'of' in t ? matches(p.of, t.of, names) : true;
}

// ---------------------------------------------------------------- values

type V =
  | number
  | string
  | boolean
  | readonly V[]
  | { readonly tag: string; readonly args: readonly V[] }
  | { readonly arity: number; readonly run: (args: readonly V[]) => V };
type Closure = Extract<V, { arity: number }>;

/** What a program costs at most; a longer one is not tried. */
const MOST_STEPS = 20_000;
export class TooLong extends Error {}
let steps = 0;

function apply(f: V, args: readonly V[]): V {
  if (++steps > MOST_STEPS) throw new TooLong();
  const { arity, run } = f as Closure;
  if (args.length < arity) return { arity: arity - args.length, run: (more) => run([...args, ...more]) };
  return run(args);
}
const closure = (arity: number, run: (args: readonly V[]) => V): V => ({ arity, run });
const data = (tag: string, ...args: readonly V[]): V => ({ tag, args });
const argsOf = (v: V): readonly V[] => (v as Extract<V, { tag: string }>).args;
const listV = (v: V): readonly V[] => v as readonly V[];

/** As `std::print` writes it. */
function shown(v: V, inside = false): string {
  if (typeof v === 'string') return inside ? JSON.stringify(v) : v;
  if (typeof v === 'object' && 'tag' in v) {
    const args = v.args.map((x) => shown(x, true)).join(', ');
    if (v.tag === '') return `(${args})`;
    return args === '' ? v.tag : `${v.tag}(${args})`;
  }
  if (Array.isArray(v)) return `[${(v as readonly V[]).map((x) => shown(x, true)).join(', ')}]`;
  return String(v);
}

/** An item ends where a line begins at its left. */
const indented = (text: string): string => text.replaceAll('\n', '\n  ');

/** Variables and their cells. */
interface Env {
  readonly name: string;
  readonly cell: { v: V };
  readonly up: Env | undefined;
}
const bound = (up: Env | undefined, name: string, v: V): Env => ({ name, cell: { v }, up });
function cellOf(env: Env | undefined, name: string): { v: V } {
  for (let e = env; e !== undefined; e = e.up) if (e.name === name) return e.cell;
  throw new Error(`${name} is not bound`);
}

/** A term: its text and what it means. */
interface Term {
  readonly text: string;
  readonly run: (env: Env | undefined) => V;
}

// ---------------------------------------------------------------- functions that all programs know

interface Known {
  readonly name: string;
  readonly type: Extract<T, { k: 'fun' }>;
  readonly value: V;
}
const known = (name: string, ps: readonly T[], r: T, run: (...args: V[]) => V): Known => ({
  name,
  type: { k: 'fun', ps, r },
  value: closure(ps.length, (args) => run(...args)),
});

/** Of the module `hof`, whose functions the program calls or has copies of. */
const OWN: readonly Known[] = [
  known('id', [A], A, (x) => x),
  known('always', [A, B], A, (x) => x),
  known('keep', [A], fun([B], A), (x) => closure(1, () => x)),
  known('compose', [fun([A], B), fun([B], C)], fun([A], C), (f, g) =>
    closure(1, ([x]) => apply(g!, [apply(f!, [x!])])),
  ),
  known('flip', [fun([A, B], C)], fun([B, A], C), (f) => closure(2, ([x, y]) => apply(f!, [y!, x!]))),
  known('curry', [fun([A, B], C)], fun([A], fun([B], C)), (f) =>
    closure(1, ([x]) => closure(1, ([y]) => apply(f!, [x!, y!]))),
  ),
  known('uncurry', [fun([A], fun([B], C))], fun([A, B], C), (f) =>
    closure(2, ([x, y]) => apply(apply(f!, [x!]), [y!])),
  ),
  known('twice', [fun([A], A)], fun([A], A), (f) => closure(1, ([x]) => apply(f!, [apply(f!, [x!])]))),
  known('pair', [A, B], pairOf(A, B), (a, b) => data('', a!, b!)),
  known('first', [pairOf(A, B)], A, (p) => argsOf(p!)[0]!),
  known('second', [pairOf(A, B)], B, (p) => argsOf(p!)[1]!),
  known('call', [fun([A], B), A], B, (f, x) => apply(f!, [x!])),
  known('fold', [fun([B, A], B), B, list(A)], B, (f, z, xs) => listV(xs!).reduce<V>((r, x) => apply(f!, [r, x]), z!)),
  known('either', [opt(A), A], A, (o, x) => argsOf(o!)[0] ?? x!),
  known('onto', [opt(A), fun([A], B)], opt(B), (o, f) =>
    argsOf(o!).length === 0 ? data('None') : data('Some', apply(f!, [argsOf(o!)[0]!])),
  ),
  known('rounds', [INT, fun([A], A)], fun([A], A), (n, f) =>
    closure(1, ([x]) => {
      let r = x!;
      for (let i = 0; i < (n as number); i++) r = apply(f!, [r]);
      return r;
    }),
  ),
  known('unwrap', [{ k: 'wrap', of: A }, A], A, (w, x) => apply(argsOf(w!)[0]!, [x!])),
];
const OWN_TEXT = `type Box<a, b> = { run : (a) -> b, tag : string }
type Wrap<a> = Wrapped((a) -> a)

fun id(x)
  x
end
fun always(x, y)
  x
end
fun keep(x)
  |y| x
end
fun compose(f, g)
  |x| g(f(x))
end
fun flip(f)
  |x, y| f(y, x)
end
fun curry(f)
  |x| |y| f(x, y)
end
fun uncurry(f)
  |x, y| f(x)(y)
end
fun twice(f)
  compose(f, f)
end
fun pair(a, b)
  (a, b)
end
fun first(p)
  let (a, _) = p
  a
end
fun second(p)
  let (_, b) = p
  b
end
fun call(f, x)
  f(x)
end
fun fold(f, z, xs)
  case xs
  when [] then z
  when [x, ..rest] then fold(f, f(z, x), rest)
  end
end
fun either(o, x)
  case o
  when Some(y) then y
  when None then x
  end
end
fun onto(o, f)
  case o
  when Some(y) then Some(f(y))
  when None then None
  end
end
fun rounds(n, f)
  if n <= 0 then id else compose(f, rounds(n - 1, f)) end
end
fun unwrap(w, x)
  case w
  when Wrapped(f) then f(x)
  end
end
`;
const LIBRARY: readonly Known[] = [
  known('list::reverse', [list(A)], list(A), (xs) => [...listV(xs!)].reverse()),
  known('list::length', [list(A)], INT, (xs) => listV(xs!).length),
  known('list::map', [list(A), fun([A], B)], list(B), (xs, f) => listV(xs!).map((x) => apply(f!, [x]))),
  known('list::filter', [list(A), fun([A], BOOL)], list(A), (xs, f) =>
    listV(xs!).filter((x) => apply(f!, [x]) === true),
  ),
];
const CONSTRUCTORS: readonly Known[] = [known('Some', [A], opt(A), (x) => data('Some', x!))];

/** Closures that are good for every type. */
const FOR_ALL: readonly Known[] = [
  known('|x| x', [A], A, (x) => x),
  known('|x| (x, x)', [A], pairOf(A, A), (x) => data('', x!, x!)),
  known('|x| [x]', [A], list(A), (x) => [x!]),
  known('|x, y| [y, y]', [A, B], list(B), (_, y) => [y!, y!]),
  known('|x| |y| x', [A], fun([B], A), (x) => closure(1, () => x)),
  known('|f| |x| Some(f(x))', [fun([A], B)], fun([A], opt(B)), (f) =>
    closure(1, ([x]) => data('Some', apply(f!, [x!]))),
  ),
];

// ---------------------------------------------------------------- programs

interface Variable {
  readonly name: string;
  readonly type: T;
  /** Bound by `let` or an item: it may be given fewer arguments than it takes, and its fields be read. */
  readonly let: boolean;
  readonly shared?: boolean;
}
type Scope = readonly Variable[];

export interface HigherOrder {
  readonly text: string;
  readonly others: Readonly<Record<string, string>>;
  readonly expected: readonly string[];
}

export function randomHigherOrder(seed: number): HigherOrder {
  for (let at = seed * 1000; ; at++) {
    const made = new Writer(generator(at)).program();
    if (made !== undefined) return made;
  }
}

class Writer {
  #names = 0;
  #size = 0;
  /** Before the names of the functions of the module `hof`. */
  readonly #prefix: string;

  constructor(readonly random: () => number) {
    this.#prefix = this.chance(2) ? 'hof::' : '';
  }

  pick(n: number): number {
    return Math.floor(this.random() * n);
  }
  one<X>(of: readonly X[]): X {
    return of[this.pick(of.length)]!;
  }
  chance(n: number): boolean {
    return this.pick(n) === 0;
  }
  name(base: string): string {
    return `${base}${++this.#names}`;
  }

  /** Undefined if it would take too long. */
  program(): HigherOrder | undefined {
    const items: string[] = [];
    let env: Env | undefined;
    let scope: Scope = [];
    for (let n = this.pick(3); n > 0; n--) {
      // Functions of the program: of one type, which inference finds, or of any where parts of it do not matter.
      const ps = Array.from({ length: 1 + this.pick(2) }, (): Variable => this.variable(this.type(2), false));
      const result = this.type(2);
      const body = this.term(result, [...scope, ...ps], 3);
      const name = this.name('f');
      items.push(`fun ${name}(${ps.map((p) => p.name).join(', ')})\n  ${indented(body.text)}\nend`);
      const outer = env;
      const value = closure(ps.length, (args) =>
        body.run(ps.reduce<Env | undefined>((e, p, i) => bound(e, p.name, args[i]!), outer)),
      );
      scope = [...scope, { name, type: fun(ps.map((p) => p.type), result), let: true }]; // prettier-ignore
      env = bound(env, name, value);
    }
    if (this.chance(2)) {
      const type = this.functionType(2);
      const constant = this.name('k');
      const term = this.lambda(type, scope, 2);
      items.push(`let ${constant} = ${indented(term.text)}`);
      env = bound(env, constant, term.run(env));
      scope = [...scope, { name: constant, type, let: true }];
    }
    const { lines, run } = this.block(scope, 3 + this.pick(4), (inner) => {
      const prints = Array.from({ length: 2 + this.pick(2) }, () => this.term(this.printed(2), inner, 4));
      return {
        lines: prints.map((t) => `std::print(${t.text})`),
        run: (e) => prints.map((t) => shown(t.run(e))),
      };
    });
    const main = `fun main()\n  ${indented(lines.join('\n'))}\nend\n`;
    const own = this.#prefix === '';
    const text = `require list\n${own ? OWN_TEXT : 'require hof\n'}\n${[...items, main].join('\n\n')}`;
    try {
      steps = 0;
      const expected = run(env) as readonly string[];
      return { text, others: own ? {} : { hof: OWN_TEXT }, expected: expected.flatMap((line) => line.split('\n')) };
    } catch (e) {
      if (e instanceof TooLong) return undefined;
      throw e;
    }
  }

  /** Statements, and what comes after them. */
  private block<R>(
    scope: Scope,
    n: number,
    last: (scope: Scope) => { lines: readonly string[]; run: (env: Env | undefined) => R },
  ): { lines: readonly string[]; run: (env: Env | undefined) => R } {
    if (n === 0) return last(scope);
    const { line, adds, run } = this.statement(scope);
    const rest = this.block([...scope, ...adds], n - 1, last);
    return { lines: [...line, ...rest.lines], run: (env) => rest.run(run(env)) };
  }

  private statement(scope: Scope): {
    line: string[];
    adds: Variable[];
    run: (env: Env | undefined) => Env | undefined;
  } {
    const name = this.name('v');
    switch (this.pick(6)) {
      case 0: {
        // A variable that closures share.
        const type = this.chance(2) ? INT : this.functionType(1);
        const value = this.term(type, scope, 2);
        const later = this.term(type, [...scope, { name, type, let: false }], 2);
        const setter = this.name('set');
        const variable: Variable = { name, type, let: false, shared: true };
        return {
          line: [`var ${name} = ${value.text}`, `let ${setter} = ||`, `  ${name} = ${later.text}`, `  0`, `end`],
          adds: [variable, { name: setter, type: fun([], INT), let: true }],
          run: (env) => {
            const inner = bound(env, name, value.run(env));
            const set = closure(0, () => {
              const v = later.run(inner);
              cellOf(inner, name).v = v;
              return 0;
            });
            return bound(inner, setter, set);
          },
        };
      }
      case 1: {
        // A local function that calls itself.
        const type = this.type(1);
        const step = this.term(fun([type], type), scope, 2);
        const end: T = fun([INT, type], type);
        return {
          line: [`fun ${name}(n, r)`, `  if n <= 0 then r else ${name}(n - 1, (${step.text})(r)) end`, `end`],
          adds: [{ name, type: end, let: true }],
          run: (env) =>
            bound(
              env,
              name,
              closure(2, ([n, r]) => {
                let result = r!;
                if ((n as number) > 60) throw new TooLong();
                for (let i = n as number; i > 0; i--) result = apply(step.run(env), [result]);
                return result;
              }),
            ),
        };
      }
      case 2: {
        // A function for every type, used at several: of the module or one written here.
        const k = this.one([...OWN, ...FOR_ALL]);
        const used = [this.type(1), this.type(1), this.type(2)].map((t): Variable => {
          const names: Names = new Map(
            [A, B, C].map((v) => [(v as { n: string }).n, this.chance(2) ? t : this.type(1)]),
          );
          return { name, type: substituted(k.type, names), let: true };
        });
        const text = FOR_ALL.includes(k) ? k.name : `${this.#prefix}${k.name}`;
        return { line: [`let ${name} = ${text}`], adds: used, run: (env) => bound(env, name, k.value) };
      }
      default: {
        const type = this.chance(3) ? this.type(3) : this.functionType(2);
        const value = this.term(type, scope, 3);
        return {
          line: [`let ${name} = ${value.text}`],
          adds: [{ name, type, let: true }],
          run: (env) => bound(env, name, value.run(env)),
        };
      }
    }
  }

  // ---------------------------------------------------------------- types

  private type(depth: number): T {
    if (depth <= 0) return this.one([INT, INT, STR, BOOL]);
    const inner = (): T => this.type(depth - 1);
    switch (this.pick(9)) {
      case 0:
        return list(inner());
      case 1:
        return opt(inner());
      case 2:
        return pairOf(inner(), inner());
      case 3:
        return { k: 'box', a: inner(), b: inner() };
      case 4:
        return { k: 'wrap', of: inner() };
      case 5:
        return { k: 'map', of: inner() };
      case 6:
        return this.one([INT, STR, BOOL]);
      default:
        return this.functionType(depth);
    }
  }
  private functionType(depth: number): T {
    const params = Array.from({ length: this.chance(3) ? 2 : 1 }, () => this.type(depth - 1));
    return fun(params, this.type(depth - 1));
  }
  /** A type whose values can be written out. */
  private printed(depth: number): T {
    if (depth <= 0) return this.one([INT, INT, STR, BOOL]);
    const inner = (): T => this.printed(depth - 1);
    return this.one([() => list(inner()), () => opt(inner()), () => pairOf(inner(), inner()), () => INT, () => STR])();
  }
  private variable(type: T, isLet: boolean): Variable {
    return { name: this.name('x'), type, let: isLet };
  }

  // ---------------------------------------------------------------- terms

  private term(type: T, scope: Scope, depth: number): Term {
    this.#size++;
    const here = scope.filter((v) => key(v.type) === key(type));
    if (here.length > 0 && (depth <= 0 || this.#size > 300 || this.chance(3))) return this.read(this.one(here));
    if (depth <= 0 || this.#size > 300) return this.plain(type, scope, depth);
    const options: (() => Term | undefined)[] = [
      () => this.plain(type, scope, depth),
      () => this.plain(type, scope, depth),
      () => this.ofKnown(type, scope, depth),
      () => this.ofKnown(type, scope, depth),
      () => this.ofVariable(type, scope, depth),
      () => this.ofVariable(type, scope, depth),
      () => this.choice(type, scope, depth),
      () => this.taken(type, scope, depth),
    ];
    return this.one(options)() ?? this.plain(type, scope, depth);
  }

  private read(v: Variable): Term {
    return { text: v.name, run: (env) => cellOf(env, v.name).v };
  }

  /** What builds a value of the type. */
  private plain(type: T, scope: Scope, depth: number): Term {
    const inner = (t: T): Term => this.term(t, scope, depth - 1);
    switch (type.k) {
      case 'int': {
        if (depth > 0 && this.chance(2)) {
          const [x, y] = [inner(INT), inner(INT)];
          const op = this.one(['+', '-', '*']);
          const run = (a: number, b: number): number => (op === '+' ? a + b : op === '-' ? a - b : a * b) % 1000;
          // Minus zero is no int.
          return {
            text: `((${x.text} ${op} ${y.text}) % 1000)`,
            run: (e) => run(x.run(e) as number, y.run(e) as number) + 0,
          };
        }
        const n = this.pick(10);
        return { text: String(n), run: () => n };
      }
      case 'str': {
        if (depth > 0 && this.chance(3)) {
          const [x, y] = [inner(STR), inner(STR)];
          return {
            text: `("" ++ ${x.text} ++ ${y.text})`,
            run: (e) => {
              const s = `${x.run(e) as string}${y.run(e) as string}`;
              if ((steps += s.length >> 6) > MOST_STEPS) throw new TooLong();
              return s;
            },
          };
        }
        const s = this.one(['a', 'b', 'xy', '']);
        return { text: `"${s}"`, run: () => s };
      }
      case 'bool': {
        if (depth > 0 && this.chance(2)) {
          const [x, y] = [inner(INT), inner(INT)];
          return { text: `(${x.text} < ${y.text})`, run: (e) => (x.run(e) as number) < (y.run(e) as number) };
        }
        const b = this.chance(2);
        return { text: String(b), run: () => b };
      }
      case 'list': {
        const items = Array.from({ length: this.pick(3) }, () => inner(type.of));
        return { text: `[${items.map((t) => t.text).join(', ')}]`, run: (e) => items.map((t) => t.run(e)) };
      }
      case 'opt': {
        if (this.chance(3)) return { text: 'None', run: () => data('None') };
        const x = inner(type.of);
        return { text: `Some(${x.text})`, run: (e) => data('Some', x.run(e)) };
      }
      case 'pair': {
        const [a, b] = [inner(type.a), inner(type.b)];
        return { text: `(${a.text}, ${b.text})`, run: (e) => data('', a.run(e), b.run(e)) };
      }
      case 'box': {
        const [run, tag] = [inner(fun([type.a], type.b)), inner(STR)];
        const [x, y] = [`run: ${run.text}`, `tag: ${tag.text}`];
        const turned = this.chance(2);
        return {
          text: `${this.#prefix}Box{${turned ? `${y}, ${x}` : `${x}, ${y}`}}`,
          run: (e) => {
            if (!turned) return data('Box', run.run(e), tag.run(e));
            const t = tag.run(e);
            return data('Box', run.run(e), t);
          },
        };
      }
      case 'wrap': {
        const f = inner(fun([type.of], type.of));
        return { text: `${this.#prefix}Wrapped(${f.text})`, run: (e) => data('Wrapped', f.run(e)) };
      }
      case 'map': {
        const [x, y] = [inner(type.of), inner(type.of)];
        return { text: `#{"p": ${x.text}, "q": ${y.text}}`, run: (e) => data('map', x.run(e), y.run(e)) };
      }
      case 'fun':
        return this.lambda(type, scope, depth);
      case 'var':
        throw new Error('a type is open');
    }
  }

  private lambda(type: T, scope: Scope, depth: number): Term {
    if (type.k !== 'fun') throw new Error('no function type');
    const params = type.ps.map((t) => this.variable(t, false));
    const inner = [...scope, ...params];
    const head = `|${params.map((p) => p.name).join(', ')}|`;
    const into = (env: Env | undefined, args: readonly V[]): Env | undefined =>
      params.reduce<Env | undefined>((e, p, i) => bound(e, p.name, args[i]!), env);
    if (depth > 1 && this.chance(4)) {
      const { lines, run } = this.block(inner, 1, (s) => {
        const t = this.term(type.r, s, depth - 2);
        return { lines: [t.text], run: (e) => t.run(e) };
      });
      return {
        text: `(${head}\n${lines.join('\n')}\nend)`,
        run: (env) => closure(params.length, (args) => run(into(env, args))),
      };
    }
    const body = this.term(type.r, inner, depth - 1);
    return {
      text: `(${head} ${body.text})`,
      run: (env) => closure(params.length, (args) => body.run(into(env, args))),
    };
  }

  /** A function that all know, as it is or given some or all of its arguments. */
  private ofKnown(type: T, scope: Scope, depth: number): Term | undefined {
    const found = [...OWN, ...OWN, ...LIBRARY, ...CONSTRUCTORS].flatMap((k) => {
      const ways: { k: Known; given: number; names: Names }[] = [];
      for (let given = 0; given <= k.type.ps.length; given++) {
        const names: Names = new Map();
        const left = given === k.type.ps.length ? k.type.r : fun(k.type.ps.slice(given), k.type.r);
        if (matches(left, type, names)) ways.push({ k, given, names });
      }
      return ways;
    });
    if (found.length === 0) return undefined;
    const { k, given, names } = this.one(found);
    for (const t of [A, B, C]) if (t.k === 'var' && !names.has(t.n)) names.set(t.n, this.type(Math.min(1, depth - 1)));
    const args = k.type.ps.slice(0, given).map((p) => this.term(substituted(p, names), scope, depth - 1));
    const name = OWN.includes(k) ? `${this.#prefix}${k.name}` : k.name;
    if (given === 0) return { text: name, run: () => k.value };
    return {
      text: `${name}(${args.map((t) => t.text).join(', ')})`,
      run: (e) => apply(k.value, args.map((t) => t.run(e))), // prettier-ignore
    };
  }

  /** What a function in scope gives. */
  private ofVariable(type: T, scope: Scope, depth: number): Term | undefined {
    const found = scope.flatMap((v) => {
      if (v.type.k !== 'fun') return [];
      const all = v.type.ps.length;
      const ways: { v: Variable; given: number }[] = [];
      for (let given = v.let ? 1 : all; given <= all; given++) {
        const left = given === all ? v.type.r : fun(v.type.ps.slice(given), v.type.r);
        if (key(left) === key(type)) ways.push({ v, given });
      }
      return ways;
    });
    if (found.length === 0) return undefined;
    const { v, given } = this.one(found);
    const ps = (v.type as Extract<T, { k: 'fun' }>).ps.slice(0, given);
    const args = ps.map((p) => this.term(p, scope, depth - 1));
    return {
      text: `${v.name}(${args.map((t) => t.text).join(', ')})`,
      run: (e) => {
        const f = cellOf(e, v.name).v;
        return apply(f, args.map((t) => t.run(e))); // prettier-ignore
      },
    };
  }

  private choice(type: T, scope: Scope, depth: number): Term {
    const [c, x, y] = [
      this.term(BOOL, scope, depth - 1),
      this.term(type, scope, depth - 1),
      this.term(type, scope, depth - 1),
    ];
    return {
      text: `(if ${c.text} then ${x.text} else ${y.text} end)`,
      run: (e) => (c.run(e) === true ? x.run(e) : y.run(e)),
    };
  }

  /** Taken out of something that holds it. */
  private taken(type: T, scope: Scope, depth: number): Term | undefined {
    const inner = (t: T, more: Scope = []): Term => this.term(t, [...scope, ...more], depth - 1);
    switch (this.pick(5)) {
      case 0: {
        const m = inner({ k: 'map', of: type });
        const second = this.chance(2);
        return { text: `(${m.text})["${second ? 'q' : 'p'}"]`, run: (e) => argsOf(m.run(e))[second ? 1 : 0]! };
      }
      case 1: {
        const from = this.type(1);
        const x = this.variable(from, false);
        const [o, some, none] = [inner(opt(from)), inner(type, [x]), inner(type)];
        return {
          text: `(case ${o.text}\nwhen Some(${x.name}) then ${some.text}\nwhen None then ${none.text}\nend)`,
          run: (e) => {
            const args = argsOf(o.run(e));
            return args.length === 0 ? none.run(e) : some.run(bound(e, x.name, args[0]!));
          },
        };
      }
      case 2: {
        const item = this.type(1);
        const [x, rest] = [this.variable(item, false), this.variable(list(item), false)];
        const [xs, some, none] = [inner(list(item)), inner(type, [x, rest]), inner(type)];
        return {
          text: `(case ${xs.text}\nwhen [${x.name}, ..${rest.name}] then ${some.text}\nwhen [] then ${none.text}\nend)`,
          run: (e) => {
            const [head, ...tail] = listV(xs.run(e));
            return head === undefined ? none.run(e) : some.run(bound(bound(e, x.name, head), rest.name, tail));
          },
        };
      }
      case 3: {
        // A function out of a list, for what there is in another.
        const item = this.type(1);
        const [f, x] = [this.variable(fun([item], type), false), this.variable(item, false)];
        const [fs, xs, none] = [inner(list(f.type)), inner(list(item)), inner(type)];
        return {
          text: `(case (${fs.text}, ${xs.text})\nwhen ([${f.name}, ..${f.name}s], [${x.name}, ..${x.name}s]) then ${f.name}(${x.name})\nelse ${none.text}\nend)`,
          run: (e) => {
            const [one] = listV(fs.run(e));
            const [arg] = listV(xs.run(e));
            return one === undefined || arg === undefined ? none.run(e) : apply(one, [arg]);
          },
        };
      }
      default: {
        const boxes = scope.filter((v) => v.let && v.type.k === 'box' && key(v.type.b) === key(type));
        if (boxes.length === 0) return undefined;
        const b = this.one(boxes);
        const x = inner((b.type as Extract<T, { k: 'box' }>).a);
        return {
          text: `${b.name}.run(${x.text})`,
          run: (e) => {
            const [f] = argsOf(cellOf(e, b.name).v);
            return apply(f!, [x.run(e)]);
          },
        };
      }
    }
  }
}
