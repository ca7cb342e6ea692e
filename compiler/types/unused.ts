/**
 * Names that nobody uses: locals, parameters, private items and requires. A name that begins with `_` is meant to be unused, unless it is
 * an item's, where `_` says that nobody outside can use it.
 * Invariant: what is reported can be taken out, or called `_`, and the program means the same. Clients and members of pools are named
 * because the wait has to name them; ends that are left over are the matter of the protocol pass.
 */
import type { Item, Module, Name, RequireItem } from '../ast/ast.js';
import { eachNode } from '../ast/walk.js';
import { type Diagnostic, warning } from '../diagnostics/diagnostic.js';
import type { Entity, GlobalId, Local, Resolution } from '../resolve/resolution.js';
import type { Span } from '../source/source.js';
import type { Typing } from './module/typing.js';

/** Warnings for a module in which every name means something, in the order of its text. */
export function unusedNames(typing: Typing): Diagnostic[] {
  const { module } = typing.resolution;
  const found = [...unusedRequires(module), ...unusedItems(typing.resolution), ...unusedLocals(typing)];
  return found.sort((a, b) => a.span!.start - b.span!.start);
}

const isMeant = (name: string): boolean => name.startsWith('_');

function unusedRequires(module: Module): Diagnostic[] {
  const prefixes = new Set<string>();
  const others = module.items.filter((item) => item.kind !== 'require');
  eachNode(others, (node) => {
    if (!('parts' in node)) return;
    const { parts } = node as { readonly parts: readonly unknown[] };
    const names = parts.map((part) => (part as { readonly text?: string } | undefined)?.text);
    if (names.length > 1) prefixes.add(names.slice(0, -1).join('::'));
  });
  const requires = module.items.filter((item): item is RequireItem => item.kind === 'require');
  return requires.flatMap((item) => {
    const path = item.path.parts.map((part) => part.text).join('::');
    if (prefixes.has(item.alias?.text ?? path)) return [];
    return warning('Q0117', item.span, `nothing of module \`${path}\` is used here`, {
      hints: ['take this line out'],
    });
  });
}

/** Where an entity of this module stands: the name space and the name. Constructors stand with their type. */
function placeOf(entity: Entity, module: string): string | undefined {
  if (entity.kind === 'local' || entity.kind === 'type-param' || entity.kind === 'module') return undefined;
  const [space, id]: [string, GlobalId] =
    entity.kind === 'constructor'
      ? ['type', entity.type]
      : entity.kind === 'role'
        ? ['type', entity.protocol]
        : [/^(record|type|protocol)$/.test(entity.kind) ? 'type' : 'value', 'id' in entity ? entity.id : entity];
  return id.module === module ? `${space} ${id.name}` : undefined;
}

const WHAT: Partial<Record<Item['kind'], string>> = {
  fun: 'function',
  'extern-fun': 'function',
  session: 'session',
  type: 'type',
  'extern-type': 'type',
  const: 'constant',
  exception: 'exception',
  protocol: 'protocol',
};

/** Private items that nothing leads to from what others see and from the tests. */
function unusedItems({ module, name, uses }: Resolution): Diagnostic[] {
  const items = new Map<string, Item>();
  for (const item of module.items)
    if ('name' in item) items.set(`${/type$|^protocol$/.test(item.kind) ? 'type' : 'value'} ${item.name.text}`, item);
  const isRoot = (item: Item): boolean => ('name' in item ? !isMeant(item.name.text) : item.kind === 'test');
  const reached = new Set(module.items.filter(isRoot));
  // A set grows while it is walked.
  for (const item of reached)
    eachNode(item, (node) => {
      const entity = 'id' in node ? uses.get(node.id as number) : undefined;
      const place = entity === undefined ? undefined : placeOf(entity, name);
      const used = place === undefined ? undefined : items.get(place);
      if (used !== undefined) reached.add(used);
    });
  return module.items.flatMap((item) => {
    const what = WHAT[item.kind];
    if (!('name' in item) || what === undefined || reached.has(item)) return [];
    return warning('Q0116', item.name.span, `${what} \`${item.name.text}\` is never used`, {
      label: 'its name begins with `_`, so no other module can use it',
      hints: ['take it out, or use it'],
    });
  });
}

/** What the text says of its locals. */
interface Seen {
  readonly read: ReadonlySet<Local>;
  /** Those bound by a field's own name in a pattern, `Point{x}`. */
  readonly shorthand: ReadonlySet<Local>;
  /** Locals that a wait or a loop over a pool has to name. */
  readonly named: ReadonlySet<Local>;
  /** Names of declared functions' parameters, which are there to be read. */
  readonly declared: ReadonlySet<number>;
}

function unusedLocals(typing: Typing): Diagnostic[] {
  const seen = look(typing);
  return typing.resolution.locals.flatMap((local) => {
    const { name, binder, owner } = local;
    if (isMeant(name) || seen.read.has(local) || seen.named.has(local) || seen.declared.has(owner.id)) return [];
    const isEnd = typing.locals.get(local)?.kind === 'end';
    // Who is left over in a pool or comes in a message has to be finished, and that is asked elsewhere.
    if (isEnd && binder !== 'let' && binder !== 'param' && binder !== 'assign') return [];
    return unused(local, seen.shorthand.has(local));
  });
}

function unused({ name, span, binder, assigned }: Local, isShorthand: boolean): Diagnostic {
  const meant = isShorthand ? `write \`${name}: _\` if this is meant` : `write \`_${name}\` if this is meant`;
  if (binder === 'param') return warning('Q0115', span, `parameter \`${name}\` is never used`, { hints: [meant] });
  if (assigned)
    return warning('Q0114', span, `\`${name}\` is assigned, but what it holds is never used`, { hints: [meant] });
  const what = binder === 'fun' ? `function \`${name}\`` : `\`${name}\``;
  return warning('Q0114', span, `${what} is never used`, { hints: [meant] });
}

function look({ resolution, sources }: Typing): Seen {
  const { module, uses, binders } = resolution;
  const read = new Set<Local>(sources.values());
  const shorthand = new Set<Local>();
  const named = new Set<Local>();
  const declared = new Set<number>();
  const assignments = new Set<number>();
  const bodies = new Map<Local, Span>();
  const binds = (into: Set<Local>, name: unknown): void => {
    const local = binders.get((name as Name | undefined)?.id ?? -1);
    if (local !== undefined) into.add(local);
  };
  eachNode(module, (node) => {
    const { kind, id, span, name, fun, pattern, source } = node as Readonly<Record<string, unknown>>;
    if (kind === 'extern-fun') declared.add(id as number);
    else if (kind === 'assign') assignments.add((name as Name).id);
    else if (kind === 'serve' || kind === 'take') binds(named, name);
    else if (kind === 'message') binds(named, (source as { readonly name: Name } | undefined)?.name);
    else if (kind === 'local-fun') {
      const { name: own, span: body } = fun as { readonly name: Name; readonly span: Span };
      bodies.set(binders.get(own.id)!, body);
    } else if (
      kind === undefined &&
      pattern === undefined &&
      (name as Name | undefined)?.span.start === (span as Span | undefined)?.start
    )
      binds(shorthand, name);
    const entity = typeof id === 'number' && !assignments.has(id) ? uses.get(id) : undefined;
    if (entity?.kind === 'local' && !within(span as Span, bodies.get(entity.local))) read.add(entity.local);
  });
  return { read, shorthand, named, declared };
}

/** Whether a function is used by itself alone. */
const within = (span: Span, body: Span | undefined): boolean =>
  body !== undefined && span.start >= body.start && span.end <= body.end;
