/**
 * Exact types of what talks: the declared types that the image carries and the verifier follows. Unlike a printed
 * signature they name every type with its module, share the names of type variables with the parameters and casts of the
 * same body, and write the protocol of an end where a message carries one.
 * Invariant: claims only. What is written here the verifier compares with the code, so an error is refused, not believed.
 */
import type { Expr, Item, MessageBranch } from '../../ast/ast.js';
import { eachNode } from '../../ast/walk.js';
import type { Automaton, Edge, EndId, Payload, State } from '../../protocol/automaton/automaton.js';
import type { Protocols } from '../../protocol/check.js';
import { declared, dropped, givenAway, lostOnReturn, withoutIdling } from './declared.js';
import { EndTrace, IN_POOL } from './ends.js';
import { withFailures } from './failures.js';
import { nodesOf } from '../../protocol/written/nodes.js';
import { capital, renderWhole } from '../../protocol/written/render.js';
import type { Span } from '../../source/source.js';
import type { EndType, Scheme, Type } from '../../types/solve/type.js';
import { ANYBODY, endOf, prune } from '../../types/solve/type.js';
import type { Kind, Typing } from '../../types/module/typing.js';
import { functionShape } from './type-of.js';
import { typeText, type CarriedEnds, type TypeNames } from './type-text.js';
import { UsedNames } from './uses.js';
import type { Param } from '../../../runtime/bytecode/module.js';

/** A send begins where its expression does, a branch of a wait at its label. */
const placeOf = (span: Span): string => `${span.file.path} ${span.start}`;

export class ExactTypes implements CarriedEnds {
  /** Payload types of each send and each branch of a wait, by their place in the source. */
  readonly #payloads = new Map<string, Said>();
  readonly #used = new WeakMap<TypeNames, UsedNames>();
  /** Ends whose protocols are being written: one inside its own is `end`. */
  readonly #open = new Set<string>();
  /** All that the code may do, also where it fails. */
  readonly #automata: ReadonlyMap<string, Automaton>;

  constructor(
    readonly typing: Typing,
    readonly protocols: Protocols,
  ) {
    this.#automata = new Map([...protocols.automata].map(([key, a]) => [key, withFailures(a)]));
    for (const item of typing.resolution.module.items)
      this.#note(item, item.kind === 'session' || item.kind === 'fun' ? item.name.text : '');
  }

  #note(item: Item, owner: string): void {
    eachNode(item, (x) => {
      const node = x as Expr | MessageBranch;
      if (node.kind === 'send')
        this.#payloads.set(placeOf(node.span), { types: node.args.map((a) => this.typing.types.get(a.id)), owner });
      else if (node.kind === 'message') {
        const types = this.typing.payloads.get(node.id);
        if (types !== undefined) this.#payloads.set(placeOf(node.label.span), { types, owner });
      }
    });
  }

  #automaton(name: string): Automaton | undefined {
    return this.#automata.get(`${this.typing.resolution.name}::${name}`);
  }

  /** `exists S. [s : S] -> (n : int) -> ?s{..}` of a session of this module; undefined if its protocol is not known. */
  session(
    name: string,
    params: readonly Param[],
    own: TypeNames,
  ): { readonly params: readonly Param[]; readonly type: string } | undefined {
    const automaton = this.#automaton(name);
    if (automaton === undefined) return undefined;
    const names = this.#names(name, own);
    const spawners = this.protocols.spawners.get(automaton.key);
    const given = givenAway(automaton);
    const written = params.map((p, i): Param => {
      const end = automaton.params[i];
      if (end === undefined || (p.kind !== 'end' && p.kind !== 'pool')) return p;
      if (p.kind === 'pool') return { ...p, type: this.#pool(automaton, end, name, i, names) };
      return given.has(end) ? { ...p, type: this.#from(automaton, automaton.initial, end, names) } : p;
    });
    const peers = written.filter((p) => p.kind === 'end' && p.type === 'end');
    const quantifiers = peers.map((p) => `exists ${capital(p.name)}. `).join('');
    const each = written.map((p, i) => {
      if (!peers.includes(p)) return `(${p.name} : ${p.type}) -> `;
      return (spawners?.has(i) ?? false)
        ? `[${p.name} : ${capital(p.name)}] -> `
        : `(${p.name} : ${capital(p.name)}) -> `;
    });
    const body = renderWhole(withoutIdling(nodesOf(this.#written(automaton, names))), 'End');
    return { params: written, type: `${quantifiers}${each.join('')}${body}` };
  }

  /** Parameters and type of a function that takes ends: how far each is taken, and that it is given back. */
  helper(
    name: string,
    scheme: Scheme,
    kinds: readonly Kind[],
    params: readonly Param[],
    own: TypeNames,
  ): { readonly params: readonly Param[]; readonly type: string } | undefined {
    const automaton = this.#automaton(name);
    if (automaton === undefined) return undefined;
    const names = this.#names(name, own);
    const given = new Set([...givenAway(automaton), ...dropped(automaton), ...lostOnReturn(automaton)]);
    const isKept = (i: number): boolean => automaton.params[i] === undefined || !given.has(automaton.params[i]);
    const written = params.map((p, i): Param => {
      const end = automaton.params[i];
      if (end === undefined || (p.kind !== 'end' && p.kind !== 'pool')) return p;
      if (p.kind === 'pool') return { ...p, type: this.#pool(automaton, end, name, i, names) };
      if (given.has(end)) return { ...p, type: this.#from(automaton, automaton.initial, end, names) };
      return { ...p, type: this.#rest(automaton, automaton.initial, end, names, restName(p.name)) };
    });
    const { returns } = functionShape(scheme);
    const type = prune(scheme.type);
    const result = returns && type.kind === 'fun' ? typeText(type.result, own) : 'void';
    const back = written
      .filter((p, i) => p.kind === 'end' && isKept(i))
      .map((p) => `, ${p.name} : ${restName(p.name)}`);
    const from = written.map((p) => (p.kind === 'end' ? `${p.name} : ${p.type}` : p.type)).join(', ');
    return { params: written, type: `(${from}) -> ${result}${back.join('')}` };
  }

  #names(home: string, own: TypeNames): UsedNames {
    const names: UsedNames = new UsedNames(this.typing, home, own, (label, place, end, service, owner) => {
      const mark = `${label} ${place} ${endOf(service).id}`;
      if (this.#open.has(mark)) return 'end';
      this.#open.add(mark);
      const { services } = endOf(service);
      const by = (key: string): boolean => services.size === 0 || services.has(ANYBODY) || services.has(key);
      const text = this.#trace(names, [], { end, owner }).taken(label, place, by);
      this.#open.delete(mark);
      return text;
    });
    this.#used.set(own, names);
    return names;
  }

  carried(label: string, place: number, end: EndType, service: EndType, own: TypeNames): string {
    const names = this.#used.get(own) ?? this.#names('', own);
    return names.carried(label, place, end, service, names.home);
  }

  /** The automaton as it is declared, with payload types as the machine reads them. */
  #written(a: Automaton, names: UsedNames): Automaton {
    const states = declared(a).states.map((s): State => ({
      ...s,
      edges: s.edges.map((e) => this.#edge(a, e, names, [])),
    }));
    return { ...a, states };
  }

  #edge(a: Automaton, e: Edge, names: UsedNames, open: readonly string[], seen?: View): Edge {
    if (!('payload' in e)) return e;
    const view = seen ?? ('end' in e && e.end !== undefined ? this.#view(a, e.end) : undefined);
    const known = (view && said(view, e.kind === 'send', e.label)) ?? this.#payloads.get(placeOf(e.span));
    const own = e.kind === 'accept' && e.end !== undefined && givenAway(a).has(e.end) ? e.end : undefined;
    const label = own === undefined ? e.label : `${e.label}[${this.#from(a, e.to, own, names, open)}]`;
    const payload = e.payload.map((p, i): Payload => {
      const type = known?.types[i];
      const owner = known?.owner ?? a.name;
      if (p.carried.kind !== 'data')
        return { carried: { kind: 'data', type: this.#carried(a, e, p, names, open, type, owner) } };
      return type === undefined ? p : { carried: { kind: 'data', type: typeText(type, names.of(owner)) } };
    });
    return { ...e, label, payload };
  }

  /** What inference found of an end where it is first known: it holds wherever the end goes. */
  #view(a: Automaton, end: EndId): View | undefined {
    const { origin, name } = a.ends[end]!;
    if (origin.kind === 'accept') {
      const service = this.typing.sessions.get(a.name)?.service;
      return service && { end: service, owner: a.name };
    }
    if (origin.kind === 'param') return viewOf(this.#param(a.name, origin.index), a.name);
    if (origin.kind !== 'spawn' && origin.kind !== 'connect') return undefined;
    const locals = [...this.typing.locals].filter(
      ([local, { kind }]) =>
        kind === 'end' && local.name === name && 'name' in local.owner && local.owner.name.text === a.name,
    );
    return locals.length === 1 ? viewOf(locals[0]![1].scheme.type, a.name) : undefined;
  }

  #param(name: string, index: number): Type | undefined {
    const shape = this.typing.functions.get(name);
    return (
      this.typing.sessions.get(name)?.params[index]?.type ??
      (shape === undefined ? undefined : functionShape(shape.scheme).params[index])
    );
  }

  /** What is done with an end that a message brings, by whoever takes the message. */
  #carried(
    a: Automaton,
    e: Edge,
    p: Payload,
    names: UsedNames,
    open: readonly string[],
    type: Type | undefined,
    owner: string,
  ): string {
    if (p.end === undefined) return p.carried.kind === 'pool' ? 'pool' : 'end';
    if (p.carried.kind === 'pool') return this.#carriedPool(a, e, p.end, names, open, type, owner);
    const view = viewOf(type, owner);
    if (e.kind !== 'send' && e.kind !== 'cast') return this.#from(a, e.to, p.end, names, open, view);
    const mark = `${a.key} given ${p.end}`;
    return open.includes(mark) ? 'end' : this.#trace(names, [...open, mark], view).after(e, p.end);
  }

  /** What is done with the members of a pool that a message brings or takes away. */
  #carriedPool(
    a: Automaton,
    e: Edge,
    pool: EndId,
    names: UsedNames,
    open: readonly string[],
    type: Type | undefined,
    owner: string,
  ): string {
    const found = type === undefined ? undefined : prune(type);
    const mark = `${a.key} pool ${pool}`;
    if (found?.kind !== 'pool' || open.includes(mark)) return 'pool';
    const trace = this.#trace(names, [...open, mark], { end: found.end, owner });
    const away = e.kind === 'send' || e.kind === 'cast';
    const member = away ? trace.after(e, pool) : trace.from([{ code: a, state: IN_POOL, end: pool }]);
    const datum = typeText(found.datum, names.of(owner));
    return member === 'end' ? 'pool' : `pool<${member}, ${datum}>`;
  }

  /** What is done with one end from a state on, wherever it goes. An end inside its own protocol is `end`. */
  #from(
    a: Automaton,
    state: number,
    end: EndId,
    names: UsedNames,
    open: readonly string[] = [],
    view = this.#view(a, end),
  ): string {
    const mark = `${a.key} ${state} ${end}`;
    return open.includes(mark) ? 'end' : this.#trace(names, [...open, mark], view).from([{ code: a, state, end }]);
  }

  #trace(names: UsedNames, open: readonly string[], view: View | undefined): EndTrace {
    return new EndTrace(this.#automata, (code, e) => (this.#edge(code, e, names, open, view) as typeof e).payload);
  }

  /** `pool<!{Go ~> End}, int>`: what is done with the members of a pool that is a parameter. */
  #pool(a: Automaton, pool: EndId, name: string, index: number, names: UsedNames): string {
    const type = this.#param(name, index);
    const found = type === undefined ? undefined : prune(type);
    if (found?.kind !== 'pool') return 'pool';
    const member = this.#trace(names, [], { end: found.end, owner: name }).from([
      { code: a, state: IN_POOL, end: pool },
    ]);
    const datum = typeText(found.datum, names.own);
    return datum === '()' ? `pool<${member}>` : `pool<${member}, ${datum}>`;
  }

  /** What is done with one end from a state on, as a protocol of its own. */
  #rest(a: Automaton, from: number, end: EndId, names: UsedNames, over: string): string {
    const own = (e: Edge): boolean => 'end' in e && e.end === end && (e.kind === 'send' || e.kind === 'receive');
    const waits: State[] = [];
    const states = a.states.map((s): State => {
      const talk = s.edges.filter(own).map((e) => this.#edge(a, e, names, []));
      // The loss of an end is no message, and whatever else is waited for beside it is no part of its protocol.
      const others = s.edges.flatMap((e): Edge[] => {
        if (own(e) || (e.kind === 'down' && e.end === end)) return [];
        return [e.kind === 'raise' ? e : { kind: 'silent', to: e.to, span: e.span }];
      });
      const beside = others.some((e) => e.kind === 'silent');
      if (s.kind === 'end' || s.kind === 'fail' || (talk.length > 0 && !beside))
        return { ...s, edges: [...talk, ...others] };
      // Whether a message comes over it first is not this end's to say.
      const to = a.states.length + waits.length;
      if (talk.length > 0) waits.push({ ...s, edges: talk });
      const first: Edge[] = talk.length === 0 ? [] : [{ kind: 'silent', to, span: s.span }];
      return { ...s, edges: [...first, ...others], kind: 'silent' };
    });
    const ends = a.ends.map((x, i) => (i === end ? { ...x, name: '' } : x));
    return renderWhole(withoutIdling(nodesOf({ ...a, states: [...states, ...waits], ends, initial: from })), over);
  }
}

/** An end as inference knows it, from this side of the link. */
interface View {
  readonly end: EndType;
  /** The session or function in whose type variables it is written. */
  readonly owner: string;
}

/** Types of a payload, and in whose type variables they are written. */
interface Said {
  readonly types: readonly (Type | undefined)[];
  readonly owner: string;
}

function viewOf(type: Type | undefined, owner: string): View | undefined {
  const found = type === undefined ? undefined : prune(type);
  return found?.kind === 'end' ? { end: found.end, owner } : undefined;
}

/** What a message over the end carries that is sent, or received, here. What is known of the other side is known of this one. */
function said({ end, owner }: View, sent: boolean, label: string): Said | undefined {
  const { sends, receives, dual } = endOf(end);
  const other = dual === undefined ? undefined : endOf(dual);
  const types = (sent ? sends : receives).get(label) ?? (sent ? other?.receives : other?.sends)?.get(label);
  return types && { types, owner };
}

const restName = (param: string): string => `Rest${capital(param)}`;
