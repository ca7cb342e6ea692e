/**
 * Random expressions of a given type over what can be seen at a place: the parts of `random-sources.ts`.
 * Invariant: every expression has the type asked for; calls are only made while what they cost stays below a bound.
 */

export type Type = 'int' | 'bool' | 'string' | 'ints' | 'tree';
export const TYPES: readonly Type[] = ['int', 'int', 'int', 'bool', 'string', 'ints', 'tree'];
export const WRITTEN: Readonly<Record<Type, string>> = {
  int: 'int',
  bool: 'bool',
  string: 'string',
  ints: 'list<int>',
  tree: 'Tree',
};

export interface Made {
  readonly name: string;
  readonly params: readonly Type[];
  readonly result: Type;
  /** More reductions than a call takes. */
  readonly cost: number;
  /** The first parameter says how often it goes on: what is given must be small. */
  readonly counts: boolean;
}

export interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly writable: boolean;
}

/** What can be seen at a place, and how often the place is come to. */
export interface Scope {
  readonly seen: readonly Variable[];
  readonly times: number;
}

const MOST = 4000;
const INTS = ['0', '1', '1', '2', '2', '3', '4', '7', '-1', '-3', '12', '100'];
/** Where sums leave 32 bits, products the range of ints. */
const WIDE = ['2147483647', '-2147483648', '94906267', '9007199254740991', '-9007199254740991', '4503599627370496'];
const OPERATORS = ['+', '+', '+', '-', '-', '-', '*', '*', '/', '%'];

export class ExpressionWriter {
  /** Functions that may be called. */
  readonly made: Made[] = [];
  #names = 0;
  /** Reductions of what is being written, at most. */
  cost = 0;

  constructor(readonly random: () => number) {}

  below(n: number): number {
    return Math.floor(this.random() * n);
  }
  chance(n: number): boolean {
    return this.below(n) === 0;
  }
  pick<T>(xs: readonly T[]): T {
    return xs[this.below(xs.length)]!;
  }
  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  // ---- expressions ----

  expression(type: Type, scope: Scope, depth: number): string {
    const known = scope.seen.filter((v) => v.type === type);
    if (depth <= 0) return known.length > 0 && !this.chance(4) ? this.pick(known).name : this.literal(type);
    const kind = this.below(10);
    if (kind === 0 && known.length > 0) return this.pick(known).name;
    if (kind === 1) return this.choice(type, scope, depth);
    if (kind === 2) return this.attempt(type, scope, depth);
    if (kind === 3 || kind === 4) return this.call(type, scope, depth) ?? this.own(type, scope, depth);
    if (kind === 5 && this.chance(2)) return this.matched(type, scope, depth);
    if (kind === 6 && this.chance(2)) return this.assigning(type, scope, depth) ?? this.own(type, scope, depth);
    return this.own(type, scope, depth);
  }

  literal(type: Type): string {
    switch (type) {
      case 'int':
        return `(${this.pick(this.chance(10) ? WIDE : INTS)})`;
      case 'bool':
        return this.pick(['true', 'false']);
      case 'string':
        return this.pick(['""', '"a"', '"na\\u{EF}ve"', '"longer than it was"']);
      case 'ints':
        return this.pick(['[]', '[1]', '[3, 1, 2]', '[n for n in 1..5]']);
      case 'tree':
        return this.pick(['Leaf', 'Node(Leaf, 4, Leaf)']);
    }
  }

  /** What only this type has. */
  own(type: Type, scope: Scope, depth: number): string {
    const of = (t: Type, less = 1): string => this.expression(t, scope, depth - less);
    switch (type) {
      case 'int':
        if (this.chance(12)) return `(${of('ints')})[${this.pick(['0', '1', of('int', 2)])}]`;
        if (this.chance(14)) return `(|x : int| x ${this.pick(['+', '-', '*'])} ${of('int')})(${of('int')})`;
        if (this.chance(14)) return `(-(${of('int')}))`;
        return `(${of('int')} ${this.pick(OPERATORS)} ${of('int')})`;
      case 'bool':
        if (this.chance(8)) return `(${of('string')} ${this.pick(['==', '!=', '<'])} ${of('string')})`;
        if (this.chance(8)) return `(${of('ints')} ${this.pick(['==', '!=', '<='])} ${of('ints')})`;
        if (this.chance(6)) return `(not ${of('bool')})`;
        if (this.chance(2)) return `(${of('bool')} ${this.pick(['&&', '||'])} ${of('bool')})`;
        return `(${of('int')} ${this.pick(['<', '<=', '>', '>=', '==', '!='])} ${of('int')})`;
      case 'string':
        return this.chance(2)
          ? `"<{${of(this.pick(['int', 'bool', 'ints']))}}>"`
          : `(${of('string')} ++ ${this.literal('string')})`;
      case 'ints': {
        if (this.chance(3)) return `[${of('int')}, ${of('int')}]`;
        if (this.chance(3)) return `[${of('int')}, ..${of('ints')}]`;
        if (this.chance(3)) return `(${of('ints')} ++ ${this.literal('ints')})`;
        const x = this.name('x');
        const inside = this.within(scope, { name: x, type: 'int', writable: false }, 8);
        const filter = this.chance(2) ? ` if ${this.expression('bool', inside, depth - 2)}` : '';
        return `[${this.expression('int', inside, depth - 2)} for ${x} in ${of('ints', 2)}${filter}]`;
      }
      case 'tree':
        // What recursion makes bigger grows by as much in every round, and not by a factor.
        return `Node(${of('tree')}, ${of('int')}, ${this.literal('tree')})`;
    }
  }

  within(scope: Scope, v: Variable, times = 1): Scope {
    return { seen: [...scope.seen, v], times: scope.times * times };
  }

  choice(type: Type, scope: Scope, depth: number): string {
    const [a, b] = [this.expression(type, scope, depth - 1), this.expression(type, scope, depth - 1)];
    return `(if ${this.expression('bool', scope, depth - 1)} then ${a} else ${b} end)`;
  }

  /** Changes a variable that what stands around it may have read before, and may read again. */
  assigning(type: Type, scope: Scope, depth: number): string | undefined {
    const writable = scope.seen.filter((v) => v.writable && v.type === type);
    if (writable.length === 0) return undefined;
    const { name } = this.pick(writable);
    const lines = [`(if ${this.expression('bool', scope, depth - 2)}`];
    lines.push(`${name} = ${this.expression(type, scope, depth - 1)}`, this.expression(type, scope, depth - 2), 'else');
    return [...lines, this.expression(type, scope, depth - 1), 'end)'].join('\n');
  }

  attempt(type: Type, scope: Scope, depth: number): string {
    const tried = this.chance(4) ? `raise Oops(${this.expression('int', scope, depth - 2)})` : undefined;
    const body = tried ?? this.expression(type, scope, depth - 1);
    const pattern = this.pick(['Overflow', 'DivideByZero', 'OutOfRange', 'Oops(o)', 'e', '_']);
    const inside = pattern === 'Oops(o)' ? this.within(scope, { name: 'o', type: 'int', writable: false }) : scope;
    return `(try ${body} catch ${pattern} then ${this.expression(type, inside, depth - 1)} end)`;
  }

  matched(type: Type, scope: Scope, depth: number): string {
    const of = (s: Scope): string => this.expression(type, s, depth - 1);
    const x = this.name('x');
    const inner = this.within(scope, { name: x, type: 'int', writable: false });
    if (this.chance(2)) {
      const rest = this.within(inner, { name: `${x}s`, type: 'ints', writable: false });
      const guarded = `[${x}, _] if ${this.expression('bool', inner, depth - 2)}`;
      const whens = [
        `when [] then ${of(scope)}`,
        `when ${guarded} then ${of(inner)}`,
        `when [${x}, ..${x}s] then ${of(rest)}`,
      ];
      return `(case ${this.expression('ints', scope, depth - 1)} ${whens.join(' ')} end)`;
    }
    const part = this.within(inner, { name: `${x}t`, type: 'tree', writable: false });
    const whens = [
      `when Leaf then ${of(scope)}`,
      `when Node(Leaf, ${x}, Leaf) then ${of(inner)}`,
      `when Node(_, ${x}, ${x}t) then ${of(part)}`,
    ];
    return `(case ${this.expression('tree', scope, depth - 1)} ${whens.join(' ')} end)`;
  }

  call(type: Type, scope: Scope, depth: number): string | undefined {
    const fit = this.made.filter((f) => f.result === type && this.cost + f.cost * scope.times < MOST);
    if (fit.length === 0) return undefined;
    const f = this.pick(fit);
    this.cost += f.cost * scope.times;
    const args = f.params.map((p, i) =>
      i === 0 && f.counts ? String(this.below(12)) : this.expression(p, scope, depth - 2),
    );
    if (f.params.length > 1 && this.chance(6)) return `${f.name}(${args[0]!})(${args.slice(1).join(', ')})`;
    return `${f.name}(${args.join(', ')})`;
  }
}
