/**
 * Random well-typed programs for comparing engines: ints near the ends of their range, small functions within functions,
 * recursion (mutual, in tail position, through `&&` and `||`), loops with and without calls, closures that write what they
 * captured, exceptions through all of it, data, lists, strings. What decisions and ends are about is left to
 * `random-programs.ts`. Invariant: every program ends; what it costs is bounded while it is written.
 */
import { generator } from '../../runtime/scheduler/strategy.js';
import {
  ExpressionWriter,
  type Made,
  type Scope,
  type Type,
  TYPES,
  type Variable,
  WRITTEN,
} from './random-expressions.js';

const TYPES_OF_ALL = `type Tree = Leaf | Node(Tree, int, Tree)
exception Oops(int)
exception Named(string, int)`;

/** Written into the programs that call them: half of what a program costs is reading it. */
const HELPERS: Readonly<Record<string, string>> = {
  total: `fun total(xs : list<int>) -> int
  case xs
  when [] then 0
  when [x, ..rest] then x + total(rest)
  end
end`,
  insert: `fun insert(t : Tree, x : int) -> Tree
  case t
  when Leaf then Node(Leaf, x, Leaf)
  when Node(l, y, r) if x < y then Node(insert(l, x), y, r)
  when Node(l, y, r) then Node(l, y, insert(r, x))
  end
end`,
  sum: `fun sum(t : Tree) -> int
  case t
  when Leaf then 0
  when Node(Leaf, x, Leaf) then x
  when Node(l, x, r) then sum(l) + x + sum(r)
  end
end`,
};
const KNOWN: readonly Made[] = [
  { name: 'total', params: ['ints'], result: 'int', cost: 40, counts: false },
  { name: 'sum', params: ['tree'], result: 'int', cost: 40, counts: false },
  { name: 'insert', params: ['tree', 'int'], result: 'tree', cost: 40, counts: false },
];

const indent = (lines: readonly string[]): string[] => lines.map((l) => `  ${l}`);

class Writer extends ExpressionWriter {
  readonly items: string[] = [];

  // ---- statements ----

  block(scope: Scope, depth: number, n: number): { lines: string[]; scope: Scope } {
    const lines: string[] = [];
    let here = scope;
    for (let k = 0; k < n; k++) {
      const s = this.statement(here, depth);
      lines.push(...s.lines);
      here = s.scope ?? here;
    }
    return { lines, scope: here };
  }

  statement(scope: Scope, depth: number): { lines: string[]; scope?: Scope } {
    const writable = scope.seen.filter((v) => v.writable);
    const kind = this.below(depth > 0 ? 10 : 4);
    if (kind < 2 || writable.length === 0) {
      const v: Variable = { name: this.name('v'), type: this.pick(TYPES), writable: this.chance(2) };
      const value = this.expression(v.type, scope, 1 + this.below(2));
      const line = `${v.writable ? 'var' : 'let'} ${v.name} : ${WRITTEN[v.type]} = ${value}`;
      return { lines: [line], scope: this.within(scope, v) };
    }
    const v = this.pick(writable);
    const assigned = `${v.name} = ${this.expression(v.type, scope, 2)}`;
    if (kind < 4) return { lines: [assigned] };
    const inner = (times = 1, more?: Variable): string[] => {
      const within = more === undefined ? { ...scope, times: scope.times * times } : this.within(scope, more, times);
      return indent(this.block(within, depth - 1, 1 + this.below(3)).lines);
    };
    switch (kind) {
      case 4:
        return {
          lines: [
            `if ${this.expression('bool', scope, 2)}`,
            ...inner(),
            ...(this.chance(2) ? ['else', ...inner()] : []),
            'end',
          ],
        };
      case 5: {
        const i = this.name('i');
        const rounds = 1 + this.below(12);
        this.cost += rounds * scope.times;
        const body = [`  ${i} = ${i} + 1`, ...inner(rounds, { name: i, type: 'int', writable: false })];
        return { lines: [`var ${i} = 0`, `while ${i} < ${rounds}`, ...body, `  ${assigned}`, 'end'] };
      }
      case 6: {
        const x: Variable = { name: this.name('x'), type: 'int', writable: false };
        const over = this.chance(2) ? `1..${1 + this.below(6)}` : this.expression('ints', scope, 1);
        this.cost += 6 * scope.times;
        return { lines: [`for ${x.name} in ${over}`, ...inner(7, x), 'end'] };
      }
      case 7: {
        const caught = this.pick(['Overflow', 'Oops(o)', 'Named(_, o)', 'e', 'DivideByZero']);
        const last = this.chance(3) ? ['finally', ...inner()] : [];
        const raised = this.chance(3) ? [`  ${this.raising(scope)}`] : [];
        return { lines: ['try', ...inner(), ...raised, `catch ${caught}`, ...inner(), ...last, 'end'] };
      }
      case 8: {
        const f = this.name('c');
        const x: Variable = { name: this.name('x'), type: 'int', writable: false };
        const body = [`  ${v.name} = ${this.expression(v.type, this.within(scope, x, 3), 2)}`, `  ${v.name}`];
        const uses = Array.from(
          { length: 1 + this.below(3) },
          () => `${v.name} = ${f}(${this.expression('int', scope, 1)})`,
        );
        return { lines: [`let ${f} = |${x.name} : int|`, ...body, 'end', ...uses] };
      }
      default:
        if (!this.chance(3)) return { lines: [assigned] };
        return { lines: [`if ${this.expression('bool', scope, 2)}`, `  ${this.raising(scope)}`, 'end'] };
    }
  }

  raising(scope: Scope): string {
    const n = this.expression('int', scope, 1);
    return this.chance(2) ? `raise Oops(${n})` : `raise Named(${this.expression('string', scope, 1)}, ${n})`;
  }

  // ---- functions ----

  define(name: string, params: readonly Variable[], result: Type, lines: readonly string[]): void {
    const written = params.map((p) => `${p.name} : ${WRITTEN[p.type]}`).join(', ');
    this.items.push([`fun ${name}(${written}) -> ${WRITTEN[result]}`, ...indent(lines), 'end'].join('\n'));
  }

  known(name: string, params: readonly Variable[], result: Type, rounds = 1): void {
    const cost = (this.cost + 4) * rounds;
    this.made.push({ name, params: params.map((p) => p.type), result, cost, counts: rounds > 1 });
  }

  function(): void {
    this.cost = 0;
    const result = this.pick(TYPES);
    const params = Array.from({ length: 1 + this.below(3) }, (): Variable => ({
      name: this.name('p'),
      type: this.pick(TYPES),
      writable: false,
    }));
    const kind = this.below(9);
    if (kind < 3) return this.small(params, result);
    if (kind < 6) return this.recursive(params, result);
    const name = this.name('f');
    const { lines, scope } = this.block({ seen: params, times: 1 }, 2, 2 + this.below(4));
    this.define(name, params, result, [...lines, this.expression(result, scope, 2)]);
    this.known(name, params, result);
  }

  /** One expression: to be run in place of calls. */
  small(params: readonly Variable[], result: Type): void {
    const name = this.name('s');
    this.define(name, params, result, [this.expression(result, { seen: params, times: 1 }, 1 + this.below(2))]);
    this.known(name, params, result);
  }

  recursive(more: readonly Variable[], result: Type): void {
    const n: Variable = { name: 'n', type: 'int', writable: false };
    const params = [n, ...more];
    const scope: Scope = { seen: params, times: 12 };
    const [name, other] = [this.name('r'), this.name('r')];
    const next = (f: string): string =>
      `${f}(n - 1, ${more.map((p) => (this.chance(2) ? p.name : this.expression(p.type, scope, 2))).join(', ')})`;
    const base = this.expression(result, scope, 1);
    if (result === 'bool' && this.chance(2)) {
      const [first, second] = this.pick([
        ['||', '&&'],
        ['||', '||'],
      ]) as [string, string];
      const test = this.expression('bool', scope, 2);
      this.define(name, params, result, [`n <= 0 ${first} ${test} ${second} ${next(name)}`]);
    } else if (this.chance(3)) {
      this.define(name, params, result, [`if n <= 0 then ${base} else ${next(other)} end`]);
      this.define(other, params, result, [
        `if n <= 0 then ${this.expression(result, scope, 1)} else ${next(name)} end`,
      ]);
    } else if (this.chance(3)) {
      const tried = [`try`, `  ${next(name)}`, `catch ${this.pick(['Overflow', 'Oops(_)', '_'])}`, `  ${base}`, 'end'];
      this.define(name, params, result, ['if n <= 0', `  ${this.raising(scope)}`, 'else', ...indent(tried), 'end']);
    } else if (result === 'int' && this.chance(2)) {
      this.define(name, params, result, [
        `if n <= 0 then ${base} else ${this.pick(['1 +', '2 *', '3 -'])} ${next(name)} end`,
      ]);
    } else {
      const { lines, scope: after } = this.block(scope, 1, 1 + this.below(2));
      const tail = `if n <= 0 then ${this.expression(result, after, 1)} else ${next(name)} end`;
      this.define(name, params, result, [...lines, tail]);
    }
    this.known(name, params, result, 13);
  }

  /** Calls functions in threads of their own, some of which fail at their last. */
  main(): void {
    const own = this.made.slice(KNOWN.length);
    const tasks = Array.from({ length: 1 + this.below(2) }, () => {
      const calls = Array.from({ length: 1 + this.below(3) }, () => this.#call(this.pick(own), { seen: [], times: 1 }));
      const last = this.#call(own.at(-1)!, { seen: [], times: 1 });
      const caught = calls.map((call) => `std::print(try "{${call}}" catch e then "caught {e}" end)`);
      const name = this.name('Task');
      this.items.push([`session ${name}()`, ...indent([...caught, `std::print(${last})`]), 'end'].join('\n'));
      return `spawn ${name}()`;
    });
    this.items.push(['fun main()', ...indent(tasks), 'end'].join('\n'));
  }
  #call(f: Made, scope: Scope): string {
    const args = f.params.map((p, i) => (i === 0 && f.counts ? String(this.below(12)) : this.expression(p, scope, 1)));
    return `${f.name}(${args.join(', ')})`;
  }
}

/** The program of a seed. */
export function randomSource(seed: number): string {
  const w = new Writer(generator(seed));
  w.made.push(...KNOWN);
  for (let n = 2 + w.below(3); n > 0; n--) w.function();
  w.main();
  const written = w.items.join('\n\n');
  const helpers = Object.keys(HELPERS).filter((name) => new RegExp(`\\b${name}\\(`).test(written));
  return [TYPES_OF_ALL, ...helpers.map((name) => HELPERS[name]), written].join('\n\n') + '\n';
}
