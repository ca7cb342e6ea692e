/**
 * Types of blocks and statements. The value of a block is that of its last statement; a statement that goes elsewhere
 * (`return`, `raise`, `loop`, ..) has any type.
 */
import type { Block, Expr, LetStmt, LocalFunStmt, Stmt } from '../../ast/ast.js';
import { isEndless } from '../../ast/endless.js';
import { error, warning } from '../../diagnostics/diagnostic.js';
import { textOf } from '../../source/source.js';
import { rigidNames, typeOf } from './annotations.js';
import { passAll } from './calls.js';
import type { BodyContext, Context, Wanted } from './context.js';
import { inferBlock, inferData, inferExpr } from './inside.js';
import { functionBody } from './functions.js';
import { isLinear, localType } from './names.js';
import { inferPattern } from './patterns.js';
import { inferFor, inferPut, inferServe } from './pools.js';
import { generalise } from '../solve/schemes.js';
import { count, describe } from '../solve/show.js';
import { inferGroup } from './spawn.js';
import { BOOL, EXN, isBuiltin, prune, UNIT, type Type } from '../solve/type.js';

export function blockType(c: Context, b: BodyContext, block: Block, wanted: Wanted): Type {
  let result: Type = UNIT;
  block.statements.forEach((s, i) => {
    const last = i === block.statements.length - 1;
    result = inferStatement(c, b, s, last ? wanted : 'discard');
  });
  return result;
}

function inferStatement(c: Context, b: BodyContext, s: Stmt, wanted: Wanted): Type {
  switch (s.kind) {
    case 'let':
      if (s.bindings.length > 1) inferGroup(c, b, s);
      else inferLet(c, b, s);
      return UNIT;
    case 'var': {
      const type = s.annotation && typeOf(c, s.annotation, rigidNames(c, b.named));
      const value = inferExpr(c, b, s.value, type);
      if (type !== undefined) c.expect(type, value, s.value.span, annotated(s.annotation!.span));
      const local = c.binder(s.name.id);
      if (local !== undefined) c.setLocal(local, type ?? value);
      return UNIT;
    }
    case 'assign':
      inferAssign(c, b, s);
      return UNIT;
    case 'local-fun':
      inferLocalFun(c, b, s);
      return UNIT;
    case 'while':
      c.expect(BOOL, inferData(c, b, s.condition), s.condition.span, { what: 'this condition' });
      inferBlock(c, b, s.body, 'discard');
      return isEndless(s) ? c.open() : UNIT;
    case 'for':
      inferFor(c, b, s);
      return UNIT;
    case 'serve':
      inferServe(c, b, s);
      return UNIT;
    case 'put':
      inferPut(c, b, s);
      return UNIT;
    case 'drop':
      inferDrop(c, b, s);
      return UNIT;
    case 'loop': {
      const session = b.session;
      if (s.args !== undefined && session !== undefined)
        passAll(c, b, s.args, session.params, session.item.name.text, s.span);
      else if (s.args !== undefined) s.args.forEach((a) => inferExpr(c, b, a));
      return c.open();
    }
    case 'close':
    case 'break':
    case 'continue':
      return c.open();
    case 'fail':
    case 'raise':
      c.expect(EXN, inferData(c, b, s.value), s.value.span, { what: `what \`${s.kind}\` is given` });
      return c.open();
    case 'return': {
      const type = s.value === undefined ? UNIT : inferData(c, b, s.value, b.result);
      if (s.value !== undefined && b.owner.kind === 'session' && !isBuiltin(prune(type), 'unit')) {
        c.report(
          error('Q0201', s.value.span, 'a session returns nothing', {
            hints: ['it answers with a message: `client!Answer(...)`'],
          }),
        );
        return c.open();
      }
      c.expect(b.result, type, s.span, { what: 'what is returned' });
      return c.open();
    }
    case 'expr': {
      const type = inferExpr(c, b, s.expr, wanted);
      if (wanted === 'discard') unused(c, s.expr, type);
      return type;
    }
  }
}

/** Expressions that do nothing but have a value. Division and indexing may raise, but nobody writes them for that. */
const PURE: ReadonlySet<Expr['kind']> = new Set([
  'literal', 'path', 'tuple', 'list', 'map', 'record', 'update', 'unary', 'field', 'index', 'template', 'lambda',
]); // prettier-ignore

/** A value that nobody uses: most often a line that was meant to go on with the one above, or a call without all of its arguments. */
function unused(c: Context, e: Expr, type: Type): void {
  if (e.kind === 'literal' && e.literal.type === 'unit') return;
  const pure = PURE.has(e.kind) || (e.kind === 'binary' && e.op !== '&&' && e.op !== '||');
  const report = (message: string, hints: readonly string[]): void =>
    c.report(warning('Q0220', e.span, message, { hints }));
  if (pure)
    c.checks.push(() => {
      // Said already of the `if` without `else` whose value it was to be.
      if (c.u.blamed.some((one) => one.start <= e.span.start && e.span.end <= one.end)) return;
      const starts = /^[-([|]/.test(textOf(e.span));
      report('this value is not used', starts ? ['a line that starts like this is a statement of its own'] : []);
    });
  else if (e.kind === 'call')
    c.checks.push(() => {
      const t = prune(type);
      if (t.kind === 'fun')
        report('this call makes a function, which is not used', [
          `${count(t.params.length, 'more argument')} would complete it`,
        ]);
    });
}

const annotated = (span: LetStmt['span']) => ({ what: 'this value', other: { span, text: 'by this annotation' } });

function inferLet(c: Context, b: BodyContext, s: LetStmt): void {
  const binding = s.bindings[0]!;
  c.level++;
  const wanted = binding.annotation && typeOf(c, binding.annotation, rigidNames(c, b.named));
  const value = inferExpr(c, b, binding.value, wanted);
  if (wanted !== undefined) c.expectValue(wanted, value, binding.value.span, annotated(binding.annotation!.span));
  const type = wanted ?? value;
  c.level--;
  const local = binding.pattern.kind === 'bind' ? c.binder(binding.pattern.name.id) : undefined;
  if (local !== undefined && isValue(c, binding.value) && !isLinear(type)) {
    c.hold(c.level);
    c.locals.set(local, generalise(c.u, type, c.level));
    c.types.set(binding.pattern.id, type);
    return;
  }
  c.u.lower(type, c.level);
  inferPattern(c, binding.pattern, type);
}

/** Syntactic values (Wright 1995): evaluating them does nothing, so their types can be generalised. */
export function isValue(c: Context, e: Expr): boolean {
  const all = (list: readonly Expr[]): boolean => list.every((x) => isValue(c, x));
  switch (e.kind) {
    case 'literal':
    case 'lambda':
      return true;
    case 'path': {
      const entity = c.resolution.uses.get(e.path.id);
      if (entity?.kind === 'session') return false;
      return entity?.kind !== 'local' || !entity.local.mutable;
    }
    case 'tuple':
      return all(e.elements);
    case 'list':
      return all(e.elements.map((el) => el.value));
    case 'map':
      return all(e.entries.flatMap((entry) => [entry.key, entry.value]));
    case 'record':
      return all(e.fields.map((f) => f.value));
    case 'call': {
      if (e.callee.kind !== 'path' || !all(e.args)) return false;
      const entity = c.resolution.uses.get(e.callee.path.id);
      if (entity?.kind === 'constructor' || entity?.kind === 'exception') return true;
      // A partial application evaluates nothing but its arguments.
      const made = c.types.get(e.id);
      const callee = c.types.get(e.callee.id);
      const [m, f] = [made && prune(made), callee && prune(callee)];
      return (
        m?.kind === 'fun' &&
        f?.kind === 'fun' &&
        m.params.length === f.params.length - e.args.length &&
        e.args.length < f.params.length
      );
    }
    default:
      return false;
  }
}

function inferAssign(c: Context, b: BodyContext, s: Extract<Stmt, { kind: 'assign' }>): void {
  const bound = c.binder(s.name.id);
  if (bound !== undefined) return c.setLocal(bound, inferExpr(c, b, s.value));
  const entity = c.entity(s.name.id);
  const type = entity?.kind === 'local' ? localType(c, b, entity.local, s.name.span) : undefined;
  const value = inferExpr(c, b, s.value, type);
  if (type !== undefined && entity?.kind === 'local')
    c.expect(type, value, s.value.span, {
      what: `what is assigned to \`${s.name.text}\``,
      other: { span: entity.local.span, text: 'bound here' },
    });
}

function inferLocalFun(c: Context, b: BodyContext, s: LocalFunStmt): void {
  const local = c.binder(s.fun.name.id);
  if (local === undefined) return;
  c.level++;
  const result = c.data();
  const names = rigidNames(c, b.named);
  const params = s.fun.params.map((p) => (p.annotation === undefined ? c.open() : typeOf(c, p.annotation, names)));
  const type: Type = { kind: 'fun', params, result };
  c.setLocal(local, type);
  functionBody(c, { ...b, owner: s.fun, result }, s.fun, params, result);
  c.level--;
  c.hold(c.level);
  c.locals.set(local, generalise(c.u, type, c.level));
}

function inferDrop(c: Context, b: BodyContext, s: Extract<Stmt, { kind: 'drop' }>): void {
  const entity = c.entity(s.name.id);
  if (entity?.kind !== 'local') return;
  const t = prune(localType(c, b, entity.local, s.name.span));
  if (t.kind === 'end' || t.kind === 'pool') return;
  if (t.kind === 'var' && t.linear === true) {
    const end = c.end();
    c.expect(t, { kind: 'end', end }, s.name.span);
    return;
  }
  c.report(error('Q0230', s.name.span, `\`${s.name.text}\` is ${describe(t)}: only ends and pools are dropped`));
}
