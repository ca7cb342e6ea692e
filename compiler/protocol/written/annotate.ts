/**
 * Written protocols: `session S(s) : T` is compared with what was inferred, `protocol` items become clusters.
 * Invariant: an annotation never replaces the automaton of the session; it can only be too strict, never make unsafe safe.
 */
import type { ProtocolItem, SessionItem, TypeExpr } from '../../ast/ast.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { Typing } from '../../types/module/typing.js';
import type { Automaton, EndId } from '../automaton/automaton.js';
import type { Cluster, ClusterLink, ClusterRole } from '../compose/cluster.js';
import { delegatedDifference, type Differs } from './delegated.js';
import type { Node } from './nodes.js';
import { nodesOf, withoutPeers } from './nodes.js';
import { difference } from './subtype.js';
import { typeAutomaton } from './type-automaton.js';

type Named = Extract<TypeExpr, { kind: 'name' }>;

/** `Purchase.Seller(b)`: the role's type, its peers renamed to the arguments in the order in which the roles are declared. */
function roleType(typing: Typing, type: Named): { type: TypeExpr; rename: ReadonlyMap<string, string> } | undefined {
  const entity = typing.resolution.uses.get(type.id);
  if (entity?.kind !== 'role') return undefined;
  const item = typing.resolution.module.items.find(
    (i): i is ProtocolItem => i.kind === 'protocol' && i.name.text === entity.protocol.name,
  );
  const role = item?.roles.find((r) => r.name.text === entity.name);
  if (item === undefined || role === undefined) return undefined;
  const others = item.roles.map((r) => r.name.text).filter((n) => n !== entity.name);
  const args = type.args.map((a) => (a.kind === 'name' ? (a.parts[0]?.text ?? '_') : '_'));
  return { type: role.type, rename: new Map(others.map((name, i) => [name, args[i] ?? name])) };
}

const MADE: ReadonlySet<string> = new Set(['connect', 'pool', 'taken']);

export function checkAnnotation(item: SessionItem, automaton: Automaton, typing: Typing): Diagnostic[] {
  const annotation = item.annotation;
  if (annotation === undefined) return [];
  const peers = automaton.ends.flatMap((e) => (e.origin.kind === 'param' ? [e.name] : []));
  const read = typeAutomaton(annotation, {
    key: `${automaton.key} annotation`,
    name: automaton.name,
    peers,
    made: new Set(automaton.ends.flatMap((e) => (MADE.has(e.origin.kind) ? [e.name] : []))),
    named: (type) => roleType(typing, type),
  });
  if (read.diagnostics.length > 0) return [...read.diagnostics];
  const wanted = nodesOf(read.automaton);
  const mentioned = new Set([...read.automaton.ends.map((e) => e.name), ...peers]);
  const found = withoutPeers(nodesOf(automaton), (peer) => !mentioned.has(peer) && peer !== '');
  const step = difference(found, wanted);
  const differs = step ? { step, found, wanted } : delegatedDifference(automaton, read.delegated);
  return differs === undefined ? [] : [doesNotFollow(item, annotation, automaton, differs)];
}

function doesNotFollow(
  item: SessionItem,
  annotation: TypeExpr,
  automaton: Automaton,
  { step, found, wanted }: Differs,
): Diagnostic {
  const after = step.path.length === 0 ? 'At the start' : `After ${step.path.join(' ')}`;
  const spans = [found[step.foundNode], wanted[step.wantedNode]].map(spanOf);
  return error('Q0320', spans[0] ?? item.name.span, `\`${automaton.name}\` does not follow its annotation`, {
    label: `${automaton.name} ${step.found}`,
    labels: [{ span: spans[1] ?? annotation.span, text: `the annotation ${step.wanted}` }],
    hints: [`${after}, ${automaton.name} ${step.found}, but the annotation ${step.wanted}`],
  });
}

const spanOf = (node: Node | undefined): Cluster['span'] | undefined =>
  node?.kind === 'send' || node?.kind === 'receive' ? node.branches[0]?.span : undefined;

export interface ProtocolCluster {
  readonly cluster: Cluster;
  readonly diagnostics: readonly Diagnostic[];
}

/** A `protocol` item as a group whose members are the roles. */
export function protocolCluster(item: ProtocolItem, typing: Typing): ProtocolCluster {
  const diagnostics: Diagnostic[] = [];
  const names = item.roles.map((r) => r.name.text);
  const automata = item.roles.map((role) => {
    const peers = names.filter((n) => n !== role.name.text);
    const key = `${typing.resolution.name}::${item.name.text}.${role.name.text}`;
    const read = typeAutomaton(role.type, { key, name: role.name.text, peers, named: (t) => roleType(typing, t) });
    diagnostics.push(...read.diagnostics);
    for (const end of read.automaton.ends) {
      if (names.includes(end.name)) continue;
      diagnostics.push(
        error('Q0321', end.span, `\`${end.name}\` is not a role of protocol \`${item.name.text}\``, {
          hints: [`its roles are ${names.join(', ')}`],
        }),
      );
    }
    return read.automaton;
  });
  const places = new Map(names.map((name, role) => [name, role]));
  // Two roles of which neither speaks of the other have no link.
  const linked = automata.flatMap((automaton, role) =>
    automaton.ends.flatMap((end): [string, ClusterLink][] => {
      const other = places.get(end.name);
      if (other === undefined || other === role) return [];
      const roles = [Math.min(role, other), Math.max(role, other)] as const;
      return [[roles.join(), { roles }]];
    }),
  );
  const links = [...new Map(linked).values()].sort((x, y) => x.roles[0] - y.roles[0] || x.roles[1] - y.roles[1]);
  const roles = names.map((name, role): ClusterRole => {
    const automaton = automata[role]!;
    const ends = new Map<number, EndId>();
    links.forEach(({ roles: [a, b] }, link) => {
      if (a !== role && b !== role) return;
      const peer = names[a === role ? b : a]!;
      const end = automaton.ends.findIndex((e) => e.name === peer);
      if (end >= 0) ends.set(link, end);
    });
    return { name, starts: [{ automaton, state: automaton.initial, ends }] };
  });
  return {
    cluster: {
      kind: 'protocol',
      name: item.name.text,
      owner: `${typing.resolution.name}::${item.name.text}`,
      roles,
      links,
      span: item.name.span,
    },
    diagnostics,
  };
}
