/**
 * What the walk over a module shares: the tables it fills, looking a name up, and saying that it is not there.
 * Invariant: every use gets an entity or a diagnostic; after a diagnostic the use has no entity and later passes stay
 * silent about it.
 */
import type { Item, Name, Path } from '../ast/ast.js';
import { type Diagnostic, error } from '../diagnostics/diagnostic.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { Span } from '../source/source.js';
import type { ModuleEnv, ModuleInterface } from '../types/interface.js';
import { type Globals, memberNames, memberType, memberValue } from './globals.js';
import { PRELUDE_TYPES, PRELUDE_VALUES, STANDARD } from './prelude.js';
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

  constructor(
    readonly name: string,
    readonly globals: Globals,
    readonly env: ModuleEnv,
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
    if (path.parts.length > 1) return this.note(path.id, this.member(path.parts, memberValue, this.globals.values));
    const cell = frame?.scope.find(name.text);
    if (frame !== undefined && cell !== undefined) {
      this.useLocal(frame, path.id, cell);
      return this.uses.get(path.id);
    }
    const found = this.globals.values.get(name.text) ?? PRELUDE_VALUES.get(name.text);
    if (found === undefined) this.undefinedName(name, this.valueNames(frame, name.text));
    return this.note(path.id, found);
  }

  /** A type by its parts; `undefined` without a report if it is a single lower-case name (a type variable). */
  type(parts: readonly Name[]): Entity | undefined {
    const name = parts.at(-1)!;
    if (parts.length > 1) return this.member(parts, memberType, this.globals.types);
    const found = this.globals.types.get(name.text) ?? PRELUDE_TYPES.get(name.text);
    if (found === undefined && isUpper(name.text))
      this.undefinedName(name, [...this.globals.types.keys(), ...PRELUDE_TYPES.keys()], 'type');
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
    own: ReadonlyMap<string, Entity>,
  ): Entity | undefined {
    const prefix = parts.slice(0, -1).map((p) => p.text).join('::'); // prettier-ignore
    const name = parts.at(-1)!;
    const at: Span = { ...parts[0]!.span, end: parts.at(-2)!.span.end };
    const canonical = this.prefixes.get(prefix);
    if (canonical === undefined) {
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
          hints: didYouMean(name.text, of === undefined ? own.keys() : memberNames(of)),
        }),
      );
    return undefined;
  }

  /** What to do about a module that is not known by this name. */
  private moduleHints(prefix: string): string[] {
    const [alias, of] = [...this.prefixes].find(([, name]) => `::${name}`.endsWith(`::${prefix}`)) ?? [];
    if (alias !== undefined) return [`\`${of}\` is required as \`${alias}\`: write \`${alias}::\``];
    if (this.env.has(prefix)) return [`add \`require ${prefix}\` at the top of the file`];
    const near = didYouMean(prefix, [...this.prefixes.keys(), ...this.env.keys()]);
    return near.length > 0
      ? near
      : [`a module is required before it is used: \`require ${prefix}\` at the top of the file`];
  }

  undefinedName(
    name: Name,
    candidates: Iterable<string>,
    what = isUpper(name.text) ? 'constructor, session or exception' : 'name',
  ): void {
    const hints = didYouMean(name.text, candidates);
    if (hints.length === 0 && this.env.has(name.text))
      hints.push(`\`${name.text}\` is a module: write \`${name.text}::\` and one of its names`);
    const std = this.env.get('std');
    if (what === 'name' && std !== undefined && memberNames(std).includes(name.text))
      hints.splice(0, hints.length, `write \`std::${name.text}\``);
    if (ABSENT.has(name.text)) hints.push('a value that may be absent is an `option`: `None`, or `Some(x)`');
    this.report(error('Q0101', name.span, `there is no ${what} \`${name.text}\` here`, { label: 'not found', hints }));
  }

  /** Names that could stand where an expression stands, those of the same case first. */
  valueNames(frame: Frame | undefined, like: string): string[] {
    const locals = frame === undefined ? [] : [...frame.scope.all()].map((c) => c.name);
    const all = [...locals, ...this.globals.values.keys(), ...PRELUDE_VALUES.keys()];
    return all.filter((n) => isUpper(n) === isUpper(like));
  }
}

/** How other languages write that there is no value. */
const ABSENT: ReadonlySet<string> = new Set(['null', 'nil', 'none', 'undefined']);

/** After leading underscores the first letter decides. */
export const isUpper = (name: string): boolean => /^_*[A-Z]/.test(name);
