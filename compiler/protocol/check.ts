/**
 * The protocol pass: code and automaton of every session and function, the compositions among them decided, linearity.
 * Invariant: pure; a diagnostic of severity error means that the guarantees of the language reference, section 5, are not
 * given; without one every composition was shown safe.
 */
import type { LambdaExpr, Node } from '../ast/ast.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { isError } from '../diagnostics/diagnostic.js';
import type { Typing } from '../types/typing.js';
import type { Automaton } from './automaton.js';
import type { Code } from './code.js';
import type { Composition } from './compose.js';
import { compose } from './compose.js';
import type { Options } from './decide/decide.js';
import { diagnose, diagnoseOpenWait } from './diagnose.js';
import { extract } from './extract.js';
import { lowerFunction, lowerLambda, lowerSession, lowerTest } from './lower.js';
import { servicesOf } from './services.js';

/** What other modules supply: the code of their exported sessions and functions, by key `module::name`. */
export interface ProtocolEnv {
  readonly codes: ReadonlyMap<string, Code>;
  readonly options?: Options;
}

export interface Protocols {
  /** By key: this module's, and those of other modules that it uses. */
  readonly codes: ReadonlyMap<string, Code>;
  readonly automata: ReadonlyMap<string, Automaton>;
  readonly compositions: readonly Composition[];
  /** By session key: the parameters that take a `self` somewhere in this module. */
  readonly spawners: ReadonlyMap<string, ReadonlySet<number>>;
}

export interface Checked {
  readonly protocols: Protocols;
  readonly diagnostics: readonly Diagnostic[];
}

export const noProtocols: ProtocolEnv = { codes: new Map() };

export function check(typing: Typing, env: ProtocolEnv = noProtocols): Checked {
  const diagnostics: Diagnostic[] = [];
  const own = lowerModule(typing, diagnostics);
  const codes = new Map([...env.codes, ...own]);
  const automata = new Map<string, Automaton>();
  const automatonOf = (key: string): Automaton | undefined => {
    const known = automata.get(key);
    if (known !== undefined) return known;
    const code = codes.get(key);
    if (code === undefined) return undefined;
    const found = extract(code, (k) => codes.get(k));
    automata.set(key, found.automaton);
    if (own.has(key)) diagnostics.push(...found.diagnostics);
    return found.automaton;
  };
  for (const key of own.keys()) automatonOf(key);
  const spawners = spawnersOf([...automata.values()]);
  const linear = dedupe(diagnostics);
  // A session that misuses its ends has no protocol worth composing: one mistake, one message.
  const broken = linear.some(isError);
  const services = servicesOf(typing, automatonOf);
  const { compositions, openWaits } = broken
    ? { compositions: [], openWaits: [] }
    : compose([...own.keys()].map((key) => automatonOf(key)!), automatonOf, services, env.options);
  const found = [
    ...compositions.flatMap((c) => diagnose(c) ?? []),
    ...openWaits.map(diagnoseOpenWait),
  ];
  return {
    protocols: { codes, automata, compositions, spawners },
    diagnostics: dedupe([...linear, ...found]),
  };
}

function lowerModule(typing: Typing, diagnostics: Diagnostic[]): Map<string, Code> {
  const codes = new Map<string, Code>();
  const module = typing.resolution.name;
  const add = ({ code, diagnostics: found }: { code: Code; diagnostics: readonly Diagnostic[] }): void => {
    codes.set(code.key, code);
    diagnostics.push(...found);
  };
  for (const item of typing.resolution.module.items) {
    if (item.kind === 'session') add(lowerSession(item, typing, `${module}::${item.name.text}`));
    else if (item.kind === 'fun') add(lowerFunction(item, typing, `${module}::${item.name.text}`));
    else if (item.kind === 'test') add(lowerTest(item, typing, `${module}::#${item.id}`));
    else continue;
    for (const inner of innerBodies(item))
      add(
        inner.kind === 'lambda'
          ? lowerLambda(inner, typing, `${module}::#${inner.id}`)
          : lowerFunction(inner.fun, typing, `${module}::#${inner.id}`),
      );
  }
  return codes;
}

type Inner = LambdaExpr | Extract<import('../ast/ast.js').Stmt, { kind: 'local-fun' }>;

/** Closures and local functions anywhere inside: each owns its links alone, so each is checked alone. */
function innerBodies(item: Node): Inner[] {
  const found: Inner[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      const node = value as { kind?: unknown; id?: unknown };
      if ((node.kind === 'lambda' || node.kind === 'local-fun') && typeof node.id === 'number') found.push(value as Inner);
      for (const [key, child] of Object.entries(value)) if (key !== 'span' && key !== 'opSpan') visit(child);
    }
  };
  visit(item);
  return found;
}

function spawnersOf(automata: readonly Automaton[]): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const automaton of automata)
    for (const state of automaton.states)
      for (const edge of state.edges) {
        if (edge.kind !== 'spawn') continue;
        for (const m of edge.members)
          m.args.forEach((a, i) => {
            if (a.kind === 'self') found.set(m.session, (found.get(m.session) ?? new Set<number>()).add(i));
          });
      }
  return found;
}

/** One message a place: what goes wrong at the same span in several compositions is one mistake. */
function dedupe(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((d) => {
    const key = `${d.span?.file.path} ${d.span?.start} ${d.span?.end} ${d.severity}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
