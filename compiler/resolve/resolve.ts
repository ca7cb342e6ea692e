/**
 * Resolve: from the abstract syntax to what every name means.
 * Invariant: never throws, whatever tree parse could build; after errors the tables hold everything that was found.
 */
import type { Item, Module, RequireItem, SessionItem } from '../ast/ast.js';
import { eachNode } from '../ast/walk.js';
import { type Diagnostic, error, warning } from '../diagnostics/diagnostic.js';
import type { Span } from '../source/source.js';
import type { ModuleEnv } from '../types/module/interface.js';
import { resolveExpr } from './expressions.js';
import { collectGlobals } from './globals.js';
import { bindPatterns } from './patterns.js';
import { STANDARD } from './prelude.js';
import type { Owner, Resolution } from './resolution.js';
import { type Frame, Resolver } from './resolver.js';
import { Scope } from './scope.js';
import { resolveBlock, resolveFunction } from './statements.js';
import { resolveType } from './types.js';

export interface Resolved {
  readonly resolution: Resolution;
  readonly diagnostics: readonly Diagnostic[];
}

/** `name` is the module's canonical name; `env` has the interfaces of what it requires. */
export function resolve(module: Module, name: string, env: ModuleEnv): Resolved {
  const diagnostics: Diagnostic[] = [];
  const r = new Resolver(name, collectGlobals(module, name, diagnostics), env, resolveBlock);
  const requires = resolveRequires(r, module);
  for (const item of module.items) {
    r.begin(item);
    resolveItem(r, item);
    r.finish();
  }
  const { uses, binders, inScope, locals, references, selves, peers } = r;
  return {
    resolution: { module, name, uses, binders, inScope, locals, requires, references, selves, peers },
    diagnostics: [...diagnostics, ...r.diagnostics],
  };
}

/** A module that is not there was reported when the modules were put in order. */
function resolveRequires(r: Resolver, module: Module): string[] {
  const requires = r.name !== STANDARD && r.env.has(STANDARD) ? [STANDARD] : [];
  const places = new Map<string, Span>();
  for (const item of module.items) {
    if (item.kind !== 'require') continue;
    const canonical = item.path.parts.map((p) => p.text).join('::');
    nameModule(r, item, canonical, places);
    if (!requires.includes(canonical)) requires.push(canonical);
    r.uses.set(item.path.id, { kind: 'module', module: canonical });
  }
  return requires;
}

/** A module may have several names, but a name means one module. */
function nameModule(r: Resolver, item: RequireItem, canonical: string, places: Map<string, Span>): void {
  const called = item.alias?.text ?? canonical;
  const first = places.get(called);
  const known = r.prefixes.get(called);
  if (first !== undefined) {
    const labels = [{ span: first, text: 'first required here' }];
    const same = known === canonical;
    const report = same
      ? warning('Q0111', item.span, `\`${canonical}\` is required twice`, { labels, hints: ['take this line out'] })
      : error('Q0102', item.span, `two modules would be called \`${called}\` here`, {
          labels,
          hints: [`give one of them another name: \`require ${canonical} as ...\``],
        });
    r.report(report);
    if (!same) return;
  }
  places.set(called, item.span);
  r.prefixes.set(called, canonical);
}

const frameOf = (owner: Owner): Frame => ({ scope: new Scope(undefined, owner), owner, loop: false });

/** Whether the text of a session has nothing in it by which it could talk to anybody. */
function saysNothing(item: SessionItem): boolean {
  let silent = item.params.length === 0;
  eachNode(item.body, (node) => {
    if ('kind' in node && /^(on|send|serve|take|put|connect|drop)$/.test(String(node.kind))) silent = false;
  });
  return silent;
}

function resolveItem(r: Resolver, item: Item): void {
  switch (item.kind) {
    case 'require':
    case 'extern-type':
      return;
    case 'fun':
      return resolveFunction(r, item, undefined);
    case 'session': {
      const frame = frameOf(item);
      for (const p of item.params) if (p.annotation !== undefined) resolveType(r, p.annotation);
      const names = item.params.flatMap((p) => (p.pattern.kind === 'bind' ? [p.pattern.name.text] : []));
      if (item.annotation !== undefined)
        resolveType(r, item.annotation, { bound: new Set(names), silent: saysNothing(item) });
      bindPatterns(
        r,
        frame,
        item.params.map((p) => p.pattern),
        'param',
      );
      return resolveBlock(r, frame, item.body);
    }
    case 'type': {
      const params = new Set(item.params.map((p) => p.text));
      const scope = { params, bound: new Set<string>() };
      if (item.body.kind === 'alias') resolveType(r, item.body.type, scope);
      if (item.body.kind === 'record') item.body.fields.forEach((f) => resolveType(r, f.type, scope));
      if (item.body.kind === 'sum') item.body.variants.forEach((v) => v.args.forEach((t) => resolveType(r, t, scope)));
      return;
    }
    case 'exception':
      return item.args.forEach((t) => resolveType(r, t, { params: new Set(), bound: new Set() }));
    case 'protocol': {
      const bound = new Set(item.roles.map((role) => role.name.text));
      return item.roles.forEach((role) => resolveType(r, role.type, { bound }));
    }
    case 'extern-fun':
      for (const p of item.params) if (p.annotation !== undefined) resolveType(r, p.annotation);
      if (item.result !== undefined) resolveType(r, item.result);
      bindPatterns(
        r,
        frameOf({ ...item, kind: 'fun', body: { id: item.id, span: item.span, statements: [] } }),
        item.params.map((p) => p.pattern),
        'param',
      );
      return;
    case 'const':
      if (item.annotation !== undefined) resolveType(r, item.annotation);
      return resolveExpr(r, frameOf(item), item.value);
    case 'test':
      return resolveBlock(r, frameOf(item), item.body);
  }
}
