/**
 * Type expressions as types. A lower-case name that is no type is a type variable: rigid in the annotations of a
 * function, so that it stands for every type; all annotations of an item share its variables.
 */
import { count } from '../solve/show.js';
import type { TypeExpr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { cover } from '../../source/source.js';
import { BUILTIN_TYPES } from '../../resolve/prelude.js';
import type { GlobalId } from '../../resolve/resolution.js';
import type { Context } from './context.js';
import { copier } from '../solve/schemes.js';
import { prune, UNIT, type EndType, type Type } from '../solve/type.js';

/** Type variables by name; `make` makes the first use of one. */
export interface NamedTypes {
  readonly named: Map<string, Type>;
  readonly make: (name: string) => Type;
}

export const rigidNames = (c: Context, named: Map<string, Type>): NamedTypes => ({
  named,
  make: (hint) => c.u.variable(c.level, { hint, rigid: true }),
});

export function typeOf(c: Context, t: TypeExpr, names: NamedTypes): Type {
  switch (t.kind) {
    case 'tuple':
      return t.elements.length === 0 ? UNIT : { kind: 'tuple', elements: t.elements.map((e) => dataOf(c, e, names)) };
    case 'fun': {
      const params = t.params.map((p) => dataOf(c, p, names));
      return { kind: 'fun', params, result: dataOf(c, t.result, names) };
    }
    case 'name':
      return namedType(c, t, names);
    default: {
      // A session type: the end of a link on which one speaks like that.
      const end = c.end();
      fillEnd(c, end, t, names);
      return { kind: 'end', end };
    }
  }
}

/** A type inside another: never an end. */
function dataOf(c: Context, t: TypeExpr, names: NamedTypes): Type {
  const type = typeOf(c, t, names);
  const p = prune(type);
  if (p.kind !== 'end' && p.kind !== 'pool') return type;
  c.report(error('Q0230', t.span, 'an end or a pool cannot be part of data'));
  return c.data();
}

function namedType(c: Context, t: Extract<TypeExpr, { kind: 'name' }>, names: NamedTypes): Type {
  const text = t.parts.at(-1)!.text;
  if (t.parts.length === 1 && /^(End|Eps|Ret)$/.test(text)) return { kind: 'end', end: c.end() };
  const entity = c.resolution.uses.get(t.id);
  if (entity === undefined) {
    c.tainted = true;
    return c.open();
  }
  if (entity.kind === 'type-param') {
    if (t.args.length > 0) c.report(error('Q0207', t.span, `the type variable \`${text}\` takes no arguments`));
    let known = names.named.get(text);
    if (known === undefined) names.named.set(text, (known = names.make(text)));
    return known;
  }
  if (entity.kind === 'session') return sessionPeer(c, entity.id);
  if (entity.kind !== 'type') return c.open();
  if (entity.id.module === '' && (text === 'service' || text === 'pool')) return linkType(c, t, text, names);
  const args = t.args.map((a) => dataOf(c, a, names));
  const wanted = entity.id.module === '' ? BUILTIN_TYPES.get(text) : c.declaration(entity.id)?.params.length;
  if (wanted !== undefined && wanted !== args.length) {
    c.report(
      error(
        'Q0207',
        t.span,
        `the type \`${text}\` takes ${count(wanted, 'argument')}, not ${count(args.length, 'argument').replace('no', '0')}`,
      ),
    );
    return c.data();
  }
  return expandAlias(c, entity.id, args);
}

/** An alias is what it stands for; everything else is a type of its own. */
export function expandAlias(c: Context, id: GlobalId, args: readonly Type[]): Type {
  const declared = c.declaration(id);
  if (declared?.body.kind !== 'alias') return { kind: 'con', id, args };
  const given = new Map<Type, Type>(declared.params.map((p, i) => [p, args[i]!]));
  return copier(c.u, c.level, given)(declared.body.type);
}

/** `(target : Server)`: a peer that offers what the session's clients see. */
function sessionPeer(c: Context, id: GlobalId): Type {
  const v = c.u.variable(c.level, { linear: true });
  const end = c.end();
  const local = c.sessions.get(`${id.module}::${id.name}`);
  if (local?.accepts !== undefined && local.done === undefined) c.u.link(end, local.accepts);
  end.services.add(`${id.module}::${id.name}`);
  c.u.makePeer(v, end);
  return v;
}

/** `service`, `service<T>`, `pool<T>`, `pool<T, datum>`. */
function linkType(
  c: Context,
  t: Extract<TypeExpr, { kind: 'name' }>,
  kind: 'service' | 'pool',
  names: NamedTypes,
): Type {
  const end = c.end();
  const most = kind === 'service' ? 1 : 2;
  if (t.args.length > most)
    c.report(error('Q0207', t.span, `the type \`${kind}\` takes at most ${count(most, 'argument')}`));
  if (t.args[0] !== undefined) fillEnd(c, end, t.args[0], names);
  if (kind === 'service') return { kind, end };
  const datum = t.args[1] === undefined ? c.data() : dataOf(c, t.args[1], names);
  return { kind, end, datum };
}

/** `c` in `?b{Take(c) ~> !c{Hello ~> End}}`: no variable for data, but a peer from then on. */
const isEnd = (arg: TypeExpr, next: TypeExpr): boolean =>
  arg.kind === 'name' && arg.parts.length === 1 && arg.args.length === 0 && mentionsPeer(next, arg.parts[0]!.text);

function mentionsPeer(type: TypeExpr, name: string): boolean {
  if (type.kind !== 'action') return 'body' in type && mentionsPeer(type.body, name);
  if (type.peer?.text === name) return true;
  return type.branches.some((b) => b.peer?.text === name || mentionsPeer(b.next, name));
}

/** What the labels of a session type carry, as rows of one end. */
export function fillEnd(c: Context, end: EndType, t: TypeExpr, names: NamedTypes, peer?: string): void {
  switch (t.kind) {
    case 'action':
      for (const branch of t.branches) {
        const of = branch.peer?.text ?? t.peer?.text;
        if (branch.label !== undefined && (peer === undefined || of === undefined || of === peer)) {
          const types = branch.args.map((a) => (isEnd(a, branch.next) ? c.open() : typeOf(c, a, names)));
          const at = cover(branch.label.span, branch.args.at(-1)?.span ?? branch.label.span);
          c.u.places.set(types, at);
          const clash = c.u.addRow(end, t.polarity === '!' ? 'sends' : 'receives', branch.label.text, types);
          if (clash !== undefined)
            c.report(
              error('Q0210', branch.span, `\`${branch.label.text}\` carries something else elsewhere in this type`),
            );
        }
        fillEnd(c, end, branch.next, names, peer);
      }
      return;
    case 'rec':
    case 'exists':
    case 'forall':
    case 'upto':
    case 'spawner':
    case 'peer':
      return fillEnd(c, end, t.body, names, peer);
    default:
      return;
  }
}
