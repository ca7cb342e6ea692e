/**
 * Exact types of what talks: the declared types that the image carries and the verifier follows. Unlike a printed
 * signature they name every type with its module, share the names of type variables with the parameters and casts of the
 * same body, and write the protocol of an end where a message carries one.
 * Invariant: claims only. What is written here the verifier compares with the code, so an error is refused, not believed.
 */
import type { Expr, MessageBranch } from '../ast/ast.js';
import type { Automaton, Edge, EndId, MemberEdge, Payload, State } from '../protocol/automaton.js';
import type { Protocols } from '../protocol/check.js';
import { nodesOf } from '../protocol/nodes.js';
import { capital, renderNodes } from '../protocol/render.js';
import type { Span } from '../source/source.js';
import type { Scheme, Type } from '../types/type.js';
import { endOf, prune } from '../types/type.js';
import type { Kind, Typing } from '../types/typing.js';
import { functionShape } from './unit.js';
import { typeText, type TypeNames } from './type-text.js';
import type { Param } from '../../runtime/bytecode/module.js';

/** A send begins where its expression does, a branch of a wait at its label. */
const placeOf = (span: Span): string => `${span.file.path} ${span.start}`;

export class ExactTypes {
  /** Payload types of each send and each branch of a wait, by their place in the source. */
  readonly #payloads = new Map<string, readonly (Type | undefined)[]>();

  constructor(
    readonly typing: Typing,
    readonly protocols: Protocols,
  ) {
    this.#visit(typing.resolution.module.items);
  }

  #visit(value: unknown): void {
    if (Array.isArray(value)) return value.forEach((x) => this.#visit(x));
    if (typeof value !== 'object' || value === null) return;
    const node = value as Expr | MessageBranch;
    if (node.kind === 'send')
      this.#payloads.set(placeOf(node.span), node.args.map((a) => this.typing.types.get(a.id))); // prettier-ignore
    else if (node.kind === 'message') {
      const types = this.typing.payloads.get(node.id);
      if (types !== undefined) this.#payloads.set(placeOf(node.label.span), types);
    }
    for (const [key, child] of Object.entries(value)) if (key !== 'span' && key !== 'opSpan') this.#visit(child);
  }

  #automaton(name: string): Automaton | undefined {
    return this.protocols.automata.get(`${this.typing.resolution.name}::${name}`);
  }

  /** `exists S. [s : S] -> (n : int) -> ?s{..}` of a session of this module; undefined if its protocol is not known. */
  session(name: string, params: readonly Param[], names: TypeNames): string | undefined {
    const automaton = this.#automaton(name);
    if (automaton === undefined) return undefined;
    const spawners = this.protocols.spawners.get(automaton.key);
    const ends = params.filter((p) => p.kind === 'end');
    const quantifiers = ends.map((p) => `exists ${capital(p.name)}. `).join('');
    const each = params.map((p, i) => {
      if (p.kind !== 'end') return `(${p.name} : ${p.type}) -> `;
      return (spawners?.has(i) ?? false)
        ? `[${p.name} : ${capital(p.name)}] -> `
        : `(${p.name} : ${capital(p.name)}) -> `;
    });
    const body = renderNodes(nodesOf(this.#written(automaton, names)), 'End');
    return `${quantifiers}${each.join('')}${body}`;
  }

  /** Parameters and type of a function that takes ends: how far each is taken, and that it is given back. */
  helper(
    name: string,
    scheme: Scheme,
    kinds: readonly Kind[],
    params: readonly Param[],
    names: TypeNames,
  ): { readonly params: readonly Param[]; readonly type: string } | undefined {
    const automaton = this.#automaton(name);
    if (automaton === undefined || kinds.includes('pool')) return undefined;
    const written = params.map((p, i): Param => {
      const end = automaton.params[i];
      if (p.kind !== 'end' || end === undefined) return p;
      return { ...p, type: this.#rest(automaton, automaton.initial, end, names, restName(p.name)) };
    });
    const { returns } = functionShape(scheme);
    const type = prune(scheme.type);
    const result = returns && type.kind === 'fun' ? typeText(type.result, names) : 'void';
    const back = written.filter((p) => p.kind === 'end').map((p) => `, ${p.name} : ${restName(p.name)}`);
    const from = written.map((p) => (p.kind === 'end' ? `${p.name} : ${p.type}` : p.type)).join(', ');
    return { params: written, type: `(${from}) -> ${result}${back.join('')}` };
  }

  /** The automaton as it is declared, with payload types as the machine reads them. */
  #written(a: Automaton, names: TypeNames): Automaton {
    const states = declared(a).states.map((s): State => ({
      ...s,
      edges: s.edges.map((e) => this.#edge(a, e, names, [])),
    }));
    return { ...a, states };
  }

  #edge(a: Automaton, e: Edge, names: TypeNames, open: readonly string[]): Edge {
    if (!('payload' in e)) return e;
    const types = this.#ofEnd(a, e) ?? this.#payloads.get(placeOf(e.span));
    const payload = e.payload.map((p, i): Payload => {
      const type = types?.[i];
      if (p.carried.kind !== 'data') return { carried: { kind: 'data', type: this.#carried(a, e, p, names, open) } };
      return type === undefined ? p : { carried: { kind: 'data', type: typeText(type, names) } };
    });
    return { ...e, payload };
  }

  /** What the type of a parameter or client says that a message carries: it holds in bodies generated in place, too. */
  #ofEnd(a: Automaton, e: Edge & { readonly label: string }): readonly Type[] | undefined {
    if (!('end' in e) || e.end === undefined || e.kind === 'any') return undefined;
    const { origin } = a.ends[e.end]!;
    const session = this.typing.sessions.get(a.name);
    let end = origin.kind === 'accept' ? session?.service : undefined;
    if (origin.kind === 'param') {
      const shape = this.typing.functions.get(a.name);
      const type =
        session?.params[origin.index]?.type ??
        (shape === undefined ? undefined : functionShape(shape.scheme).params[origin.index]);
      const found = type === undefined ? undefined : prune(type);
      end = found?.kind === 'end' ? found.end : undefined;
    }
    if (end === undefined) return undefined;
    const { sends, receives } = endOf(end);
    const mine = origin.kind === 'param';
    // A service's end is its client's: what that sends arrives here.
    return (e.kind === 'send') === mine ? sends.get(e.label) : receives.get(e.label);
  }

  /** What is done with an end that a message brings. */
  #carried(a: Automaton, e: Edge, p: Payload, names: TypeNames, open: readonly string[]): string {
    const mark = `${e.to} ${p.end}`;
    if (p.end === undefined || e.kind === 'send' || e.kind === 'cast' || open.includes(mark)) return 'end';
    return this.#rest(a, e.to, p.end, names, 'End', [...open, mark]);
  }

  /** What is done with one end from a state on, as a protocol of its own. */
  #rest(a: Automaton, from: number, end: EndId, names: TypeNames, over: string, open: readonly string[] = []): string {
    const own = (e: Edge): boolean => 'end' in e && e.end === end && (e.kind === 'send' || e.kind === 'receive');
    const states = a.states.map((s): State => {
      const edges = s.edges.map((e): Edge => {
        if (own(e)) return this.#edge(a, e, names, open);
        return e.kind === 'raise' ? e : { kind: 'silent', to: e.to, span: e.span };
      });
      const talks = s.edges.some(own);
      return { ...s, edges, kind: s.kind === 'end' || s.kind === 'fail' ? s.kind : talks ? s.kind : 'silent' };
    });
    const ends = a.ends.map((x, i) => (i === end ? { ...x, name: '' } : x));
    const text = renderNodes(nodesOf({ ...a, states, ends, initial: from }), 'End');
    return over === 'End' ? text : text.replaceAll(/\bEnd(?=\s*(?:[,}|)]|$))/g, over);
  }
}

/**
 * The automaton as a session declares it: ends that messages bring have protocols of their own, written where they
 * come from; connecting makes a peer known as spawning does.
 */
function declared(a: Automaton): Automaton {
  const given = new Set(
    a.states.flatMap((s) =>
      s.edges.flatMap((e) => {
        if (e.kind === 'put') return [e.end];
        if (e.kind === 'spawn') return e.members.flatMap((m) => m.args.flatMap((x) => ('end' in x ? [x.end] : [])));
        return e.kind === 'send' || e.kind === 'cast' ? e.payload.flatMap((p) => p.end ?? []) : [];
      }),
    ),
  );
  const apart = (kind: string, i: EndId): boolean =>
    kind === 'payload' || kind === 'taken' || kind === 'pool' || (kind === 'spawn' && given.has(i));
  const hidden = new Set<EndId>(a.ends.flatMap((e, i) => (apart(e.origin.kind, i) ? [i] : [])));
  const states = a.states.map((s): State => {
    const own = (e: Edge): boolean =>
      APART.has(e.kind) &&
      (('end' in e && e.end !== undefined && hidden.has(e.end)) || ('pool' in e && hidden.has(e.pool)));
    const all = s.edges.length > 0 && s.edges.every((e) => own(e) || e.kind === 'raise');
    const edges = s.edges.map((e): Edge => {
      if (all && own(e)) return { kind: 'silent', to: e.to, span: e.span };
      if (e.kind === 'spawn')
        return { ...e, members: e.members.map((m) => (m.end !== undefined && hidden.has(m.end) ? unlinked(m) : m)) };
      if (e.kind !== 'connect') return e;
      const member = { session: 'service', name: 'service', span: e.span, args: [], end: e.end };
      return { kind: 'spawn', site: '', members: [member], to: e.to, span: e.span };
    });
    return { ...s, edges, kind: all && s.kind === 'wait' ? 'silent' : s.kind };
  });
  return { ...a, states };
}

const APART: ReadonlySet<string> = new Set(['send', 'receive', 'down', 'any', 'empty', 'take', 'put']);

function unlinked(m: MemberEdge): MemberEdge {
  const { session, name, span, args } = m;
  return { session, name, span, args };
}

const restName = (param: string): string => `Rest${capital(param)}`;
