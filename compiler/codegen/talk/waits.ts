/**
 * Waits. Messages of one peer alone are awaited by `await_msg` and told apart by a chain of `cmp`; everything else
 * (several peers, a new client, a pool, a loss, a timeout) is a `select` with a case for each branch.
 * Invariant: the branches are exactly the alternatives of the session's type there, so the end of a chain is dead.
 */
import type { Label } from '../../../runtime/bytecode/builder.js';
import type { AfterBranch, MessageBranch, OnExpr } from '../../ast/ast.js';
import type { Local } from '../../resolve/resolution.js';
import { readLocal } from '../body/closures.js';
import type { OpenCase, Place } from '../body/frame.js';
import { slotOf } from './links.js';
import { match } from '../body/matching.js';
import { block, declare, enter, expression, leave, type Body, type Want } from '../body/scope.js';
import { typedAs } from '../body/typed.js';

/** The label under which a loss is told. */
export const DOWN = 'Down';

/** How many values the message of a branch brings: a loss brings its reason, also where nothing is written to take it. */
export const payloadSize = (branch: MessageBranch): number => (branch.label.text === DOWN ? 1 : branch.params.length);

/** What a branch waits for, once `from` is made explicit. */
type Source =
  | { readonly kind: 'peer'; readonly local: Local }
  | { readonly kind: 'accept'; readonly client: Local }
  | { readonly kind: 'any'; readonly member: Local | undefined; readonly pool: Local };

export function wait(b: Body, e: OnExpr, want: Want): void {
  const branches = e.branches.filter((x) => x.kind === 'message');
  const after = e.branches.find((x) => x.kind === 'after');
  const sources = sourcesOf(b, branches);
  const one = onlyPeer(b, branches, sources);
  if (after === undefined && one !== undefined) awaitOne(b, branches, one, want);
  else select(b, branches, sources, after, want);
}

/** A branch without `from` waits for what the branch above waits for; a first one for what the types pass found. */
function sourcesOf(b: Body, branches: readonly MessageBranch[]): readonly Source[] {
  const found: Source[] = [];
  for (const branch of branches) {
    const previous = found.at(-1);
    const implied = b.unit.typing.sources.get(branch.id);
    if (branch.source?.kind === 'any') {
      const pool = branch.source.pool;
      const entity = pool.kind === 'path' ? b.unit.entity(pool.path.id) : undefined;
      if (entity?.kind !== 'local') throw new Error('a pool is named by a variable');
      const member = b.unit.typing.resolution.binders.get(branch.source.name.id);
      found.push({ kind: 'any', member, pool: entity.local });
    } else if (branch.source !== undefined) {
      const client = b.unit.typing.resolution.binders.get(branch.source.name.id);
      const local = client ?? b.unit.localOf(branch.source.name.id);
      if (local === undefined) throw new Error(`${branch.source.name.text} names no peer`);
      found.push(
        client === undefined && b.frame.placeOf(local) !== undefined
          ? { kind: 'peer', local }
          : { kind: 'accept', client: local },
      );
    } else if (implied !== undefined) found.push({ kind: 'peer', local: implied });
    else if (previous !== undefined) found.push(previous);
    else throw new Error('a wait without a peer');
  }
  return found;
}

/** The peer all branches wait for, if `await_msg` can do it. */
function onlyPeer(b: Body, branches: readonly MessageBranch[], sources: readonly Source[]): Local | undefined {
  const first = sources[0];
  if (first?.kind !== 'peer' || b.watched.has(first.local)) return undefined;
  const same = sources.every((s) => s.kind === 'peer' && s.local === first.local);
  return same && branches.every((x) => x.label.text !== DOWN) ? first.local : undefined;
}

function awaitOne(b: Body, branches: readonly MessageBranch[], peer: Local, want: Want): void {
  const f = b.frame;
  const outer = enter(b);
  const done = f.label();
  const size = Math.max(...branches.map(payloadSize));
  f.emit('await_msg', [size, slotOf(b, peer)], size + 1);
  const labels = branches.map((_, i) => (i === branches.length - 1 ? deadEnd(b, peer) : f.label()));
  branches.forEach((branch, i) => {
    const next = labels[i]!;
    f.from(branch.span);
    f.jump(next, 'cmp', branch.label.text);
    f.pop();
    bindPayload(b, branch);
    finish(b, branch.body, want, outer, done);
    f.depth = outer.depth + size + 1;
    if (i < branches.length - 1) f.place(next);
  });
  f.depth = outer.depth + (want === 'value' ? 1 : 0);
  f.place(done);
}

/** The body of a branch, after which all of them meet. */
function finish(b: Body, body: MessageBranch['body'], want: Want, outer: ReturnType<typeof enter>, done: Label): void {
  block(b, body, want);
  if (want === 'return') return;
  leave(b, outer, want === 'value');
  b.frame.jump(done);
}

/** Binds the parameters to the payload, whose first value is on top. */
export function bindPayload(b: Body, branch: MessageBranch): void {
  const f = b.frame;
  const types = b.unit.typing.payloads.get(branch.id);
  const places: Place[] = branch.params.map((_, i) => f.under(i));
  branch.params.forEach((p, i) => {
    const place = places[i]!;
    if (p.pattern.kind === 'any') return;
    const local = p.pattern.kind === 'bind' ? b.unit.localOf(p.pattern.name.id) : undefined;
    if (local !== undefined && !local.assigned) return f.bind(local, place);
    f.get(place);
    typedAs(b, types?.[i]);
    if (local !== undefined) declare(b, local);
    else match(b, p.pattern);
  });
}

/**
 * Where a message goes that the type rules out: one label for each peer, written at the end of the body. In a function, which knows
 * of a service only what its messages carry, one for each height of the stack: it may really be come to, with ends on the stack.
 */
function deadEnd(b: Body, peer: Local): Label {
  const text = `${b.ends === 'session' ? 'Session' : 'Function'} ${b.name} received unmatched message from ${peer.name}`;
  const key = b.ends === 'session' ? text : `${text}\n${b.frame.depth}`;
  let label = b.deadEnds.get(key);
  if (label === undefined) b.deadEnds.set(key, (label = b.frame.label(`_nomatch${b.frame.deadEnds++}`)));
  return label;
}

function select(
  b: Body,
  branches: readonly MessageBranch[],
  sources: readonly Source[],
  after: AfterBranch | undefined,
  want: Want,
): void {
  const f = b.frame;
  const outer = enter(b);
  const done = f.label();
  const watches = watchHere(b, branches, sources);
  if (after !== undefined) expression(b, after.milliseconds, 'value');
  const pops = after === undefined ? 0 : 1;
  const targets = branches.map(() => f.label());
  const cases = branches.map((branch, i): OpenCase => {
    const { open, pushed } = selectCase(b, branch, sources[i]!, targets[i]!);
    f.reach(targets[i]!, pushed - pops);
    return open;
  });
  const timeout = f.label();
  if (after !== undefined) {
    cases.push({ kind: 'after', target: timeout });
    f.reach(timeout, -pops);
  }
  f.from(branches[0]!.span);
  f.select(cases, pops);
  branches.forEach((branch, i) => {
    f.place(targets[i]!);
    f.from(branch.span);
    const source = sources[i]!;
    const named = source.kind === 'accept' ? source.client : source.kind === 'any' ? source.member : undefined;
    if (named !== undefined) f.bind(named, f.under(payloadSize(branch)));
    bindPayload(b, branch);
    finish(b, branch.body, want, outer, done);
  });
  if (after !== undefined) {
    f.place(timeout);
    finish(b, after.body, want, outer, done);
  }
  f.depth = outer.depth + (want === 'value' ? 1 : 0);
  f.place(done);
  watches.forEach((local) => b.watched.delete(local));
}

/** Watches threads whose loss is waited for here and that were watched somewhere else. */
function watchHere(b: Body, branches: readonly MessageBranch[], sources: readonly Source[]): readonly Local[] {
  const made: Local[] = [];
  branches.forEach((branch, i) => {
    const source = sources[i]!;
    if (branch.label.text !== DOWN || source.kind !== 'peer' || b.watched.has(source.local)) return;
    if (b.unit.kindOf(source.local) === 'end') return;
    readLocal(b, source.local);
    b.frame.op('watch');
    b.watched.set(source.local, b.frame.under(0));
    made.push(source.local);
  });
  return made;
}

/** The case of a branch, and how many values it pushes. */
function selectCase(
  b: Body,
  branch: MessageBranch,
  source: Source,
  target: Label,
): { readonly open: OpenCase; readonly pushed: number } {
  const f = b.frame;
  const count = payloadSize(branch);
  const message = branch.label.text;
  const down = message === DOWN;
  switch (source.kind) {
    case 'accept':
      return { open: { kind: 'accept', message, count, target }, pushed: count + 1 };
    case 'any': {
      const slot = slotOf(b, source.pool);
      const open: OpenCase = down ? { kind: 'any_down', slot, target } : { kind: 'any', slot, message, count, target };
      return { open, pushed: count + 1 };
    }
    case 'peer': {
      const watch = down ? b.watched.get(source.local) : undefined;
      const slot = watch === undefined ? slotOf(b, source.local) : f.slot(watch);
      const open: OpenCase = down ? { kind: 'down', slot, target } : { kind: 'message', slot, message, count, target };
      return { open, pushed: count };
    }
  }
}
