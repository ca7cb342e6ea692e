/** Types of patterns: what they match and what their names are bound to. Names in patterns are never generalised. */
import { count } from '../solve/show.js';
import type { Pattern } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { fieldHints } from '../../diagnostics/suggest.js';
import type { Context } from './context.js';
import { constructorType, fieldsOf, instanceOf } from './declarations.js';
import { literalType } from '../solve/literals.js';
import { listOf, prune, type Type } from '../solve/type.js';

/** No conversion helps a pattern. */
const PATTERN = { what: 'this pattern', hints: [] };

/** The pattern must match values of `type`. */
export function inferPattern(c: Context, p: Pattern, type: Type): void {
  c.types.set(p.id, type);
  switch (p.kind) {
    case 'any':
      return;
    case 'bind': {
      const local = c.binder(p.name.id);
      if (local === undefined) return;
      const known = c.locals.get(local);
      // Another alternative of an or-pattern bound the same name.
      if (known !== undefined) c.expect(known.type, type, p.span);
      else c.setLocal(local, type);
      return;
    }
    case 'literal':
      c.expect(type, literalType(p.literal), p.span, PATTERN);
      return;
    case 'tuple': {
      const elements = p.elements.map(() => c.data());
      c.expect(type, { kind: 'tuple', elements }, p.span, PATTERN);
      return p.elements.forEach((e, i) => inferPattern(c, e, elements[i]!));
    }
    case 'list': {
      const element = c.data();
      c.expect(type, listOf(element), p.span, PATTERN);
      p.elements.forEach((e) => inferPattern(c, e, element));
      const rest = p.rest?.name && c.binder(p.rest.name.id);
      if (rest !== undefined) c.setLocal(rest, type);
      return;
    }
    case 'or':
      return p.alternatives.forEach((a) => inferPattern(c, a, type));
    case 'constructor':
      return constructorPattern(c, p, type);
    case 'record':
      return recordPattern(c, p, type);
  }
}

function constructorPattern(c: Context, p: Extract<Pattern, { kind: 'constructor' }>, type: Type): void {
  const entity = c.entity(p.path.id);
  const made = entity?.kind === 'constructor' || entity?.kind === 'exception' ? constructorType(c, entity) : undefined;
  if (made === undefined) return p.args.forEach((a) => inferPattern(c, a, c.data()));
  c.expect(type, made.result, p.span, PATTERN);
  if (made.args.length !== p.args.length)
    c.report(
      error(
        'Q0202',
        p.span,
        `\`${p.path.parts.at(-1)!.text}\` has ${count(made.args.length)}, but this pattern gives it ${count(p.args.length)}`,
        made.args.length === 0
          ? {}
          : {
              hints: [
                `\`_\` stands for a value that is not used: \`${p.path.parts.at(-1)!.text}(${made.args.map(() => '_').join(', ')})\``,
              ],
            },
      ),
    );
  p.args.forEach((a, i) => inferPattern(c, a, made.args[i] ?? c.data()));
}

function recordPattern(c: Context, p: Extract<Pattern, { kind: 'record' }>, type: Type): void {
  const entity = c.entity(p.type.id);
  const declared = entity?.kind === 'record' ? c.declaration(entity.id) : undefined;
  const result = declared && instanceOf(c, declared).result;
  if (result !== undefined) c.expect(type, result, p.span, PATTERN);
  const t = result && prune(result);
  const fields = t?.kind === 'con' ? fieldsOf(c, t.id, t.args) : undefined;
  for (const field of p.fields) {
    const of = fields?.get(field.name.text);
    if (fields !== undefined && of === undefined)
      c.report(
        error('Q0203', field.name.span, `\`${p.type.parts.at(-1)!.text}\` has no field \`${field.name.text}\``, {
          hints: fieldHints(field.name.text, fields.keys()),
        }),
      );
    const fieldType = of ?? c.data();
    if (field.pattern !== undefined) inferPattern(c, field.pattern, fieldType);
    else {
      const local = c.binder(field.name.id);
      if (local !== undefined) {
        const known = c.locals.get(local);
        if (known !== undefined) c.expect(known.type, fieldType, field.span);
        else c.setLocal(local, fieldType);
      }
    }
  }
}
