/**
 * The protocol pass: code and automaton of every session and function, the compositions among them decided, linearity.
 * Invariant: pure; a diagnostic of severity error means that the guarantees of the language reference, section 5, are not
 * given; without one every composition was shown safe.
 */
import type { LambdaExpr, LocalFunStmt, Node } from '../ast/ast.js';
import { eachNode } from '../ast/walk.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { error, isError } from '../diagnostics/diagnostic.js';
import { moduleOf } from '../resolve/resolution.js';
import type { ModuleEnv } from '../types/module/interface.js';
import type { Typing } from '../types/module/typing.js';
import type { Automaton } from './automaton/automaton.js';
import { spawnedBy } from './automaton/automaton.js';
import type { Cluster } from './compose/cluster.js';
import { constantKey, type Code } from './code/code.js';
import type { Composed } from './compose/compose.js';
import type { Composition } from './compose/composition.js';
import { checkAnnotation, protocolCluster } from './written/annotate.js';
import { composeClusters } from './compose/compose.js';
import { clustersOf } from './compose/clusters.js';
import { diagnoseOpenWait, diagnoseStuck, findCertain, findStuck } from './say/diagnose-wait.js';
import { diagnose, waitsForOthers } from './say/diagnose.js';
import type { ExportedProtocols } from './exports.js';
import { exportCodes, importCodes } from './exports.js';
import { extract } from './automaton/extract.js';
import { Effects, runsOf } from './code/effects.js';
import { tooLong } from './code/written-out.js';
import { holdAndWait } from './whole/hold-wait.js';
import { inheritProgress } from './whole/inherit.js';
import { lateClients } from './whole/lifetimes.js';
import { judgeConstants } from './constants.js';
import { lowerConstant, lowerFunction, lowerLambda, lowerSession, lowerTest } from './code/lower.js';
import type { Place, Projection } from './compose/projection.js';
import { poolMistakes } from './code/pool-use.js';
import { circlesOfSessions } from './compose/recursion.js';
import { servicesOf } from './compose/services.js';
import type { StuckRun } from './whole/stuck-run.js';
import { watchCompositions } from './whole/watching.js';

export interface CheckOptions {
  /** Greatest queue bound tried. */
  readonly maxBound?: number;
  /** Seconds for one composition; absent: no limit of time. */
  readonly timeout?: number;
}

export interface Protocols {
  /** By key: this module's, and those of other modules that it uses. */
  readonly codes: ReadonlyMap<string, Code>;
  readonly automata: ReadonlyMap<string, Automaton>;
  readonly compositions: readonly Composition[];
  /** Runs of the whole program that get stuck, found where no composition by itself was rejected. */
  readonly stuckRuns: readonly StuckRun[];
  /** By session key: the parameters that take a `self` somewhere in this module. */
  readonly spawners: ReadonlyMap<string, ReadonlySet<number>>;
}

export interface Checked {
  readonly protocols: Protocols;
  /** What this module's interface shows of its protocols to others (`ModuleInterface.protocols`). */
  readonly exports: ExportedProtocols;
  readonly diagnostics: readonly Diagnostic[];
}

/** Warnings that somebody may wait for ever. */
const UNPROVED: ReadonlySet<string> = new Set(['Q0330', 'Q0331', 'Q0332']);

/** `env`: the modules compiled before; their interfaces carry the code of their sessions. */
export function check(typing: Typing, env: ModuleEnv = new Map(), options: CheckOptions = {}): Checked {
  const diagnostics: Diagnostic[] = [];
  const own = lowerModule(typing, diagnostics);
  const shown = new Map([...env].map(([name, m]) => [name, importCodes(m.protocols)]));
  const imported = [...shown.values()].flat();
  const codes = new Map([...imported.map((c) => [c.key, c] as const), ...own]);
  const effects = new Effects(codes);
  const automata = new Map<string, Automaton>();
  const long = tooLong(own, codes);
  if (long.length > 0) return unread(codes, dedupe([...diagnostics, ...long]));
  const automatonOf = (key: string): Automaton | undefined => {
    const known = automata.get(key);
    if (known !== undefined) return known;
    const code = codes.get(key);
    if (code === undefined) return undefined;
    const found = extract(code, (k) => codes.get(k), effects);
    automata.set(key, found.automaton);
    if (own.has(key)) diagnostics.push(...found.diagnostics);
    return found.automaton;
  };
  for (const key of own.keys()) automatonOf(key);
  // Imported closures and functions used as values may be run from anywhere.
  for (const code of imported) for (const key of code.key.includes('#') ? [code.key] : code.values) automatonOf(key);
  const spawners = spawnersOf([...automata.values()]);
  const written: Cluster[] = [];
  for (const item of typing.resolution.module.items) {
    const automaton = item.kind === 'session' ? automatonOf(`${typing.resolution.name}::${item.name.text}`) : undefined;
    if (item.kind === 'session' && automaton !== undefined)
      diagnostics.push(...checkAnnotation(item, automaton, typing));
    if (item.kind !== 'protocol') continue;
    const found = protocolCluster(item, typing);
    diagnostics.push(...found.diagnostics);
    written.push(found.cluster);
  }
  diagnostics.push(...judgeConstants(typing, env, codes));
  diagnostics.push(...circlesOfSessions(typing, diagnostics), ...poolMistakes(typing));
  const linear = dedupe(diagnostics);
  // A session that misuses its ends has no protocol worth composing: one mistake, one message.
  const broken = linear.some(isError);
  const services = servicesOf(typing.resolution.name, codes, effects, automatonOf);
  const clusters = [...written];
  const done = new Set<string>();
  // Sessions of other modules that are reached have links of their own, which waits on several links may hang on.
  for (let next = [...automata.values()]; !broken && next.length > 0;) {
    next.forEach((a) => done.add(a.key));
    for (const a of next) [...runsOf(a.key, codes), ...spawnedBy(a)].forEach(automatonOf);
    clusters.push(...clustersOf(next, automatonOf, services));
    next = [...automata.values()].filter((a) => !done.has(a.key));
  }
  const composed = composeClusters(clusters, automatonOf, options);
  const { openWaits } = composed;
  const all = inheritProgress(
    [...withServices(composed, codes, effects), ...watchCompositions([...automata.values()], services, options)],
    effects,
    automatonOf,
    options,
  );
  const mine = new Set([...own.keys(), ...written.map((c) => c.owner)]);
  const known = clustersKnown(shown, automatonOf);
  const compositions = all.filter((c) => mine.has(c.cluster.owner) || !known(c.cluster));
  const stuckRuns = new Map<string, StuckRun>();
  const stuckAt = (place: Place): Diagnostic | undefined => {
    const run = findStuck(place, [...automata.values()], automatonOf);
    if (run === undefined) return undefined;
    stuckRuns.set(`${place.automaton.key} ${place.state}`, run);
    return diagnoseStuck(place, run);
  };
  const found = [
    ...missingCode(
      [...automata.values()].filter((a) => own.has(a.key)),
      codes,
    ),
    ...openWaits.flatMap(({ place }) => {
      const stuck = stuckAt(place);
      // A link that is wrong by itself is why nothing comes over it.
      const wrong = compositions.some(
        (c) => c.verdict.verdict === 'rejected' && c.projections.some((p) => awaits(p, place)),
      );
      return stuck ?? (wrong ? [] : diagnoseOpenWait(place));
    }),
    ...compositions.flatMap((c) => {
      const place = waitsForOthers(c);
      return (place && stuckAt(place)) ?? diagnose(c) ?? [];
    }),
  ];
  if (found.some((d) => UNPROVED.has(d.code)) && !found.some(isError)) {
    const values = [...codes.values()].flatMap((c) => [...(c.key.includes('#') ? [c.key] : []), ...c.values]);
    const roots = [...automata.values()].filter((a) => own.has(a.key));
    const certain = findCertain(roots, { byKey: automatonOf, services, values: new Set(values) });
    if (certain !== undefined) {
      stuckRuns.set('every run', certain.run);
      // What may wait for ever does: of that one message tells.
      found.splice(0, found.length, ...found.filter((d) => !UNPROVED.has(d.code)));
      found.push(diagnoseStuck(certain.place, certain.run));
    }
  }
  found.sort((a, b) => Number(isError(b)) - Number(isError(a)));
  return {
    protocols: { codes, automata, compositions, stuckRuns: [...stuckRuns.values()], spawners },
    exports: exportCodes(exported(own, codes, effects)),
    diagnostics: dedupe([...linear, ...found]),
  };
}

/** Of a module whose bodies are too long to be read: nothing but why. */
const unread = (codes: ReadonlyMap<string, Code>, diagnostics: readonly Diagnostic[]): Checked => ({
  protocols: { codes, automata: new Map(), compositions: [], stuckRuns: [], spawners: new Map() },
  exports: exportCodes([]),
  diagnostics,
});

/** Whether a role waits at this place for something of its composition and for something else. */
const awaits = (p: Projection, { automaton, state }: Place): boolean =>
  [...p.mixed.values()].some(({ place }) => place.automaton === automaton && place.state === state);

/**
 * Whether a cluster of another module was reported on when that module was checked. A client of its may mean more services
 * here than it did there, since references flow here that were not known there: that is a new cluster.
 */
function clustersKnown(
  shown: ReadonlyMap<string, readonly Code[]>,
  automatonOf: (key: string) => Automaton | undefined,
): (cluster: Cluster) => boolean {
  const keyOf = (c: Cluster, guessed: boolean): string => {
    const serves = c.roles.flatMap((r) => r.serves ?? []).map((a) => a.key);
    return `${c.owner} ${c.span.start} ${serves.sort().join()} ${guessed}`;
  };
  const known = new Map<string, ReadonlySet<string>>();
  return (cluster) => {
    if (cluster.kind !== 'service') return true;
    const home = moduleOf(cluster.owner);
    let keys = known.get(home);
    if (keys === undefined) {
      const codes = new Map((shown.get(home) ?? []).map((c) => [c.key, c]));
      const services = servicesOf(home, codes, new Effects(codes), automatonOf);
      const automata = [...codes.keys()].flatMap((key) => (moduleOf(key) === home ? (automatonOf(key) ?? []) : []));
      keys = new Set(clustersOf(automata, automatonOf, services).map((c) => keyOf(c, c.guessed === true)));
      known.set(home, keys);
    }
    // What was only guessed there was said to be not proved; what was known there must be known here.
    return keys.has(keyOf(cluster, true)) || (cluster.guessed !== true && keys.has(keyOf(cluster, false)));
  };
}

/**
 * This module's sessions, and functions that deal with ends or references, with those of its own that they lead to. Code
 * of other modules is theirs to show: a copy of it here would go stale when only its place in the source changes.
 */
function exported(own: ReadonlyMap<string, Code>, codes: ReadonlyMap<string, Code>, effects: Effects): Code[] {
  const found = new Map<string, Code>();
  const visit = (code: Code | undefined): void => {
    if (code === undefined || found.has(code.key)) return;
    found.set(code.key, code);
    runsOf(code.key, codes).forEach((key) => visit(codes.get(key)));
    for (const op of code.points) {
      if (op.op === 'call') visit(codes.get(op.code));
      if (op.op === 'spawn') op.members.forEach((m) => visit(codes.get(m.session)));
    }
  };
  for (const code of own.values()) if (code.kind === 'session' || effects.matters(code.key)) visit(code);
  return [...found.values()].filter((code) => own.has(code.key));
}

/** Sessions that are linked to but whose protocol no interface shows: nothing about such a link can be said. */
function missingCode(automata: readonly Automaton[], codes: ReadonlyMap<string, Code>): Diagnostic[] {
  return automata.flatMap((a) =>
    a.states.flatMap((s) =>
      s.edges.flatMap((e) =>
        e.kind !== 'spawn'
          ? []
          : e.members
              .filter((m) => !codes.has(m.session) && m.args.some((arg) => arg.kind !== 'data'))
              .map((m) => error('Q0308', m.span, `the protocol of \`${m.name}\` is not known here`)),
      ),
    ),
  );
}

/** What hold-and-wait and the ends of services say about the compositions that services take part in. */
function withServices(
  { compositions, carriers }: Composed,
  codes: ReadonlyMap<string, Code>,
  effects: Effects,
): Composition[] {
  const { cycles, uneven } = holdAndWait(compositions, effects, carriers);
  const lates = lateClients(compositions, codes, effects);
  return compositions.map((c, i) => {
    const [cycle, late] = [cycles.get(i), lates.get(i)];
    const changing = c.cluster.roles.flatMap((r) => r.serves ?? []).find((a) => uneven.has(a.key));
    return { ...c, ...(cycle && { cycle }), ...(changing && { uneven: changing.name }), ...(late && { late }) };
  });
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
    else if (item.kind === 'const') add(lowerConstant(item, typing, constantKey({ module, name: item.name.text })));
    else continue;
    for (const inner of innerBodies(item))
      add(
        inner.kind === 'lambda'
          ? lowerLambda(inner, typing, `${module}::#${inner.id}`)
          : lowerFunction(inner.fun, typing, `${module}::#${inner.fun.id}`),
      );
  }
  return codes;
}

type Inner = LambdaExpr | LocalFunStmt;

/** Closures and local functions anywhere inside: each owns its links alone, so each is checked alone. */
function innerBodies(item: Node): Inner[] {
  const found: Inner[] = [];
  eachNode(item, (x) => {
    const node = x as { kind?: unknown; id?: unknown };
    if ((node.kind === 'lambda' || node.kind === 'local-fun') && typeof node.id === 'number') found.push(x as Inner);
  });
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
    const key = `${d.span?.file.path} ${d.span?.start} ${d.span?.end}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
