/**
 * Checks that every `case` covers all values and that every arm can be reached, and that a pattern where nothing else
 * may follow (`let`, parameters, `for`) always matches. Q0241: some value is not covered; Q0242 (a warning): a pattern
 * that can never be reached. Catch clauses need not cover all exceptions (the rest goes on rising), only be reachable.
 * Invariant: no program without errors of this pass fails for want of a matching pattern when it runs.
 */
import type { CaseExpr, Expr, FieldPattern, Param, Pattern, TryExpr } from '../ast/ast.js';
import { error, warning, type Diagnostic } from '../diagnostics/diagnostic.js';
import type { Resolution } from '../resolve/resolution.js';
import type { ModuleEnv } from '../types/module/interface.js';
import type { Typing } from '../types/module/typing.js';
import { lower, type Pat } from './pattern.js';
import { showPattern } from './show.js';
import { signaturesOf, type Signatures } from './signature.js';
import { Rows } from './rows.js';
import { missing, TooComplex, useful, Work, type Row } from './usefulness.js';
import { walkModule } from './walk.js';

/** All diagnostics about patterns of a module, in source order. `env` says what the types of required modules are. */
export function checkPatterns(typing: Typing, env: ModuleEnv = new Map()): Diagnostic[] {
  return new Checker(typing.resolution, signaturesOf(typing.resolution, env)).check();
}

class Checker {
  private readonly found: Diagnostic[] = [];

  constructor(
    private readonly resolution: Resolution,
    private readonly signatures: Signatures,
  ) {}

  check(): Diagnostic[] {
    walkModule(this.resolution.module, {
      item: (item) => {
        if (item.kind === 'fun' || item.kind === 'session') this.params(item.params);
      },
      stmt: (stmt) => {
        if (stmt.kind === 'let') for (const b of stmt.bindings) this.irrefutable(b.pattern, 'let');
        else if (stmt.kind === 'for') this.irrefutable(stmt.pattern, 'for');
        else if (stmt.kind === 'local-fun') this.params(stmt.fun.params);
      },
      expr: (expr) => this.expr(expr),
    });
    return this.found.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  }

  private expr(expr: Expr): void {
    if (expr.kind === 'case') this.cases(expr);
    else if (expr.kind === 'try') this.handlers(expr);
    else if (expr.kind === 'lambda') this.params(expr.params);
    else if (expr.kind === 'on')
      for (const branch of expr.branches) {
        if (branch.kind === 'message') for (const param of branch.params) this.irrefutable(param.pattern, 'message');
      }
    else if (expr.kind === 'comprehension')
      for (const clause of expr.clauses) if (clause.kind === 'for') this.irrefutable(clause.pattern, 'for');
  }

  private params(params: readonly Param[]): void {
    for (const param of params) this.irrefutable(param.pattern, 'param');
  }

  private irrefutable(pattern: Pattern, where: 'let' | 'for' | 'param' | 'message'): void {
    if (pattern.kind === 'bind' || pattern.kind === 'any') return;
    const place = { let: '`let`', for: '`for`', param: 'a parameter', message: 'what a message carries' }[where];
    try {
      const example = missing([[lower(pattern, this.resolution)]], 1, this.signatures, new Work());
      if (example !== undefined)
        this.found.push(
          error('Q0241', pattern.span, `the pattern of ${place} must match every value, but this one can fail`, {
            label: `\`${showPattern(example[0]!)}\` is not matched`,
            hints: ['Use `case` to say what happens otherwise.'],
          }),
        );
      this.reachableAlternatives(pattern, new Rows(), new Work());
    } catch (e) {
      this.tooComplex(e, pattern.span);
    }
  }

  private cases(expr: CaseExpr): void {
    const work = new Work(expr.arms.length);
    try {
      const rows = new Rows();
      for (const arm of expr.arms) {
        this.reachable(arm.pattern, rows, work);
        if (arm.guard === undefined) rows.add([lower(arm.pattern, this.resolution)]);
      }
      const example = missing(rows.all, 1, this.signatures, work);
      if (example !== undefined && expr.otherwise === undefined)
        this.found.push(
          error('Q0241', expr.subject.span, 'this `case` does not cover all values', {
            label: `\`${showPattern(example[0]!)}\` is not covered`,
            hints: ['Add a `when` for it, or an `else` for everything else.', ...this.guardHint(expr, example, work)],
          }),
        );
      if (example === undefined && expr.otherwise !== undefined)
        this.found.push(
          warning('Q0242', expr.otherwise.span, 'this `else` is never reached', {
            hints: ['The patterns above cover all values already.'],
          }),
        );
    } catch (e) {
      this.tooComplex(e, expr.subject.span);
    }
  }

  /** Says so when only a guard keeps the example from being covered: guards are the usual surprise. */
  private guardHint(expr: CaseExpr, example: Row, work: Work): string[] {
    const guarded = expr.arms.filter((a) => a.guard !== undefined).map((a): Row => [lower(a.pattern, this.resolution)]);
    if (guarded.length === 0 || useful(guarded, example, this.signatures, work)) return [];
    return ['A `when` with an `if` does not count: its condition may be false.'];
  }

  private handlers(expr: TryExpr): void {
    const work = new Work(expr.handlers.length);
    try {
      const rows = new Rows();
      for (const handler of expr.handlers) {
        this.reachable(handler.pattern, rows, work);
        rows.add([lower(handler.pattern, this.resolution)]);
      }
    } catch (e) {
      this.tooComplex(e, expr.span);
    }
  }

  /** Warns about an arm, or an alternative in it, that the rows above cover. */
  private reachable(pattern: Pattern, rows: Rows, work: Work): void {
    const pat = lower(pattern, this.resolution);
    if (!useful(rows.like(pat), [pat], this.signatures, work)) this.redundant(pattern);
    else this.reachableAlternatives(pattern, rows, work);
  }

  private reachableAlternatives(pattern: Pattern, rows: Rows, work: Work): void {
    for (const { node, choices } of alternativesIn(pattern, (p) => lower(p, this.resolution))) {
      const before = new Rows();
      choices.forEach((choice, i) => {
        const above = [...rows.like(choice), ...before.like(choice)];
        if (!useful(above, [choice], this.signatures, work)) this.redundant(node.alternatives[i]!);
        before.add([choice]);
      });
    }
  }

  private redundant(pattern: Pattern): void {
    this.found.push(
      warning('Q0242', pattern.span, 'this pattern is never reached', {
        label: 'the patterns above cover everything it matches',
      }),
    );
  }

  private tooComplex(e: unknown, span: Pattern['span']): void {
    if (!(e instanceof TooComplex)) throw e;
    this.found.push(
      error('Q0241', span, 'these patterns are too complex to tell whether they cover all values', {
        hints: ['Split the patterns into several nested `case`, or use smaller ones.'],
      }),
    );
  }
}

type OrPattern = Extract<Pattern, { kind: 'or' }>;

/** Each or-pattern inside `pattern`, with the whole pattern lowered once for every choice of that or-pattern. */
function alternativesIn(
  pattern: Pattern,
  low: (p: Pattern) => Pat,
): { readonly node: OrPattern; readonly choices: readonly Pat[] }[] {
  const found: OrPattern[] = [];
  const look = (p: Pattern): void => {
    if (p.kind === 'or') found.push(p);
    subPatterns(p).forEach(look);
  };
  look(pattern);
  return found.map((node) => ({
    node,
    choices: node.alternatives.map((chosen) => low(replace(pattern, node, chosen))),
  }));
}

function subPatterns(p: Pattern): readonly Pattern[] {
  switch (p.kind) {
    case 'constructor':
      return p.args;
    case 'record':
      return p.fields.flatMap((f) => (f.pattern === undefined ? [] : [f.pattern]));
    case 'tuple':
    case 'list':
      return p.elements;
    case 'or':
      return p.alternatives;
    default:
      return [];
  }
}

/** The pattern with `node` replaced by `by`; nodes are compared by identity. */
function replace(p: Pattern, node: Pattern, by: Pattern): Pattern {
  if (p === node) return by;
  const all = (list: readonly Pattern[]): Pattern[] => list.map((q) => replace(q, node, by));
  switch (p.kind) {
    case 'constructor':
      return { ...p, args: all(p.args) };
    case 'record':
      return { ...p, fields: p.fields.map((f) => replaceField(f, node, by)) };
    case 'tuple':
    case 'list':
      return { ...p, elements: all(p.elements) };
    case 'or':
      return { ...p, alternatives: all(p.alternatives) };
    default:
      return p;
  }
}

const replaceField = (f: FieldPattern, node: Pattern, by: Pattern): FieldPattern =>
  f.pattern === undefined ? f : { ...f, pattern: replace(f.pattern, node, by) };
