/**
 * Names in patterns. Invariant: a pattern binds a name once; all alternatives of an or-pattern bind the same names, and
 * a name means the same local in each of them.
 */
import type { Name, Pattern } from '../ast/ast.js';
import { error } from '../diagnostics/diagnostic.js';
import type { Local } from './resolution.js';
import type { Cell } from './scope.js';
import type { Frame, Resolver } from './resolver.js';

type Names = Map<string, Cell>;

/** Binds the names of several patterns that stand side by side (parameters, payload). */
export function bindPatterns(r: Resolver, frame: Frame, patterns: readonly Pattern[], binder: Local['binder']): void {
  const names: Names = new Map();
  for (const pattern of patterns) bindInto(r, frame, pattern, binder, names, new Map());
}

function bindInto(
  r: Resolver,
  frame: Frame,
  pattern: Pattern,
  binder: Local['binder'],
  names: Names,
  shared: Names,
): void {
  const all = (list: readonly Pattern[]): void => list.forEach((p) => bindInto(r, frame, p, binder, names, shared));
  switch (pattern.kind) {
    case 'any':
    case 'literal':
      return;
    case 'bind':
      return bindName(r, frame, pattern.name, binder, names, shared);
    case 'constructor': {
      const found = r.value(undefined, pattern.path);
      if (found !== undefined && found.kind !== 'constructor' && found.kind !== 'exception')
        notA(r, pattern.path.parts.at(-1)!, found.kind, 'a constructor or exception');
      return all(pattern.args);
    }
    case 'record': {
      const found = r.value(undefined, pattern.type);
      if (found !== undefined && found.kind !== 'record')
        notA(r, pattern.type.parts.at(-1)!, found.kind, 'a record type');
      for (const field of pattern.fields)
        if (field.pattern === undefined) bindName(r, frame, field.name, binder, names, shared);
        else bindInto(r, frame, field.pattern, binder, names, shared);
      return;
    }
    case 'tuple':
      return all(pattern.elements);
    case 'list':
      all(pattern.elements);
      if (pattern.rest?.name !== undefined) bindName(r, frame, pattern.rest.name, binder, names, shared);
      return;
    case 'or':
      return bindAlternatives(r, frame, pattern, binder, names, shared);
  }
}

function bindName(r: Resolver, frame: Frame, name: Name, binder: Local['binder'], names: Names, shared: Names): void {
  const same = shared.get(name.text);
  if (same !== undefined && !names.has(name.text)) {
    r.binders.set(name.id, same);
    names.set(name.text, same);
    return;
  }
  const first = names.get(name.text);
  if (first !== undefined)
    r.report(
      error('Q0102', name.span, `\`${name.text}\` is bound twice in the same pattern`, {
        labels: [{ span: first.span, text: 'first bound here' }],
        hints: ['use another name, and compare the two with `if`'],
      }),
    );
  names.set(name.text, r.bind(frame, name, binder));
}

function bindAlternatives(
  r: Resolver,
  frame: Frame,
  pattern: Extract<Pattern, { kind: 'or' }>,
  binder: Local['binder'],
  names: Names,
  shared: Names,
): void {
  const before = new Map(names);
  let first: Names | undefined;
  for (const alternative of pattern.alternatives) {
    const mine: Names = new Map(before);
    bindInto(r, frame, alternative, binder, mine, first === undefined ? shared : new Map([...shared, ...first]));
    const bound: Names = new Map([...mine].filter(([n]) => !before.has(n)));
    if (first === undefined) first = bound;
    else {
      const lacking = [...first.keys()].filter((n) => !bound.has(n));
      const extra = [...bound.keys()].filter((n) => !first!.has(n));
      if (lacking.length + extra.length > 0) r.report(unevenAlternatives(pattern, alternative, lacking, extra));
    }
    for (const [name, cell] of mine) names.set(name, cell);
  }
}

function unevenAlternatives(
  pattern: Extract<Pattern, { kind: 'or' }>,
  alternative: Pattern,
  lacking: readonly string[],
  extra: readonly string[],
) {
  const quoted = (names: readonly string[]): string => names.map((n) => `\`${n}\``).join(', ');
  const is = (names: readonly string[]): string => `${quoted(names)} ${names.length === 1 ? 'is' : 'are'}`;
  const first = pattern.alternatives[0]!.span;
  const here = lacking.length > 0 ? `${is(lacking)} not bound here` : `${is(extra)} bound here`;
  const there = lacking.length > 0 ? `${is(lacking)} bound here` : `${is(extra)} not bound here`;
  return error('Q0106', alternative.span, 'the alternatives of this pattern do not bind the same names', {
    label: lacking.length > 0 && extra.length > 0 ? `${here}, but ${is(extra)}` : here,
    labels: [{ span: first, text: there }],
    hints: ['bind the same names in each alternative, or write `_` for what is not used'],
  });
}

export function notA(r: Resolver, name: Name, kind: string, wanted: string): void {
  const is: Record<string, string> = {
    local: 'a variable',
    fun: 'a function',
    'extern-fun': 'a function',
    const: 'a constant',
    session: 'a session',
    constructor: 'a constructor',
    exception: 'an exception',
    record: 'a record type',
  };
  r.report(error('Q0104', name.span, `\`${name.text}\` is ${is[kind] ?? `a ${kind}`}, not ${wanted}`));
}
