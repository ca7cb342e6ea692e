/**
 * Rows that steer: jumps, matches, calls, closures, exceptions, returns.
 * Invariant: whatever leaves the function has nothing unfinished, and a call's arguments fit the callee's signature with
 * one choice of its type variables.
 */
import { becomes, passesThrough } from '../flow/becomes.js';
import { lend } from '../flow/borrow.js';
import { leave } from '../flow/finish.js';
import type { Flow, Handler } from '../flow/flow.js';
import { passPool } from '../flow/pools.js';
import { instantiated, met, settled } from '../terms/generics.js';
import { hinted } from '../flow/hints.js';
import { reject } from '../terms/rejection.js';
import type { Signature } from '../module/signature.js';
import type { Ty } from '../terms/types.js';

const branch =
  (on: boolean): Handler =>
  (f, [to]) => {
    f.pop(f.types.bool);
    // A flag that was just read and is known here leads one way only.
    const is = f.before?.row.name === 'load' ? f.state.flags?.get(f.before.operands[0]!) : undefined;
    if (is !== !on) f.jump(to!);
    return is !== on;
  };

/** Takes a callee's arguments; the result type, with the callee's type variables found. */
function takeArguments(f: Flow, s: Signature, hint: Ty | undefined): Ty {
  if (s.params.length > f.height) reject('the stack is empty');
  const args: Ty[] = s.params.map(() => f.asData(f.take())).reverse();
  if (s.params.some((p) => p.kind === 'end' || p.kind === 'pool')) return lendArguments(f, s, args, hint);
  const data = s.params.flatMap((p, at) => {
    if (p.kind === 'upvalue') return reject(`${s.name} takes an upvalue and is called through a closure only`);
    return 'type' in p ? [{ wanted: p.type, given: dataFor(f, s, at, p.type, args[at]!), at }] : [];
  });
  const result = s.result ?? f.types.unit;
  const meeting = { wanted: data.map((d) => d.wanted), given: data.map((d) => d.given), result, own: false };
  const { values, given } = met(f.types, meeting, hint);
  for (const [i, { wanted, at }] of data.entries()) {
    const t = f.types.replace(wanted, values);
    if (!f.fits(given[i]!, t)) misfit(f, s, at, t, given[i]!);
  }
  if (f.lenient || s === f.signature) return settled(f.types, f.types.replace(result, values), hint);
  return settled(f.types, closed(f, result, values), hint);
}

/**
 * Arguments of a function that takes ends: each call is an instance of its own. What ends carry decides variables first,
 * since between the two sides of a link there is no subtyping.
 */
function lendArguments(f: Flow, s: Signature, args: readonly Ty[], hint: Ty | undefined): Ty {
  const instance = `call ${f.pc}`;
  s.params.forEach((p, at) => {
    if (p.kind === 'pool') passPool(f, args[at]!, s, at, instance);
    else if (p.kind === 'end') lend(f, args[at]!, s, at, instance);
  });
  s.params.forEach((p, at) => {
    if (!('type' in p)) return;
    const found = dataFor(f, s, at, p.type, args[at]!);
    const wanted = f.instances.rename(p.type, instance);
    const given = instantiated(f.types, found, f.instances.resolve(wanted));
    if (!f.instances.fits(given, wanted)) misfit(f, s, at, f.instances.resolve(wanted), given);
  });
  return settled(f.types, f.instances.settled(f.instances.rename(s.result ?? f.types.unit, instance)), hint);
}

/** An argument that is data, as what is known of it by now. */
function dataFor(f: Flow, s: Signature, at: number, wanted: Ty, given: Ty): Ty {
  return f.types.isData(given) ? f.instances.resolve(given) : misfit(f, s, at, wanted, given);
}
const misfit = (f: Flow, s: Signature, at: number, wanted: Ty, given: Ty): never =>
  reject(`argument ${at} of ${s.name} is ${f.types.show(wanted)} and finds ${f.types.show(given)}`);

/** A callee's result: its variables that no argument mentions stand for nothing, since nothing can be there. */
function closed(f: Flow, result: Ty, values: ReadonlyMap<string, Ty>): Ty {
  const rest = new Map<string, Ty>();
  for (const name of variablesOf(f, [result])) if (!values.has(name)) rest.set(name, f.types.never);
  return f.types.replace(f.types.replace(result, rest), values);
}

/** The function type on top, or a rejection. */
function takeFunction(f: Flow, t: Ty): readonly Ty[] | 'unknown' {
  if (t.kind === 'fun') return t.args;
  if (t.kind === 'never' || (f.lenient && (t.kind === 'any' || t.kind === 'var'))) return 'unknown';
  return reject(`needs a function and finds ${f.types.show(t)}`);
}

function applied(f: Flow, n: number, hint: Ty | undefined): Ty {
  if (n + 1 > f.height) reject('the stack is empty');
  const args: Ty[] = [];
  for (let i = 0; i < n; i++) args.push(f.popData());
  args.reverse();
  const whole = takeFunction(f, f.take());
  if (whole === 'unknown') return f.types.any;
  const arity = whole.length - 1;
  if (n > arity) reject(`calls a function of ${arity} parameters with ${n} arguments`);
  // With fewer arguments it stays a value, which later calls may use at any type that is open still.
  const result = n === arity ? whole[arity]! : f.types.fun(whole.slice(n, arity), whole[arity]!);
  const { values, given } = met(f.types, { wanted: whole.slice(0, n), given: args, result, own: true }, hint);
  given.forEach((a, i) => {
    const wanted = f.types.replace(whole[i]!, values);
    if (!f.fits(a, wanted)) reject(`argument ${i} is ${f.types.show(wanted)} and finds ${f.types.show(a)}`);
  });
  const made = f.types.replace(result, values);
  return n === arity ? settled(f.types, made, hint) : made;
}

/** The names of the variables that occur in the types. */
function variablesOf(f: Flow, types: readonly Ty[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (t: Ty): void => {
    if (!t.open) return;
    f.env.budget.spend(1);
    if (t.kind === 'var') names.add(t.name);
    else t.args.forEach(visit);
  };
  types.forEach(visit);
  return names;
}

function outsideTry(f: Flow): void {
  if (f.state.region !== undefined) reject('not inside `try`');
}

export const controlRows: Readonly<Record<string, Handler>> = {
  jump(f, [to]) {
    f.jump(to!);
    return false;
  },
  loop(f, [to]) {
    f.loop(to!);
    return false;
  },
  jump_if: branch(true),
  jump_unless: branch(false),
  switch(f, [t]) {
    f.pop(f.types.int);
    const table = f.image.tables[t!]!;
    if (table.kind === 'switch') for (const to of new Set([...table.targets, table.otherwise])) f.jump(to);
    return false;
  },
  match(f, [c, to]) {
    const t = f.take();
    const data = f.env.dataOf(c!);
    let whole = t.kind === 'case' ? t.args[0]! : t;
    const unknown = f.lenient && (whole.kind === 'any' || whole.kind === 'var');
    if (unknown) whole = f.types.replace(data, new Map(f.env.constructorImage(c!).params.map((p) => [p, f.types.any])));
    const same = whole.kind === data.kind && whole.name === data.name && whole.args.length === data.args.length;
    if (!same && whole.kind !== 'never') reject(`needs ${f.types.show(data)} and finds ${f.types.show(t)}`);
    f.push(t);
    f.jump(to!);
    f.take();
    f.push(f.types.make('case', String(c!), [whole.kind === 'never' ? data : whole]));
    return true;
  },
  call_function(f, [callee], i) {
    const s = f.env.signature(callee!);
    if (s.session && !f.lenient) return passesThrough(f, s);
    const result = takeArguments(f, s, hinted(f, i));
    if (s.result !== undefined) f.push(result);
    return true;
  },
  tail_call_function(f, [callee]) {
    outsideTry(f);
    const s = f.env.signature(callee!);
    if (f.lenient) {
      takeArguments(f, s, undefined);
      return false;
    }
    if (s.session) becomes(f, s);
    else {
      const result = takeArguments(f, s, f.signature.result);
      returns(f, s.result === undefined ? undefined : result);
      leave(f);
    }
    return false;
  },
  call(f, [n], i) {
    f.push(applied(f, n!, hinted(f, i)));
    return true;
  },
  tail_call(f, [n]) {
    outsideTry(f);
    const result = applied(f, n!, f.signature.result);
    if (f.signature.result === undefined && !f.lenient)
      reject('a closure always returns a value, and this function returns none');
    returns(f, f.signature.result === undefined ? undefined : result);
    leave(f);
    return false;
  },
  ret(f) {
    const t = f.popData();
    outsideTry(f);
    if (f.signature.result === undefined) reject('this function returns nothing');
    returns(f, t);
    leave(f);
    return false;
  },
  ret_void(f) {
    outsideTry(f);
    if (f.signature.result !== undefined) reject('this function returns a value');
    leave(f);
    return false;
  },
  make_closure(f, [callee, t]) {
    const s = f.env.signature(callee!);
    const table = f.image.tables[t!]!;
    if (table.kind !== 'capture') return reject('no capture table');
    if (s.session) reject(`${s.name} is a session: it is spawned, not called`);
    if (table.locals.length > s.params.length)
      reject(`${s.name} has ${s.params.length} parameters and captures ${table.locals.length}`);
    const wanted: Ty[] = [];
    const given: Ty[] = [];
    table.locals.forEach((n, i) => {
      const p = s.params[i]!;
      const found = f.asData(f.local(n));
      if (p.kind === 'end' || p.kind === 'pool') return reject(`${s.name} takes an end and cannot be a closure`);
      if ((found.kind === 'upvalue') !== (p.kind === 'upvalue'))
        return reject(`local ${n} is ${f.types.show(found)} and is captured as ${p.kind}`);
      if (p.kind !== 'upvalue') f.data(found);
      wanted.push(p.type);
      given.push(found.kind === 'upvalue' ? found.args[0]! : found);
    });
    const result = s.result ?? f.types.unit;
    const found = met(f.types, { wanted, given, result, own: false });
    const values = new Map(found.values);
    wanted.forEach((w, i) => {
      const type = f.types.replace(w, values);
      const shared = s.params[i]!.kind === 'upvalue';
      if (!(shared ? f.types.same(given[i]!, type) : f.fits(found.given[i]!, type)))
        reject(`capture ${i} of ${s.name} is ${f.types.show(type)} and finds ${f.types.show(given[i]!)}`);
    });
    const rest = s.params.slice(table.locals.length).map((p) => {
      if ((p.kind === 'data' || p.kind === 'reference') && !p.type.generic) return p.type;
      return reject(`${s.name} takes what no closure can be given`);
    });
    // What no capture decides stays open: the closure may be called at any type there, whatever the caller's variables are.
    for (const name of variablesOf(f, [...rest, result]))
      if (!values.has(name)) values.set(name, f.types.make('var', `'${name}.${f.pc}`));
    f.push(f.types.fun(rest.map((t) => f.types.replace(t, values)), f.types.replace(result, values))); // prettier-ignore
    return true;
  },
  close_upvalues(f, [n]) {
    for (let i = n!; i < f.state.locals.size; i++) {
      f.env.budget.spend(1);
      if (f.state.locals.get(i)!.kind === 'upvalue') f.setLocal(i, f.types.unset);
    }
    return true;
  },
  try(f, [to]) {
    f.state = { ...f.state, region: { target: to!, height: f.height, up: f.state.region } };
    return true;
  },
  end_try(f) {
    const { region } = f.state;
    if (region === undefined) return reject('no `try` is open');
    f.state = { ...f.state, region: region.up };
    return true;
  },
  raise(f) {
    f.pop(f.types.exn);
    return false;
  },
  raise_text: () => false,
};

function returns(f: Flow, t: Ty | undefined): void {
  const wanted = f.signature.result;
  if ((wanted === undefined) !== (t === undefined))
    return reject(wanted === undefined ? 'this function returns nothing' : 'this function returns a value');
  if (wanted !== undefined && t !== undefined && !f.types.fits(t, wanted))
    reject(`returns ${f.types.show(wanted)} and finds ${f.types.show(t)}`);
}
