/**
 * What the walk over a module shares: the tables it fills, looking a name up, and saying that it is not there.
 * Invariant: every use gets an entity or a diagnostic; after a diagnostic the use has no entity and later passes stay
 * silent about it.
 */
import type { Block, Item, Name, Path } from '../ast/ast.js';
import { type Diagnostic, error } from '../diagnostics/diagnostic.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { Span } from '../source/source.js';
import type { ModuleEnv, ModuleInterface } from '../types/module/interface.js';
import { type Globals, memberNames, memberType, memberTypes, memberValue } from './globals.js';
import { PRELUDE_TYPES, PRELUDE_VALUES, STANDARD } from './prelude.js';
import { elsewhereCalled } from './foreign-names.js';
import type { Entity, Local, Owner } from './resolution.js';
import { type Cell, newCell, Scope } from './scope.js';

/** Where the walk is. */
export interface Frame {
  readonly scope: Scope;
  readonly owner: Owner;
  /** Inside a `while`, `for` or `serve` of the same body. */
  readonly loop: boolean;
}

export const inner = (frame: Frame): Frame => ({ ...frame, scope: new Scope(frame.scope, frame.owner) });

export class Resolver {
  readonly uses = new Map<number, Entity>();
  readonly binders = new Map<number, Local>();
  readonly inScope = new Map<number, readonly Local[]>();
  readonly peers = new Set<number>();
  readonly selves = new Map<number, Owner>();
  readonly locals: Cell[] = [];
  readonly references = new Map<Item, Set<Item>>();
  readonly diagnostics: Diagnostic[] = [];
  /** Module prefix as it may be written -> canonical name. */
  readonly prefixes = new Map<string, string>();
  item: Item | undefined;
  /** Names of the item that were not found: the place of the diagnostic, and how many locals there were by then. */
  private missing: { readonly name: Name; readonly at: number; readonly locals: number }[] = [];
  /** Names that were not found so far. */
  private unknown = 0;
  /** Prefixes of modules that were said to be unknown. */
  private readonly unknownModules = new Set<string>();
  private itemLocals = 0;
  /** Type variables in the annotations of the item. */
  readonly typeVariables = new Set<string>();

  constructor(
    readonly name: string,
    readonly globals: Globals,
    readonly env: ModuleEnv,
    /** How a block inside an expression is resolved: known to `resolve.ts`, which knows all forms. */
    readonly block: (r: Resolver, frame: Frame, block: Block) => void,
  ) {
    if (name !== STANDARD && env.has(STANDARD)) this.prefixes.set(STANDARD, STANDARD);
    const own = name.split('::').at(-1)!;
    this.prefixes.set(own, name).set(name, name);
  }

  report(diagnostic: Diagnostic): void {
    this.diagnostics.push(diagnostic);
  }

  bind(frame: Frame, name: Name, binder: Local['binder']): Cell {
    const cell = newCell(this.locals.length, name.text, name.span, binder, frame.owner);
    this.locals.push(cell);
    this.binders.set(name.id, cell);
    frame.scope.add(cell);
    return cell;
  }

  /** Records that a name or path at `id` means a local. */
  useLocal(frame: Frame, id: number, cell: Cell): void {
    if (cell.owner !== frame.owner) cell.captured = true;
    this.uses.set(id, { kind: 'local', local: cell });
  }

  /** A variable, function or constructor as written in an expression or pattern. */
  value(frame: Frame | undefined, path: Path): Entity | undefined {
    const name = path.parts.at(-1)!;
    if (path.parts.length > 1)
      return this.note(path.id, this.member(path.parts, memberValue, namesOf, this.globals.values));
    const cell = frame?.scope.find(name.text);
    if (frame !== undefined && cell !== undefined) {
      this.useLocal(frame, path.id, cell);
      return this.uses.get(path.id);
    }
    const found = this.globals.values.get(name.text) ?? PRELUDE_VALUES.get(name.text);
    if (found === undefined) this.undefinedName(name, () => this.valueNames(frame, name.text));
    return this.note(path.id, found);
  }

  /** A type by its parts; `undefined` without a report if it is a single lower-case name (a type variable). */
  type(parts: readonly Name[]): Entity | undefined {
    const name = parts.at(-1)!;
    if (parts.length > 1) return this.member(parts, memberType, memberTypes, this.globals.types);
    const found = this.globals.types.get(name.text) ?? PRELUDE_TYPES.get(name.text);
    if (found === undefined && isUpper(name.text))
      this.undefinedName(name, () => [...this.globals.types.keys(), ...PRELUDE_TYPES.keys()], 'type');
    return found;
  }

  note(id: number, entity: Entity | undefined): Entity | undefined {
    if (entity === undefined) return undefined;
    this.uses.set(id, entity);
    const item = this.globals.itemOf.get(entity);
    if (item !== undefined && this.item !== undefined) this.references.get(this.item)?.add(item);
    return entity;
  }

  private member(
    parts: readonly Name[],
    look: (of: ModuleInterface, name: string) => Entity | undefined,
    names: (of: ModuleInterface) => readonly string[],
    own: ReadonlyMap<string, Entity>,
  ): Entity | undefined {
    const prefix = parts.slice(0, -1).map((p) => p.text).join('::'); // prettier-ignore
    const name = parts.at(-1)!;
    const at: Span = { ...parts[0]!.span, end: parts.at(-2)!.span.end };
    const canonical = this.prefixes.get(prefix);
    if (canonical === undefined) {
      // One mistake, one message: the first use speaks for all.
      if (this.unknownModules.has(prefix)) return undefined;
      this.unknownModules.add(prefix);
      const hint = this.moduleHints(prefix);
      this.report(error('Q0103', at, `there is no module \`${prefix}\` here`, { hints: hint }));
      return undefined;
    }
    const of = this.env.get(canonical);
    const found = canonical === this.name ? own.get(name.text) : of && look(of, name.text);
    // A module that could not be compiled has no interface: its own errors say enough.
    if (found !== undefined || (of === undefined && canonical !== this.name)) return found;
    if (name.text.startsWith('_') && canonical !== this.name)
      this.report(
        error('Q0108', name.span, `\`${name.text}\` is private to module \`${canonical}\``, {
          hints: ['a name that starts with `_` can be used in its own module only'],
        }),
      );
    else
      this.report(
        error('Q0101', name.span, `module \`${canonical}\` has no \`${name.text}\``, {
          hints:
            of !== undefined && memberType(of, name.text) !== undefined
              ? [`\`${name.text}\` is a type there, not a value`]
              : didYouMean(name.text, of === undefined ? own.keys() : names(of)),
        }),
      );
    return undefined;
  }

  /** What to do about a module that is not known by this name. */
  private moduleHints(prefix: string): string[] {
    const [alias, of] = [...this.prefixes].find(([, name]) => `::${name}`.endsWith(`::${prefix}`)) ?? [];
    if (this.globals.types.has(prefix)) return ['a constructor is written without its type'];
    if (alias !== undefined) return [`\`${of}\` is required as \`${alias}\`: write \`${alias}::\``];
    if (this.env.has(prefix)) return [`add \`require ${prefix}\` at the top of the file`];
    const near = didYouMean(prefix, [...this.prefixes.keys(), ...this.env.keys()]);
    return near.length > 0
      ? near
      : [`a module is required before it is used: \`require ${prefix}\` at the top of the file`];
  }

  undefinedName(
    name: Name,
    candidates: () => Iterable<string>,
    what = isUpper(name.text) ? 'constructor, session or exception' : 'name',
  ): void {
    if (++this.unknown > MOST_HINTED) {
      this.report(error('Q0101', name.span, `there is no ${what} \`${name.text}\` here`, { label: 'not found' }));
      return;
    }
    const hints = didYouMean(name.text, candidates());
    if (hints.length === 0 && this.env.has(name.text))
      hints.push(`\`${name.text}\` is a module: write \`${name.text}::\` and one of its names`);
    const std = this.env.get('std');
    if (what === 'name' && std !== undefined && memberNames(std).includes(name.text))
      hints.splice(0, hints.length, `write \`std::${name.text}\``);
    if (what !== 'type') hints.push(...constructorsOf(this.globals.types.get(name.text)));
    if (hints.length === 0) hints.push(...elsewhereCalled(name.text));
    this.missing.push({ name, at: this.diagnostics.length, locals: this.locals.length });
    this.report(error('Q0101', name.span, `there is no ${what} \`${name.text}\` here`, { label: 'not found', hints }));
  }

  begin(item: Item): void {
    this.item = item;
    this.references.set(item, new Set());
    this.itemLocals = this.locals.length;
    this.typeVariables.clear();
  }

  /** Once an item is walked: a name that was not found may be bound elsewhere in it. */
  finish(): void {
    for (const { name, at, locals } of this.missing) {
      const own = this.locals.slice(this.itemLocals);
      const ended = this.locals.slice(this.itemLocals, locals).findLast((cell) => cell.name === name.text);
      const cell = ended ?? own.find((one) => one.name === name.text);
      if (cell !== undefined) this.diagnostics[at] = { ...this.diagnostics[at]!, ...elsewhere(cell, cell === ended) };
    }
    this.missing = [];
  }

  /** Names that could stand where an expression stands, those of the same case first. */
  valueNames(frame: Frame | undefined, like: string): string[] {
    const locals = frame === undefined ? [] : [...frame.scope.all()].map((c) => c.name);
    const all = [...locals, ...this.globals.values.keys(), ...PRELUDE_VALUES.keys()];
    return all.filter((n) => isUpper(n) === isUpper(like));
  }
}

/** So many unknown names are looked for among the known ones; who has more of them made one mistake, and not all of these. */
const MOST_HINTED = 100;

/** Where a name is bound that cannot be seen. */
function elsewhere(cell: Cell, ended: boolean): Pick<Diagnostic, 'labels' | 'hints'> {
  const assignable = ['let', 'var', 'assign'].includes(cell.binder);
  const hint = ended
    ? assignable
      ? `bind it before that block with \`var ${cell.name} = ...\`, and assign it inside`
      : 'what is bound in a block is seen in that block only'
    : cell.binder === 'fun'
      ? 'local functions see those above them; functions that call each other stand at the top of the module'
      : 'a name is seen below the statement that binds it';
  const text = ended ? 'bound here, in a block that has ended' : 'bound only here';
  return { labels: [{ span: cell.span, text }], hints: [hint] };
}

/** A type where a value is wanted: its constructors may be meant. */
function constructorsOf(type: Entity | undefined): string[] {
  if (type?.kind !== 'type' || type.item?.kind !== 'type' || type.item.body.kind !== 'sum') return [];
  const names = type.item.body.variants.slice(0, 5).map((v) => `\`${v.name.text}\``);
  return [`\`${type.id.name}\` is a type, whose values are made by ${names.join(', ')}`];
}

const namesOf = (of: ModuleInterface): string[] => [...memberNames(of), ...memberTypes(of)];

/** After leading underscores the first letter decides. */
export const isUpper = (name: string): boolean => /^_*[A-Z]/.test(name);
