/**
 * Rows over data whose types say more than the words of the table: stack, locals, tuples, variants, lists, maps,
 * upvalues, globals. Rows not listed here or in the other lists do what their effect says.
 * Invariant: a row leaves exactly as many slots as its effect in the table.
 */
import type { Constant } from '../../bytecode/module.js';
import { standing } from '../state/failed.js';
import { over } from '../flow/finish.js';
import type { Flow, Handler } from '../flow/flow.js';
import { generalised, met, settled } from '../terms/generics.js';
import { hinted } from '../flow/hints.js';
import { elements, fieldAt, joinOf, takeData, takeKind } from '../flow/parts.js';
import { reject } from '../terms/rejection.js';
import type { Ty } from '../terms/types.js';

const constantType = (f: Flow, c: Constant): Ty => f.types[c.kind];

const compare: Handler = (f) => {
  const x = f.popData();
  const y = f.popData();
  if (!f.types.fits(x, y) && !f.types.fits(y, x) && f.types.join(x, y)?.kind === 'any')
    reject(`compares ${f.types.show(x)} with ${f.types.show(y)}`);
  f.push(f.types.bool);
  return true;
};

const scalar: Handler = (f) => {
  const x = f.popData();
  const y = f.popData();
  for (const t of [x, y]) {
    const known = t.kind === 'int' || t.kind === 'bool' || t.kind === 'string' || t.kind === 'never';
    if (!known && !(f.lenient && (t.kind === 'any' || t.kind === 'var')))
      reject(`needs an int, a bool or a string and finds ${f.types.show(t)}`);
  }
  if (!f.types.fits(x, y) && !f.types.fits(y, x)) reject(`compares ${f.types.show(x)} with ${f.types.show(y)}`);
  f.push(f.types.bool);
  return true;
};

/** What may be copied to a second place: data, and ends, whose state is kept by name. */
function copied(f: Flow, t: Ty): Ty {
  if (t.kind === 'labels' || t.kind === 'payload' || t.kind === 'upvalue' || t.kind === 'unset')
    reject(`cannot copy ${f.types.show(t)}`);
  return t;
}

export const dataRows: Readonly<Record<string, Handler>> = {
  push(f, [k]) {
    f.push(constantType(f, f.env.image.constants[k!]!));
    return true;
  },
  push_function(f, [callee]) {
    const s = f.env.signature(callee!);
    if (s.session) reject(`${s.name} is a session: it is spawned, not called`);
    const params = s.params.map((p) => {
      if ((p.kind === 'data' || p.kind === 'reference') && !p.type.generic) return p.type;
      return f.lenient ? f.types.any : reject(`${s.name} takes what no value can be given and is no value`);
    });
    f.push(generalised(f.types, f.types.fun(params, s.result ?? f.types.unit), f.pc));
    return true;
  },
  pop(f) {
    const t = f.take();
    const e =
      t.kind === 'end' || t.kind === 'thread' || t.kind === 'pool' ? f.state.ends.get(Number(t.name)) : undefined;
    if (e === undefined || f.lenient || e.kind === 'lost') return true;
    const at = f.state.pending === undefined ? standing(f.env.protocols, f.state) : undefined;
    if (at !== undefined && over(f, e, at)) return true;
    // A second place may hold it still.
    f.env.budget.spend(f.depth);
    for (const held of f.state.locals.values()) if (held === t) return true;
    for (let c = f.state.stack; c !== undefined; c = c.below) if (c.type === t) return true;
    return reject(`drops ${f.types.show(t)} that is not finished`);
  },
  dup(f) {
    const t = f.take();
    if (t.kind === 'end' || t.kind === 'thread' || t.kind === 'pool')
      reject(`cannot copy ${f.types.show(t)} that is not finished`);
    f.push(copied(f, t));
    f.push(t);
    return true;
  },
  swap(f) {
    const b = f.take();
    const a = f.take();
    f.push(b);
    f.push(a);
    return true;
  },
  get(f, [s]) {
    f.push(copied(f, f.slot(s!)));
    return true;
  },
  load(f, [n]) {
    f.push(copied(f, f.local(n!)));
    return true;
  },
  store(f, [n]) {
    const t = f.asData(f.take());
    if (t.kind === 'thread' && !f.lenient) reject('a thread cannot be stored in a local');
    if (t.kind === 'upvalue' || t.kind === 'labels' || t.kind === 'payload' || t.kind === 'unset')
      reject(`cannot store ${f.types.show(t)}`);
    if (f.state.locals.get(n!)!.kind === 'upvalue') reject(`local ${n!} is an upvalue: set_upvalue writes it`);
    f.setLocal(n!, t);
    const last = f.before?.row.name === 'push' ? f.env.image.constants[f.before.operands[0]!] : undefined;
    if (last?.kind === 'bool') f.setFlag(n!, last.value);
    return true;
  },
  cast(f, [t]) {
    const wanted = f.env.type(f.env.image.types[t!]!);
    const found = f.asData(f.take());
    if (f.lenient && f.types.isData(found) !== true) {
      f.push(found);
      return true;
    }
    if (!f.fits(found, wanted)) reject(`${f.types.show(found)} cannot be widened to ${f.types.show(wanted)}`);
    f.push(wanted);
    return true;
  },

  equal: compare,
  not_equal: compare,
  less: compare,
  less_equal: compare,
  greater: compare,
  greater_equal: compare,
  eq: scalar,
  ne: scalar,
  join(f, [n]) {
    if (n! > f.height) reject('the stack is empty');
    for (let i = 0; i < n!; i++) f.pop(f.types.string);
    f.push(f.types.string);
    return true;
  },

  open_upvalue(f, [n]) {
    const t = f.local(n!);
    if (!f.types.isData(t)) reject(`local ${n!} holds ${f.types.show(t)} and cannot be shared`);
    // What is shared and written is of one type.
    f.setLocal(n!, f.types.make('upvalue', '', [settled(f.types, t)]));
    return true;
  },
  get_upvalue(f, [n]) {
    f.push(upvalue(f, n!));
    return true;
  },
  set_upvalue(f, [n]) {
    f.pop(upvalue(f, n!));
    return true;
  },
  global(f, [g]) {
    f.push(globalType(f, g!));
    return true;
  },
  set_global(f, [g]) {
    if (f.index !== f.env.image.initialiser && !f.lenient) reject('a global gets its value in the initialiser only');
    // Of a value for all types the type says so, with variables of its own.
    const found = f.popData();
    if (f.fits(found, f.env.type(f.env.image.globals[g!]!.type))) return true;
    f.push(found);
    f.pop(globalType(f, g!));
    return true;
  },

  tuple(f, [n]) {
    if (n === 0) reject('a tuple of no values is none: unit is pushed');
    f.push(f.types.make('tuple', '', takeData(f, n!)));
    return true;
  },
  make(f, [c], i) {
    const image = f.env.constructorImage(c!);
    const params = f.env.fieldsOf(c!);
    const args = takeData(f, params.length);
    const found = met(f.types, { wanted: params, given: args, result: f.env.dataOf(c!), own: false }, hinted(f, i));
    const values = new Map(found.values);
    for (const p of image.params) if (!values.has(p)) values.set(p, f.types.never);
    params.forEach((p, i) => {
      const wanted = f.types.replace(p, values);
      if (!f.types.fits(found.given[i]!, wanted))
        reject(`field ${i} of ${image.name} is ${f.types.show(wanted)} and finds ${f.types.show(args[i]!)}`);
    });
    const data = f.types.replace(f.env.dataOf(c!), values);
    f.push(image.kind === 'record' ? data : f.types.make('case', String(c!), [data]));
    return true;
  },
  field(f, [i]) {
    f.push(fieldAt(f, f.popData(), i!));
    return true;
  },
  with_field(f, [i]) {
    const value = f.popData();
    const whole = f.popData();
    const wanted = fieldAt(f, whole, i!);
    if (!f.types.fits(value, wanted)) reject(`field ${i!} is ${f.types.show(wanted)} and finds ${f.types.show(value)}`);
    f.push(whole);
    return true;
  },
  tag(f) {
    const t = f.popData();
    const ok =
      t.kind === 'data' ||
      t.kind === 'case' ||
      t.kind === 'never' ||
      (f.lenient && (t.kind === 'any' || t.kind === 'var'));
    if (!ok) reject(`needs a variant and finds ${f.types.show(t)}`);
    f.push(f.types.int);
    return true;
  },

  list(f, [n]) {
    f.push(f.types.list(joinOf(f, takeData(f, n!))));
    return true;
  },
  cons(f) {
    const [of] = takeKind(f, 'list', 'a list');
    f.push(f.types.list(f.types.join(of!, f.popData()) ?? f.types.any));
    return true;
  },
  head(f) {
    f.push(takeKind(f, 'list', 'a list')[0]!);
    return true;
  },
  tail: sameList,
  reverse: sameList,
  empty(f) {
    takeKind(f, 'list', 'a list');
    f.push(f.types.bool);
    return true;
  },
  append(f) {
    const x = f.popData();
    const y = f.popData();
    const both = f.types.join(x, y) ?? f.types.any;
    if (both.kind !== 'list' && both.kind !== 'bytes' && both.kind !== 'never' && !(f.lenient && both.kind === 'any'))
      reject(`cannot join ${f.types.show(x)} and ${f.types.show(y)}`);
    f.push(both);
    return true;
  },
  length(f) {
    elements(f, f.popData());
    f.push(f.types.int);
    return true;
  },
  index(f) {
    const key = f.popData();
    const e = elements(f, f.popData());
    if (!f.types.fits(key, e.key) && !f.types.fits(e.key, key))
      reject(`needs the index ${f.types.show(e.key)} and finds ${f.types.show(key)}`);
    f.push(e.at);
    return true;
  },
  items(f) {
    f.push(f.types.list(elements(f, f.popData()).item));
    return true;
  },
  map(f, [n]) {
    const all = takeData(f, 2 * n!);
    const side = (odd: number): Ty => joinOf(f, all.filter((_, i) => i % 2 === odd)); // prettier-ignore
    f.push(f.types.make('map', '', [side(0), side(1)]));
    return true;
  },
  range(f) {
    f.pop(f.types.int);
    f.pop(f.types.int);
    f.push(f.types.list(f.types.int));
    return true;
  },
};

/** A constant is the same for all who use it: what its type leaves open it must be for every type. */
const globalType = (f: Flow, g: number): Ty => generalised(f.types, f.env.type(f.env.image.globals[g]!.type), f.pc);

function sameList(f: Flow): boolean {
  f.push(f.types.list(takeKind(f, 'list', 'a list')[0]!));
  return true;
}

function upvalue(f: Flow, n: number): Ty {
  const t = f.local(n);
  return t.kind === 'upvalue' ? t.args[0]! : reject(`local ${n} holds ${f.types.show(t)} where an upvalue is needed`);
}

/** What the effect in the table says, for rows that need no more. */
export const plainRow: Handler = (f, operands, i) => {
  const { types } = f;
  for (const input of [...i.row.inputs].reverse()) {
    if (input.many !== undefined) return reject(`${i.row.name} has no rule`);
    const wanted = word(f, input.type);
    if (wanted === undefined) f.popData();
    else f.pop(wanted);
  }
  for (const output of i.row.outputs) {
    if (output.many !== undefined) return reject(`${i.row.name} has no rule`);
    f.push(word(f, output.type) ?? types.any);
  }
  return true;
};

function word(f: Flow, type: string | undefined): Ty | undefined {
  switch (type) {
    case 'int':
    case 'float':
    case 'bool':
    case 'string':
    case 'bytes':
    case 'unit':
    case 'exn':
    case 'reference':
      return f.types[type];
    default:
      return undefined;
  }
}
