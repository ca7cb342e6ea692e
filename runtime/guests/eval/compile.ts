/**
 * Compiles the Eval dialect: one tree to one function without parameters. Locals live in stack slots that are known
 * here; a variable of an enclosing function is reached through an upvalue, and closed when it goes out of scope.
 * Invariant: along every path the stack's depth at a given instruction is the same, and it is `depth`.
 */
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { brief } from '../sexpr/brief.js';
import { errorAt, type SExpr, type SExprError } from '../sexpr/reader.js';
import { Op } from './code.js';
import { cons, TRUE, type FunctionObject, type Nonlocal, type Value } from './value.js';

interface Local {
  readonly name: string;
  readonly slot: number;
  isCaptured: boolean;
}

class Malformed extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** Operators with a fixed number of operands and one instruction. */
const PRIMITIVES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['atom?', [Op.isAtom, 1]],
  ['nil?', [Op.isNil, 1]],
  ['car', [Op.first, 1]],
  ['cdr', [Op.second, 1]],
  ['cons', [Op.cons, 2]],
  ['is?', [Op.is, 2]],
  ['set', [Op.bind, 2]],
]);

export function compile(text: string, tree: SExpr): Either<SExprError, FunctionObject> {
  const top = new FunctionCompiler(null, [], undefined);
  try {
    top.expression(tree);
    return right(top.finish());
  } catch (error) {
    if (error instanceof Malformed) return left(errorAt(text, error.at, error.message));
    throw error;
  }
}

/** What a quoted tree stands for; `nil` is nil wherever it is written. */
export function quoted(tree: SExpr): Value {
  switch (tree.kind) {
    case 'number':
      return String(tree.value);
    case 'string':
      return { kind: 'text', value: tree.value };
    case 'symbol':
      return tree.name === 'nil' ? null : tree.name;
    case 'list': {
      let list: Value = tree.tail === undefined ? null : quoted(tree.tail);
      for (let i = tree.items.length - 1; i >= 0; i--) list = cons(quoted(tree.items[i]!), list);
      return list;
    }
  }
}

class FunctionCompiler {
  private readonly code: number[] = [];
  private readonly constants: Value[] = [];
  private readonly symbols = new Map<string, number>();
  private readonly locals: Local[] = [];
  private readonly nonlocals: Nonlocal[] = [];
  private readonly upvalues = new Map<string, number>();
  /** Values on the stack above the frame's base. */
  private depth = 0;

  constructor(
    private readonly name: string | null,
    private readonly parameters: readonly string[],
    private readonly outer: FunctionCompiler | undefined,
  ) {
    for (const parameter of parameters) this.locals.push({ name: parameter, slot: this.depth++, isCaptured: false });
  }

  finish(): FunctionObject {
    if (this.locals.some((local) => local.isCaptured)) this.emit(Op.closeUpvalues, 0, 0);
    this.code.push(Op.return);
    const { name, parameters, code, constants, nonlocals } = this;
    return { kind: 'function', name, parameters, code, constants, nonlocals };
  }

  /** Emits code that pushes the tree's value. */
  expression(tree: SExpr): void {
    if (tree.kind === 'symbol') return this.variable(tree.name);
    if (tree.kind !== 'list') return this.constant(quoted(tree));
    if (tree.tail !== undefined) throw new Malformed(tree.at, 'a pair with a dot is no expression');
    const [head, ...rest] = tree.items;
    if (head === undefined) return this.constant(null);
    if (head.kind === 'symbol' && this.special(head.name, rest, tree.at)) return;
    this.expression(head);
    for (const operand of rest) this.expression(operand);
    this.emit(Op.call, rest.length, -rest.length);
  }

  private special(name: string, rest: readonly SExpr[], at: number): boolean {
    const primitive = PRIMITIVES.get(name);
    if (primitive !== undefined) {
      const [op, count] = primitive;
      expectCount(name, rest, count, at);
      for (const operand of rest) this.expression(operand);
      this.code.push(op);
      this.depth -= count - 1;
      return true;
    }
    switch (name) {
      case 'quote':
        expectCount(name, rest, 1, at);
        this.constant(quoted(rest[0]!));
        return true;
      case 'cond':
        this.cond(rest, at);
        return true;
      case 'let':
        this.let(rest, at);
        return true;
      case '\\':
        if (rest.length < 2) throw new Malformed(at, '\\ needs parameters and an expression');
        this.function(null, rest[0]!, rest.slice(1));
        return true;
      case 'def': {
        if (rest.length < 3) throw new Malformed(at, 'def needs a name, parameters and an expression');
        const defined = symbolOf('def', rest[0]!);
        this.function(defined, rest[1]!, rest.slice(2));
        this.emit(Op.defineGlobal, this.symbol(defined), 0);
        return true;
      }
      case 'set!': {
        expectCount(name, rest, 2, at);
        const target = symbolOf('set!', rest[0]!);
        this.expression(rest[1]!);
        this.access(target, Op.setLocal, Op.setUpvalue, Op.setGlobal, 0);
        return true;
      }
      default:
        return false;
    }
  }

  private variable(name: string): void {
    if (name === 'nil') this.constant(null);
    else if (name === TRUE) this.constant(TRUE);
    else this.access(name, Op.getLocal, Op.getUpvalue, Op.getGlobal, 1);
  }

  private access(name: string, local: number, upvalue: number, global: number, growth: number): void {
    const found = this.findLocal(name);
    if (found !== undefined) return this.emit(local, found.slot, growth);
    const index = this.findUpvalue(name);
    if (index !== undefined) return this.emit(upvalue, index, growth);
    this.emit(global, this.symbol(name), growth);
  }

  private cond(rest: readonly SExpr[], at: number): void {
    if (rest.length % 2 !== 0) throw new Malformed(at, 'cond needs pairs of a condition and an expression');
    const toEnd: number[] = [];
    for (let i = 0; i < rest.length; i += 2) {
      this.expression(rest[i]!);
      const toNext = this.jump(Op.jumpUnlessTrue);
      this.depth--;
      this.expression(rest[i + 1]!);
      toEnd.push(this.jump(Op.jump));
      this.depth--;
      this.code[toNext] = this.code.length;
    }
    this.constant(null);
    for (const jump of toEnd) this.code[jump] = this.code.length;
  }

  private let(rest: readonly SExpr[], at: number): void {
    if (rest.length < 2) throw new Malformed(at, 'let needs bindings and an expression');
    const list = listOf('let', rest[0]!);
    const outside = this.locals.length;
    const slot = this.depth;
    for (const binding of list) {
      const pair = listOf('let', binding);
      if (pair.length !== 2) throw new Malformed(binding.at, 'let needs (name expression) bindings');
      const name = symbolOf('let', pair[0]!);
      this.expression(pair[1]!);
      this.locals.push({ name, slot: this.depth - 1, isCaptured: false });
    }
    this.body(rest.slice(1));
    const gone = this.locals.splice(outside);
    if (gone.some((local) => local.isCaptured)) this.emit(Op.closeUpvalues, slot, 0);
    if (gone.length > 0) this.emit(Op.slide, slot, slot + 1 - this.depth);
  }

  private body(trees: readonly SExpr[]): void {
    trees.forEach((tree, i) => {
      if (i > 0) {
        this.code.push(Op.pop);
        this.depth--;
      }
      this.expression(tree);
    });
  }

  private function(name: string | null, parameters: SExpr, body: readonly SExpr[]): void {
    const names = listOf(name ?? '\\', parameters).map((tree) => symbolOf(name ?? '\\', tree));
    if (new Set(names).size < names.length) throw new Malformed(parameters.at, 'two parameters have the same name');
    const inner = new FunctionCompiler(name, names, this);
    inner.body(body);
    const made = inner.finish();
    const index = this.constants.push(made) - 1;
    this.emit(made.nonlocals.length > 0 ? Op.makeClosure : Op.constant, index, 1);
  }

  private findLocal(name: string): Local | undefined {
    return this.locals.findLast((local) => local.name === name);
  }

  /** An upvalue of this function for a variable of an enclosing one, made on first use. */
  private findUpvalue(name: string): number | undefined {
    const { outer } = this;
    if (outer === undefined) return undefined;
    const local = outer.findLocal(name);
    // A name may mean different variables at different times: a `let` around two functions of the same name.
    const index = local === undefined ? outer.findUpvalue(name) : local.slot;
    if (index === undefined) return undefined;
    if (local !== undefined) local.isCaptured = true;
    const key = `${local === undefined ? 'u' : 'l'}${index}`;
    let known = this.upvalues.get(key);
    if (known === undefined) {
      known = this.nonlocals.push({ isLocal: local !== undefined, index }) - 1;
      this.upvalues.set(key, known);
    }
    return known;
  }

  private constant(value: Value): void {
    if (typeof value === 'string') return this.emit(Op.constant, this.symbol(value), 1);
    this.emit(Op.constant, this.constants.push(value) - 1, 1);
  }

  private symbol(name: string): number {
    let index = this.symbols.get(name);
    if (index === undefined) {
      index = this.constants.push(name) - 1;
      this.symbols.set(name, index);
    }
    return index;
  }

  private emit(op: number, operand: number, growth: number): void {
    this.code.push(op, operand);
    this.depth += growth;
  }

  /** Emits a jump and answers where its target is to be written. */
  private jump(op: number): number {
    return this.code.push(op, 0) - 1;
  }
}

function expectCount(name: string, rest: readonly SExpr[], count: number, at: number): void {
  if (rest.length !== count) throw new Malformed(at, `${name} takes ${count} arguments, got ${rest.length}`);
}

function listOf(where: string, tree: SExpr): readonly SExpr[] {
  if (tree.kind === 'list' && tree.tail === undefined) return tree.items;
  if (tree.kind === 'symbol' && tree.name === 'nil') return [];
  throw new Malformed(tree.at, `${brief(where)} needs a list here`);
}

function symbolOf(where: string, tree: SExpr): string {
  if (tree.kind === 'symbol' && tree.name !== 'nil' && tree.name !== TRUE) return tree.name;
  throw new Malformed(tree.at, `${brief(where)} needs a symbol here`);
}
