/**
 * Names in type expressions. Lower-case names that are no built-in types are type variables; upper-case names in the
 * place of a session type may be bound by `rec`, `exists`, `forall`, or be the name of a session or a role.
 */
import type { Name, TypeExpr } from '../ast/ast.js';
import { error, warning } from '../diagnostics/diagnostic.js';
import { didYouMean, nearest } from '../diagnostics/suggest.js';
import { FOREIGN_TYPES } from './foreign-names.js';
import { PRELUDE_TYPES } from './prelude.js';
import { isUpper, type Resolver } from './resolver.js';

export interface TypeScope {
  /** Type parameters of the declaration; absent where any lower-case name is a type variable. */
  readonly params?: ReadonlySet<string>;
  /** Names bound by `rec`, `exists`, `forall`, and roles of a protocol. */
  readonly bound: ReadonlySet<string>;
  /**
   * In the annotation of a session: whether it may say nothing from here on for ever, for which `rec X. X` stands. Who talks at all
   * may do so only after a message; protocols tell whether it is true.
   */
  readonly silent?: boolean;
}

export const anyTypes: TypeScope = { bound: new Set() };
/** What a session type ends in. */
const ENDS = new Set(['End', 'Eps', 'Ret']);

export function resolveType(r: Resolver, type: TypeExpr, scope: TypeScope = anyTypes): void {
  const withBound = (name: Name): TypeScope => ({ ...scope, bound: new Set([...scope.bound, name.text]) });
  switch (type.kind) {
    case 'name':
      return resolveName(r, type, scope);
    case 'tuple':
      return type.elements.forEach((t) => resolveType(r, t, scope));
    case 'fun':
      type.params.forEach((t) => resolveType(r, t, scope));
      return resolveType(r, type.result, scope);
    case 'rec':
      if (scope.silent !== true) unguarded(r, type);
      return resolveType(r, type.body, withBound(type.name));
    case 'exists':
      return resolveType(r, type.body, withBound(type.name));
    case 'forall':
      if (type.limit !== undefined) resolveType(r, type.limit, scope);
      return resolveType(r, type.body, withBound(type.name));
    case 'upto':
      return resolveType(r, type.body, scope);
    case 'spawner':
    case 'peer':
      // `(q : Q)`: what stands for the peer's whole type is a name of the reader's choice.
      if (!(type.type.kind === 'name' && type.type.parts.length === 1 && isUpper(type.type.parts[0]!.text)))
        resolveType(r, type.type, scope);
      return resolveType(r, type.body, scope);
    case 'action':
      for (const branch of type.branches) {
        branch.args.forEach((t) => resolveType(r, t, scope));
        resolveType(r, branch.next, scope.silent === undefined ? scope : { ...scope, silent: true });
      }
  }
}

/** `rec X. X`, also with other names or parameters between: nothing is ever said before it begins again. */
function unguarded(r: Resolver, type: Extract<TypeExpr, { kind: 'rec' }>): void {
  let body: TypeExpr = type;
  let own = true;
  while ('body' in body) {
    // Another binding of the name hides this one; its own `rec` is looked at by itself.
    if (body !== type && 'name' in body && body.name.text === type.name.text) own = false;
    body = body.body;
  }
  const { text } = type.name;
  if (!own || body.kind !== 'name' || body.parts.length > 1 || body.parts[0]!.text !== text) return;
  r.report(
    error('Q0222', body.span, `\`${text}\` goes on as itself without anything being said`, {
      label: 'no message comes before this',
      labels: [{ span: type.name.span, text: `\`${text}\` begins here` }],
      hints: [
        `between \`rec ${text}.\` and \`${text}\` stands at least one message: \`rec ${text}. ?p{Next ~> ${text}}\``,
      ],
    }),
  );
}

function resolveName(r: Resolver, type: Extract<TypeExpr, { kind: 'name' }>, scope: TypeScope): void {
  type.args.forEach((t) => resolveType(r, t, scope));
  const name = type.parts[0]!;
  if (type.parts.length === 1) {
    if (ENDS.has(name.text) || scope.bound.has(name.text)) return;
    const session = r.globals.values.get(name.text);
    if (session?.kind === 'session' && !r.globals.types.has(name.text)) return void r.uses.set(type.id, session);
  } else if (resolveRole(r, type)) return;
  const found = r.type(type.parts);
  if (found !== undefined) return void r.note(type.id, found);
  if (type.parts.length > 1 || isUpper(name.text)) return;
  if (scope.params !== undefined && !scope.params.has(name.text))
    r.report(
      error('Q0101', type.span, `there is no type \`${name.text}\` here`, {
        hints: [
          ...didYouMean(name.text, [...scope.params, ...['int', 'float', 'bool', 'string', 'bytes', 'list', 'map']]),
          `a type parameter is written after the name of the type: \`type T<${name.text}> = ...\``,
        ],
      }),
    );
  else {
    if (scope.params === undefined) misspelt(r, type, name.text);
    r.uses.set(type.id, { kind: 'type-param', name: name.text });
  }
}

/** `strng`: a type variable by the rules, and most likely a slip of the pen. */
function misspelt(r: Resolver, type: TypeExpr, name: string): void {
  if (name.length < 3 || r.typeVariables.has(name)) return;
  r.typeVariables.add(name);
  const near = FOREIGN_TYPES.get(name) ?? nearest(name, PRELUDE_TYPES.keys());
  if (near === undefined) return;
  r.report(
    warning('Q0223', type.span, `\`${name}\` is no type: it stands for any type here`, {
      hints: [`did you mean \`${near}\`?`],
    }),
  );
}

/** `Purchase.Seller`: the protocol and one of its roles. */
function resolveRole(r: Resolver, type: Extract<TypeExpr, { kind: 'name' }>): boolean {
  const [protocol, role] = type.parts;
  const roles = r.globals.roles.get(protocol!.text);
  if (roles === undefined || role === undefined) return false;
  const entity = r.globals.types.get(protocol!.text);
  if (!roles.includes(role.text))
    r.report(
      error('Q0104', role.span, `protocol \`${protocol!.text}\` has no role \`${role.text}\``, {
        hints: didYouMean(role.text, roles),
      }),
    );
  else if (entity?.kind === 'protocol') r.uses.set(type.id, { kind: 'role', protocol: entity.id, name: role.text });
  return true;
}
