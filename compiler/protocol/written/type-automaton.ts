/**
 * A written session type as an automaton: for annotations and for the roles of `protocol` items.
 * Invariant: the automaton does what the type says and nothing else; what the type leaves unclear is reported (Q0321) and
 * ends the type there.
 */
import type { TypeBranch, TypeExpr } from '../../ast/ast.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { Span } from '../../source/source.js';
import type { Automaton, Edge, EndId, EndInfo, Payload, State } from '../automaton/automaton.js';

export interface TypeContext {
  readonly key: string;
  readonly name: string;
  /** Names that stand for ends from the start: the parameters of a session, the other roles of a protocol. */
  readonly peers: readonly string[];
  /** Names of ends that the session makes itself: connections, pools. */
  readonly made?: ReadonlySet<string>;
  /** What a name means that is not bound in the type itself: another session type, with its peers' names replaced. */
  readonly named: (
    type: Extract<TypeExpr, { kind: 'name' }>,
  ) => { type: TypeExpr; rename: ReadonlyMap<string, string> } | undefined;
}

/** The protocol that an end has which comes with a message: `?b{Take(?c{Hello ~> End}) ~> End}`. */
export interface Delegated {
  readonly from: string;
  readonly label: string;
  readonly position: number;
  readonly automaton: Automaton;
}

export interface TypeAutomaton {
  readonly automaton: Automaton;
  readonly delegated: readonly Delegated[];
  readonly diagnostics: readonly Diagnostic[];
}

/** How names read where we are: state of a `rec` variable, and peers under another name. */
interface Names {
  readonly recursion: ReadonlyMap<string, number>;
  readonly rename: ReadonlyMap<string, string>;
  /** What messages carried so far: `c` of `?b{Take(c) ~> !c{Hello ~> End}}`, which may be an end. */
  readonly carried: ReadonlySet<string>;
  /** Types being replaced by their meaning, to stop at one that means itself. */
  readonly open: readonly TypeExpr[];
}

interface Draft {
  edges: readonly Edge[];
  kind: State['kind'];
  readonly span: Span;
  /** The state that this one only stands for (`rec` heads). */
  same?: number;
}

export function typeAutomaton(type: TypeExpr, context: TypeContext): TypeAutomaton {
  return new Reading(context).run(type);
}

class Reading {
  private readonly drafts: Draft[] = [];
  private readonly ends: EndInfo[] = [];
  private readonly endOf = new Map<string, EndId>();
  private readonly diagnostics: Diagnostic[] = [];
  private readonly delegated: Delegated[] = [];

  constructor(private readonly context: TypeContext) {}

  run(type: TypeExpr): TypeAutomaton {
    this.context.peers.forEach((name, index) => this.end(name, type.span, { kind: 'param', index }));
    const initial = this.read(type, { recursion: new Map(), rename: new Map(), carried: new Set(), open: [] });
    const held = this.ends.map((_, i) => i);
    const states = this.drafts.map(({ edges, kind, span, same }): State => {
      if (same !== undefined) return { edges: [{ kind: 'silent', to: same, span }], kind: 'silent', held, span };
      return { edges, kind, held: kind === 'end' ? [] : held, span };
    });
    const { key, name } = this.context;
    const params = this.context.peers.map((_, i) => i);
    const automaton: Automaton = {
      key,
      name,
      kind: 'session',
      params,
      ends: this.ends,
      states: withLiveEnds(states),
      initial,
    };
    return { automaton, delegated: this.delegated, diagnostics: this.diagnostics };
  }

  private end(name: string, span: Span, origin: EndInfo['origin']): EndId {
    let id = this.endOf.get(name);
    if (id === undefined) {
      id = this.ends.length;
      this.ends.push({ name, kind: 'end', origin, span });
      this.endOf.set(name, id);
    }
    return id;
  }

  private state(span: Span, kind: State['kind'] = 'end'): number {
    this.drafts.push({ edges: [], kind, span });
    return this.drafts.length - 1;
  }

  private fail(span: Span, message: string): number {
    this.diagnostics.push(error('Q0321', span, message));
    return this.state(span);
  }

  private read(type: TypeExpr, names: Names): number {
    switch (type.kind) {
      case 'exists':
      case 'forall':
        return this.read(type.body, names);
      case 'peer':
        return this.read(type.body, names);
      case 'spawner': {
        // `[t : T] -> U` for a name that is not a parameter: a thread is spawned, its end is `t` from here on.
        if (!this.endOf.has(type.name.text)) {
          const session = type.type.kind === 'name' ? (type.type.parts.at(-1)?.text ?? '') : '';
          this.end(type.name.text, type.name.span, { kind: 'spawn', session, name: session });
        }
        return this.read(type.body, names);
      }
      case 'rec': {
        const head = this.state(type.span, 'silent');
        const recursion = new Map(names.recursion).set(type.name.text, head);
        this.drafts[head]!.same = this.read(type.body, { ...names, recursion });
        return head;
      }
      case 'upto':
        return this.read(type.body, names);
      case 'action':
        return this.action(type, names);
      case 'name':
        return this.name(type, names);
      default:
        return this.fail(type.span, 'this is a type of data, but a session type belongs here');
    }
  }

  private name(type: Extract<TypeExpr, { kind: 'name' }>, names: Names): number {
    const text = type.parts.map((p) => p.text).join('.');
    if (text === 'End' || text === 'Eps' || text === 'Ret') return this.state(type.span);
    const bound = names.recursion.get(text);
    if (bound !== undefined) return bound;
    const meant = this.context.named(type);
    if (meant === undefined) return this.fail(type.span, `\`${text}\` is not a session type that is known here`);
    if (names.open.includes(meant.type)) return this.fail(type.span, `\`${text}\` means itself`);
    const rename = new Map([...meant.rename].map(([from, to]) => [from, names.rename.get(to) ?? to]));
    return this.read(meant.type, {
      recursion: new Map(),
      rename,
      carried: new Set(),
      open: [...names.open, meant.type],
    });
  }

  private action(type: Extract<TypeExpr, { kind: 'action' }>, names: Names): number {
    const at = this.state(type.span, type.polarity === '?' ? 'wait' : 'act');
    const edges = type.branches.flatMap((b): Edge[] => {
      if (b.label === undefined) return [{ kind: 'timeout', to: this.read(b.next, names), span: b.span }];
      // A client is known from here on, an end in the message as soon as something is said of it.
      const end = this.peer(type, b, names);
      const carried = type.polarity === '?' ? [...names.carried, ...b.args.flatMap(variableOf)] : names.carried;
      const to = this.read(b.next, { ...names, carried: new Set(carried) });
      if (end === undefined) return [];
      if (type.polarity === '?' && b.label.text === 'Down') return [{ kind: 'down', end, to, span: b.span }];
      const payload = b.args.map(payloadOf);
      if (type.polarity === '?')
        b.args.forEach((arg, i) => this.delegates(this.ends[end]!.name, b.label!.text, i, arg));
      const kind = type.polarity === '?' ? 'receive' : 'send';
      return [{ kind, end, label: b.label.text, payload, to, span: b.span }];
    });
    this.drafts[at]!.edges = edges;
    return at;
  }

  private delegates(from: string, label: string, position: number, type: TypeExpr): void {
    if (!isSessionType(type)) return;
    const peers = [...new Set(peersIn(type))];
    const read = typeAutomaton(type, { ...this.context, peers: peers.length === 0 ? ['the end'] : peers });
    this.diagnostics.push(...read.diagnostics);
    this.delegated.push({ from, label, position, automaton: read.automaton }, ...read.delegated);
  }

  private peer(type: Extract<TypeExpr, { kind: 'action' }>, b: TypeBranch, names: Names): EndId | undefined {
    const name = b.peer ?? type.peer;
    if (name === undefined) {
      if (this.context.peers.length === 1) return this.endOf.get(this.context.peers[0]!);
      this.fail(b.span, 'it is not said which peer this is about');
      return undefined;
    }
    const text = names.rename.get(name.text) ?? name.text;
    const known = this.endOf.get(text);
    if (known !== undefined) return known;
    if (names.carried.has(text)) return this.end(text, name.span, { kind: 'payload' });
    if (this.context.made?.has(text) === true) return this.end(text, name.span, { kind: 'connect' });
    // A new name at a receive is a client that is accepted.
    if (type.polarity === '?') return this.end(text, name.span, { kind: 'accept' });
    this.fail(name.span, `\`${text}\` is not a peer here`);
    return undefined;
  }
}

const isSessionType = (type: TypeExpr): boolean =>
  type.kind === 'action' || ((type.kind === 'rec' || type.kind === 'exists') && isSessionType(type.body));

/** The peers that a session type names. */
function peersIn(type: TypeExpr): string[] {
  if (type.kind === 'rec' || type.kind === 'exists') return peersIn(type.body);
  if (type.kind !== 'action') return [];
  const own = [type.peer, ...type.branches.map((b) => b.peer)].flatMap((name) => name?.text ?? []);
  return [...own, ...type.branches.flatMap((b) => peersIn(b.next))];
}

/** The name of an argument that is a name alone and no built-in type. */
function variableOf(type: TypeExpr): string[] {
  const alone = type.kind === 'name' && type.parts.length === 1 && type.args.length === 0;
  return alone && typeExpressionText(type) === '_' ? [type.parts[0]!.text] : [];
}

/** An end is held only where something is still done with it. */
function withLiveEnds(states: readonly State[]): State[] {
  const live = states.map(() => new Set<EndId>());
  for (let changed = true; changed;) {
    changed = false;
    for (let at = states.length - 1; at >= 0; at--) {
      const set = live[at]!;
      const before = set.size;
      for (const edge of states[at]!.edges) {
        if ('end' in edge && edge.end !== undefined) set.add(edge.end);
        live[edge.to]!.forEach((end) => set.add(end));
      }
      changed ||= set.size !== before;
    }
  }
  return states.map((s, at) => ({ ...s, held: [...live[at]!] }));
}

function payloadOf(type: TypeExpr): Payload {
  return { carried: { kind: 'data', type: typeExpressionText(type) } };
}

/** Built-in data types as inference prints them; `_` for what can only be compared by the types pass. */
function typeExpressionText(type: TypeExpr): string {
  if (type.kind !== 'name' || type.parts.length !== 1 || type.args.length > 0) return '_';
  const name = type.parts[0]!.text;
  const known = name.charAt(0).toLowerCase() + name.slice(1);
  return ['int', 'float', 'bool', 'string', 'bytes'].includes(known) ? known : '_';
}
