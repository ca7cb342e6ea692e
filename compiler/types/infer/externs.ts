/**
 * `extern fun`: what the host offers, as the program declares it.
 * Invariant: a declaration promises nothing that the host could not keep: of values whose type the caller chooses, and of
 * functions, it has only those that it is given, and ends and pools never leave the machine.
 */
import { hostText, isLibraryModule, libraryFunction } from '../../../runtime/bytecode/library.js';
import type { ExternFunItem, TypeExpr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { globalKey } from '../../resolve/resolution.js';
import { typeOf } from './annotations.js';
import { kindOf, type Context } from './context.js';
import { isLinear, namesOf } from './names.js';
import { inferPattern } from './patterns.js';
import { generalise } from '../solve/schemes.js';
import { endOf, partsOf, prune, UNIT, type EndType, type Type } from '../solve/type.js';

export function declareExtern(c: Context, item: ExternFunItem): void {
  const names = { named: new Map<string, Type>(), make: (hint: string) => c.u.variable(1, { hint }) };
  c.level = 1;
  const params = item.params.map((p) => {
    const type = p.annotation === undefined ? c.data() : dataOnly(c, typeOf(c, p.annotation, names), p.annotation);
    inferPattern(c, p.pattern, type);
    return type;
  });
  const result = item.result === undefined ? UNIT : dataOnly(c, typeOf(c, item.result, names), item.result);
  if (item.result !== undefined) checkResult(c, item, params, result, item.result);
  checkLibrary(c, item, params, result);
  c.level = 0;
  const scheme = generalise(c.u, { kind: 'fun', params, result }, 0);
  const key = globalKey({ module: c.resolution.name, name: item.name.text });
  // Nothing is known of an asynchronous host function that does not say what it awaits.
  const outside = item.async && item.awaits !== false ? { outside: item.awaits ?? `an answer of ${key}` } : {};
  const taken = namesOf(item).indexOf(item.takes?.text ?? '');
  const suspends = item.async ? ({ suspends: true } as const) : {};
  c.externs.set(key, {
    scheme,
    kinds: params.map(kindOf),
    extern: true,
    ...outside,
    ...suspends,
    params: namesOf(item),
    ...(taken >= 0 && { takes: [taken] }),
  });
}

function dataOnly(c: Context, type: Type, at: TypeExpr): Type {
  if (!isLinear(type)) return type;
  c.report(error('Q0230', at.span, 'the host cannot be given an end or a pool, and gives none'));
  return c.data();
}

function checkResult(c: Context, item: ExternFunItem, params: readonly Type[], result: Type, at: TypeExpr): void {
  const given = new Set<Type>();
  params.forEach((type) => partsWithin(type, given));
  const names: Type[] = [];
  const functions = new Set([...given].flatMap((t) => (t.kind === 'fun' ? [typeText(t, names)] : [])));
  for (const t of partsWithin(result, new Set())) {
    // Without a name it comes from a mistake that was told.
    if (t.kind === 'var' && t.hint !== undefined && !given.has(t)) {
      c.report(
        error('Q0247', at.span, `\`${item.name.text}\` cannot promise a value of \`${t.hint}\`: it is given none`, {
          label: 'the caller could take it for anything',
          hints: [
            'a type variable of the result has to stand in a parameter as well; a reference to any thread is a `thread`',
          ],
        }),
      );
      return;
    }
    if (t.kind === 'fun' && !functions.has(typeText(t, names))) {
      c.report(
        error('Q0247', at.span, `\`${item.name.text}\` cannot promise a function of this type: it is given none`, {
          label: 'the host makes values, no functions',
          hints: ['let it give what the function needs, and write the function around that'],
        }),
      );
      return;
    }
  }
}

/** What the library's functions take and give is known; in its modules there are no others. */
function checkLibrary(c: Context, item: ExternFunItem, params: readonly Type[], result: Type): void {
  const module = c.resolution.name;
  if (!isLibraryModule(module)) return;
  const real = libraryFunction(`${module}::${item.name.text}`);
  if (real === undefined) {
    c.report(
      error('Q0248', item.name.span, `the library has no function \`${item.name.text}\` of the host in \`${module}\``, {
        hints: [
          `functions of the host in \`${module}\` are the library's: declare your own in a module of another name`,
        ],
      }),
    );
    return;
  }
  const names: Type[] = [];
  const text = (t: Type): string => typeText(t, names);
  const said = { ...real, params: params.map(text), result: text(result).replace(/^\(\)$/, 'void'), async: item.async };
  if (hostText(said) === hostText(real)) return;
  c.report(
    error(
      'Q0248',
      item.name.span,
      `\`${module}::${item.name.text}\` is \`${hostText(real)}\`, not \`${hostText(said)}\``,
      {
        hints: ["the library's functions of the host have one type each, whoever declares them"],
      },
    ),
  );
}

/** A type as the list of the library's functions writes it; `names` are the variables in order. */
function typeText(type: Type, names: Type[]): string {
  const all = (types: readonly Type[]): string => types.map((t) => typeText(t, names)).join(', ');
  const t = prune(type);
  switch (t.kind) {
    case 'var': {
      const at = names.indexOf(t);
      return String.fromCharCode(97 + (at < 0 ? names.push(t) - 1 : at));
    }
    case 'con': {
      const name = t.id.module === '' ? t.id.name : `${t.id.module}::${t.id.name}`;
      return t.args.length > 0 ? `${name}<${all(t.args)}>` : name === 'unit' ? '()' : name;
    }
    case 'tuple':
      return `(${all(t.elements)})`;
    case 'fun':
      return `(${all(t.params)}) -> ${all([t.result])}`;
    default:
      return t.kind;
  }
}

/** A type and all it is made of, what goes over the ends of services included. */
function partsWithin(type: Type, found: Set<Type>): ReadonlySet<Type> {
  const ends = new Set<EndType>();
  const todo: Type[] = [type];
  for (let t = todo.pop(); t !== undefined; t = todo.pop()) {
    const whole = prune(t);
    if (found.has(whole)) continue;
    found.add(whole);
    todo.push(...partsOf(whole));
    if (!('end' in whole)) continue;
    const end = endOf(whole.end);
    if (ends.has(end)) continue;
    ends.add(end);
    for (const types of [...end.sends.values(), ...end.receives.values()]) todo.push(...types);
  }
  return found;
}
