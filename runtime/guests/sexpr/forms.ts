/**
 * From trees to core forms: what an S-expression of the VMActor language means, before any instruction is chosen.
 * Emitters (VMActor's open streams, or any other machine's code) start from here and judge nothing.
 * Invariant: every form is well-shaped (counts of operands, names where names belong), and a call says whether its head
 * is a name to be looked up when it runs (`call`) or a value (`apply`).
 */
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { brief } from './brief.js';
import { errorAt, type SExpr, type SExprError } from './reader.js';

export type Form =
  | { readonly kind: 'constant'; readonly value: number | string | boolean | null; readonly at: number }
  | { readonly kind: 'variable'; readonly name: string; readonly at: number }
  | { readonly kind: 'define' | 'assign'; readonly name: string; readonly value: Form; readonly at: number }
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      readonly left: Form;
      readonly right: Form;
      readonly at: number;
    }
  | { readonly kind: 'not' | 'print' | 'unquote'; readonly value: Form; readonly at: number }
  | { readonly kind: 'if'; readonly test: Form; readonly then: Form; readonly otherwise?: Form; readonly at: number }
  | { readonly kind: 'while'; readonly test: Form; readonly body: readonly Form[]; readonly at: number }
  | { readonly kind: 'let'; readonly bindings: readonly Binding[]; readonly body: readonly Form[]; readonly at: number }
  | { readonly kind: 'begin'; readonly body: readonly Form[]; readonly at: number }
  /** A `name` makes it a definition. */
  | {
      readonly kind: 'lambda';
      readonly name?: string;
      readonly parameters: readonly string[];
      readonly body: readonly Form[];
      readonly at: number;
    }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Form[]; readonly at: number }
  | { readonly kind: 'apply'; readonly callee: Form; readonly operands: readonly Form[]; readonly at: number }
  /** `body` is code for the receiver; `unquote` in it stands for values of the sender. */
  | { readonly kind: 'send'; readonly target: string; readonly body: readonly Form[]; readonly at: number };

export interface Binding {
  readonly name: string;
  readonly value: Form;
}

export const OPERATORS = ['+', '-', '*', '/', '%', '**', '>', '<', '>=', '<=', '=', '!=', 'and', 'or'] as const;
export type Operator = (typeof OPERATORS)[number];

const isOperator = (name: string): name is Operator => (OPERATORS as readonly string[]).includes(name);

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['nil', null],
]);

/** Names bound around an expression, linked from the inside out, and where code for another actor begins. */
interface Context {
  readonly names: ReadonlySet<string>;
  /** Absent at top level: there, and only there, what a text defines is certain to be defined from then on. */
  readonly outer?: Context;
  /** The context of the sender, inside a `send-to`, and the name of the receiver. */
  readonly sender?: Context;
  readonly target?: string;
}

/** What is a form and no function, whatever is defined. */
const FORMS: ReadonlySet<string> = new Set([
  ...OPERATORS,
  ...[
    'define',
    'set!',
    'not',
    'print',
    'quote',
    'unquote',
    'if',
    'while',
    'begin',
    'let',
    'lambda',
    'defun',
    'send-to',
  ],
]);

/** Is a form's name an instruction of the host's own, here or with the actor of this name? Then calls of it are calls. */
export type IsHost = (name: string, target: string | undefined) => boolean;

/** Functions whose number of parameters is known, by name; analysis adds the ones the text defines. */
export type Arities = Map<string, number>;

class Malformed extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** All forms of a text's trees. `arities` is not changed unless all of them are well-shaped. */
export function analyse(
  text: string,
  trees: readonly SExpr[],
  arities: Arities = new Map(),
  isHost: IsHost = () => false,
): Either<SExprError, readonly Form[]> {
  const known: Arities = new Map(arities);
  try {
    const forms = trees.map((tree) => new Analyser(known, isHost).form(tree, { names: new Set() }));
    for (const name of arities.keys()) if (!known.has(name)) arities.delete(name);
    for (const [name, count] of known) arities.set(name, count);
    return right(forms);
  } catch (error) {
    if (error instanceof Malformed) return left(errorAt(text, error.at, error.message));
    throw error;
  }
}

class Analyser {
  constructor(
    private readonly arities: Arities,
    private readonly isHost: IsHost,
  ) {}

  form(tree: SExpr, context: Context): Form {
    const { at } = tree;
    if (tree.kind === 'number' || tree.kind === 'string') return { kind: 'constant', value: tree.value, at };
    if (tree.kind === 'symbol') {
      const value = CONSTANTS.get(tree.name);
      return value === undefined ? { kind: 'variable', name: tree.name, at } : { kind: 'constant', value, at };
    }
    const [head, ...rest] = tree.items;
    if (head === undefined) throw new Malformed(at, 'Empty expression ()');
    if (head.kind !== 'symbol') {
      return { kind: 'apply', callee: this.form(head, context), operands: this.all(rest, context), at };
    }
    // What is bound around it, and what the host defines, goes before the form of the name.
    const isCall = FORMS.has(head.name) && (isBound(head.name, context) || this.isHost(head.name, context.target));
    if (isCall) return this.call(head.name, rest, at, context);
    return this.special(head.name, rest, at, context) ?? this.call(head.name, rest, at, context);
  }

  private all(trees: readonly SExpr[], context: Context): Form[] {
    return trees.map((tree) => this.form(tree, context));
  }

  private special(name: string, rest: readonly SExpr[], at: number, context: Context): Form | undefined {
    if (isOperator(name)) {
      if (rest.length !== 2) {
        throw new Malformed(at, `Binary operator ${name} requires exactly 2 arguments, got ${rest.length}`);
      }
      const [first, second] = rest as [SExpr, SExpr];
      return { kind: 'binary', operator: name, left: this.form(first, context), right: this.form(second, context), at };
    }
    switch (name) {
      case 'define':
      case 'set!': {
        count(name, rest, 2, 2, at);
        const target = nameOf(name, rest[0]!);
        definable(target, rest[0]!);
        const value = this.form(rest[1]!, context);
        this.learn(target, value.kind === 'lambda' ? value.parameters.length : undefined, context);
        return { kind: name === 'define' ? 'define' : 'assign', name: target, value, at };
      }
      case 'not':
      case 'print':
        count(name, rest, 1, 1, at);
        return { kind: name, value: this.form(rest[0]!, context), at };
      case 'quote':
        throw new Malformed(at, 'quote has no meaning here: there are no lists');
      case 'unquote':
        count(name, rest, 1, 1, at);
        if (context.sender === undefined) throw new Malformed(at, 'unquote is only meant inside send-to');
        return { kind: 'unquote', value: this.form(rest[0]!, context.sender), at };
      case 'if': {
        count(name, rest, 2, 3, at);
        const [test, then, otherwise] = this.all(rest, inside(context, NO_NAMES)) as [Form, Form, Form | undefined];
        return { kind: 'if', test, then, at, ...(otherwise && { otherwise }) };
      }
      case 'while':
        count(name, rest, 2, Infinity, at);
        return {
          kind: 'while',
          test: this.form(rest[0]!, context),
          body: this.all(rest.slice(1), inside(context, NO_NAMES)),
          at,
        };
      case 'begin':
        count(name, rest, 1, Infinity, at);
        return { kind: 'begin', body: this.all(rest, context), at };
      case 'let':
        return this.let(rest, at, context);
      case 'lambda':
        count(name, rest, 2, Infinity, at);
        return this.lambda(undefined, rest[0]!, rest.slice(1), at, context);
      case 'defun': {
        count(name, rest, 3, Infinity, at);
        definable(nameOf(name, rest[0]!), rest[0]!);
        return this.lambda(nameOf(name, rest[0]!), rest[1]!, rest.slice(2), at, context);
      }
      case 'send-to': {
        count(name, rest, 2, Infinity, at);
        if (context.sender !== undefined) throw new Malformed(at, 'send-to may not stand inside another send-to');
        const target = nameOf(name, rest[0]!);
        const receiver: Context = { names: new Set(), sender: context, target };
        return { kind: 'send', target, body: this.all(rest.slice(1), receiver), at };
      }
      default:
        return undefined;
    }
  }

  private let(rest: readonly SExpr[], at: number, context: Context): Form {
    count('let', rest, 2, Infinity, at);
    const list = rest[0]!;
    if (list.kind !== 'list') throw new Malformed(list.at, 'let needs a list of (name value) pairs');
    const bindings = list.items.map((pair): Binding => {
      if (pair.kind !== 'list' || pair.items.length !== 2) {
        throw new Malformed(pair.at, 'let needs (name value) pairs');
      }
      return { name: nameOf('let', pair.items[0]!), value: this.form(pair.items[1]!, context) };
    });
    const names = new Set(bindings.map((binding) => binding.name));
    if (names.size < bindings.length) throw new Malformed(list.at, 'let binds the same name twice');
    return { kind: 'let', bindings, body: this.all(rest.slice(1), inside(context, names)), at };
  }

  private lambda(name: string | undefined, list: SExpr, body: readonly SExpr[], at: number, context: Context): Form {
    if (list.kind !== 'list') throw new Malformed(list.at, `${brief(name ?? 'lambda')} needs a list of parameters`);
    const parameters = list.items.map((item) => nameOf(name ?? 'lambda', item));
    const names = new Set(parameters);
    if (names.size < parameters.length) throw new Malformed(list.at, 'two parameters have the same name');
    // Before the body, so that a function that calls itself is checked as well.
    if (name !== undefined) this.learn(name, parameters.length, context);
    const made = this.all(body, inside(context, names));
    return { kind: 'lambda', parameters, body: made, at, ...(name !== undefined && { name }) };
  }

  /** Notes how many parameters a name takes; what is defined only perhaps, or elsewhere, is unknown. */
  private learn(name: string, arity: number | undefined, context: Context): void {
    if (context.sender !== undefined || isBound(name, context)) return;
    if (arity !== undefined && context.outer === undefined) this.arities.set(name, arity);
    else this.arities.delete(name);
  }

  private call(name: string, rest: readonly SExpr[], at: number, context: Context): Form {
    const operands = this.all(rest, context);
    if (isBound(name, context)) return { kind: 'apply', callee: { kind: 'variable', name, at }, operands, at };
    // What the receiver of a message has defined is not known here.
    const arity = context.sender === undefined ? this.arities.get(name) : undefined;
    if (arity !== undefined && arity !== operands.length) {
      throw new Malformed(at, `${brief(name)} takes ${arity} arguments, got ${operands.length}`);
    }
    return { kind: 'call', name, operands, at };
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();

const inside = (outer: Context, names: ReadonlySet<string>): Context => ({
  names,
  outer,
  ...(outer.sender && { sender: outer.sender }),
  ...(outer.target !== undefined && { target: outer.target }),
});

/** A definition of a form's name would never be called. */
function definable(name: string, tree: SExpr): void {
  if (FORMS.has(name)) throw new Malformed(tree.at, `${name} is a form of the language and cannot be defined`);
}

function isBound(name: string, context: Context): boolean {
  for (let at: Context | undefined = context; at !== undefined; at = at.outer) if (at.names.has(name)) return true;
  return false;
}

function count(name: string, rest: readonly SExpr[], least: number, most: number, at: number): void {
  if (rest.length >= least && rest.length <= most) return;
  const wanted = least === most ? `exactly ${least}` : most === Infinity ? `at least ${least}` : `${least} or ${most}`;
  throw new Malformed(at, `${name} requires ${wanted} arguments, got ${rest.length}`);
}

function nameOf(where: string, tree: SExpr): string {
  if (tree.kind === 'symbol' && !CONSTANTS.has(tree.name)) return tree.name;
  throw new Malformed(tree.at, `${brief(where)} needs a name here`);
}
