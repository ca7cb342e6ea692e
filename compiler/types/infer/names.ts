/** Types of names used as values. Invariant: what takes ends is called by name and never used as a value. */
import type { ExternFunItem, FunItem, Path, PathExpr, SessionItem } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { globalKey, type Entity, type GlobalId, type Local } from '../../resolve/resolution.js';
import type { Span } from '../../source/source.js';
import type { BodyContext, Context } from './context.js';
import { constructorType } from './declarations.js';
import { instantiate } from '../solve/schemes.js';
import { markForeign } from '../module/services.js';
import { describe } from '../solve/show.js';
import { prune, type Type } from '../solve/type.js';

export type FunctionType = Type & { readonly kind: 'fun' };

export function inferPath(c: Context, b: BodyContext, e: PathExpr): Type {
  const entity = c.entity(e.path.id);
  if (entity === undefined) return c.open();
  const name = e.path.parts.at(-1)!.text;
  switch (entity.kind) {
    case 'local':
      return localType(c, b, entity.local, e.span);
    case 'fun':
    case 'extern-fun': {
      const type = functionType(c, entity.id);
      if (type === undefined) return notAValue(c, e.path, `\`${name}\` can only be called`);
      c.checks.push(() => {
        if (type.params.some((p) => isLinear(p)))
          c.report(
            error('Q0231', e.span, `\`${name}\` takes an end or a pool, so it cannot be used as a value`, {
              hints: ['call it by its name'],
            }),
          );
      });
      return type;
    }
    case 'const':
      return constType(c, entity.id);
    case 'constructor':
    case 'exception': {
      const made = constructorType(c, entity);
      if (made === undefined) return c.data();
      return made.args.length === 0 ? made.result : { kind: 'fun', params: made.args, result: made.result };
    }
    case 'session':
      return notAValue(c, e.path, `\`${name}\` is a session, not a value`, `\`spawn ${name}(...)\` starts a thread`);
    case 'record':
      return notAValue(c, e.path, `\`${name}\` is a record type`, `make a record with \`${name}{...}\``);
    default:
      return notAValue(c, e.path, `\`${name}\` is not a value`);
  }
}

function notAValue(c: Context, path: Path, message: string, hint?: string): Type {
  c.report(error('Q0234', path.span, message, hint === undefined ? {} : { hints: [hint] }));
  return c.open();
}

export const isLinear = (type: Type): boolean => {
  const t = prune(type);
  return t.kind === 'end' || t.kind === 'pool';
};

export function localType(c: Context, b: BodyContext, local: Local, at: Span): Type {
  const scheme = c.locals.get(local);
  if (scheme === undefined) return c.open();
  const type = instantiate(c.u, c.level, scheme);
  if (local.owner !== b.owner)
    c.checks.push(() => {
      if (isLinear(type))
        c.report(
          error('Q0231', at, `\`${local.name}\` is ${describe(type)}, which a closure or local function cannot use`, {
            labels: [{ span: local.span, text: 'it belongs to the body around' }],
            hints: ['ends are used by the body that owns them: pass it to a named function instead'],
          }),
        );
    });
  return type;
}

/** The type of a named function for one use; undefined for what is not a plain function. */
export function functionType(c: Context, id: GlobalId): FunctionType | undefined {
  const own = c.functions.get(globalKey(id));
  if (own !== undefined && own.done === undefined) return own.type;
  const found = own?.done ?? c.externs.get(globalKey(id)) ?? c.env.get(id.module)?.functions.get(id.name);
  const type = found && instantiate(c.u, c.level, found.scheme);
  if (found === undefined || type?.kind !== 'fun') return undefined;
  markForeign(type.params, type.result, found.extern);
  return type;
}

export function constType(c: Context, id: GlobalId): Type {
  const scheme = c.consts.get(globalKey(id)) ?? c.env.get(id.module)?.consts.get(id.name);
  return scheme === undefined ? c.open() : instantiate(c.u, c.level, scheme);
}

/** The parameters as a reader calls them; `_` where one is a pattern. */
export const namesOf = (item: FunItem | ExternFunItem | SessionItem): string[] =>
  item.params.map((p) => (p.pattern.kind === 'bind' ? p.pattern.name.text : '_'));

/** What the callee is, if it is named statically. */
export function calleeEntity(c: Context, callee: { readonly kind: string; readonly path?: Path }): Entity | undefined {
  return callee.path === undefined ? undefined : c.resolution.uses.get(callee.path.id);
}
