/**
 * Statements and blocks. Invariant: what is bound in a block is used up before the block is left, on whichever way.
 */
import { truthOf } from '../ast/endless.js';
import type { Block, LetStmt, Stmt } from '../ast/ast.js';
import type { Exit } from '../resolve/leaving.js';
import type { Body } from './body.js';
import { closure, look, operands, refuse, taken } from './calls.js';
import { bind } from './patterns.js';
import { rounds, through } from './rounds.js';
import { leaveForms } from './tries.js';

export function block(b: Body, node: Block, wanted: boolean): void {
  b.enter();
  node.statements.forEach((s, i) => statement(b, s, wanted && i === node.statements.length - 1));
  b.leave();
}

function statement(b: Body, s: Stmt, wanted: boolean): void {
  switch (s.kind) {
    case 'let':
      return walkLet(b, s);
    case 'var':
    case 'assign': {
      b.forms.expression(b, s.value, true);
      const bound = b.typing.resolution.binders.get(s.name.id);
      if (bound !== undefined) return b.declare(bound);
      const entity = b.entity(s.name.id);
      return entity?.kind === 'local' ? b.assign(entity.local, s.span) : undefined;
    }
    case 'local-fun':
      return closure(b, s.fun, 'a local function');
    case 'while':
      return rounds(b, {
        span: s.body.span,
        head: () => look(b, s.condition),
        round: () => b.forms.block(b, s.body, false),
        ends: truthOf(s.condition) !== true,
      });
    case 'for':
      return through(b, s.source, s.pattern, s.body.span, () => b.forms.block(b, s.body, false));
    case 'serve':
      look(b, s.pool);
      return rounds(b, {
        span: s.body.span,
        head: () => undefined,
        round: () => b.forms.block(b, s.body, false),
        ends: true,
      });
    case 'put':
      look(b, s.end);
      if (s.datum !== undefined) {
        refuse(b, s.datum, 'be kept beside a member of a pool', 'send it to the member, which then has it');
        operands(b, taken([s.datum], 'it was put into a pool'));
      }
      return look(b, s.pool);
    case 'drop':
      return;
    case 'loop':
      if (s.args !== undefined) operands(b, taken(s.args, '`loop` passed it on'));
      else for (const p of [...(b.scopes[0] ?? [])]) b.take(p, { span: s.span, text: '`loop` passed it on' });
      return out(b, s, 'loop');
    case 'close':
      return out(b, s, 'close');
    case 'fail':
    case 'raise':
      look(b, s.value);
      b.state = undefined;
      return;
    case 'return':
      if (s.value !== undefined) b.forms.expression(b, s.value, true);
      leaveForms(b, 'return', s);
      return b.exit({ span: s.span, text: 'not where this returns' });
    case 'break':
    case 'continue': {
      leaveForms(b, s.kind, s);
      const round = b.around.findLast((form) => form.kind === 'loop');
      if (round?.kind === 'loop') {
        if (s.kind === 'break' && round.source !== undefined) b.forgetValue(round.source, s.span);
        b.forgetFrom(round.depth);
        const path = { state: b.outside(round.depth), left: { span: s.span, text: `not before this \`${s.kind}\`` } };
        (s.kind === 'break' ? round.breaks : round.continues).push(path);
      }
      b.state = undefined;
      return;
    }
    case 'expr':
      if (!wanted && b.holder(s.expr) !== undefined) return look(b, s.expr);
      return b.forms.expression(b, s.expr, wanted);
  }
}

/** The body is left, and goes on elsewhere or nowhere. */
function out(b: Body, s: Stmt, exit: Exit): void {
  leaveForms(b, exit, s);
  b.forgetFrom(0);
  b.state = undefined;
}

function walkLet(b: Body, s: LetStmt): void {
  for (const { pattern, value } of s.bindings) {
    b.forms.expression(b, value, true);
    bind(b, pattern);
  }
}
