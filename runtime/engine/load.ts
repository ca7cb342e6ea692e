/**
 * From a verified image to code that runs: constants become values, names become functions, texts of types decide how
 * arguments travel.
 * Invariant: the image is only read; loading the same image into two VMs shares nothing but realm-wide names.
 */
import { ROW } from '../bytecode/isa.js';
import type { CodeTable, Constant, FunctionImage, HostImport, ModuleImage, Param } from '../bytecode/module.js';
import { Constructor, Float, Label } from '../values/value.js';
import type { Value } from '../values/value.js';
import { link, type Links } from '../verify/module/linking.js';
import { Rejection } from '../verify/terms/rejection.js';
import { analyse } from './analyse.js';
import { Fn, Global, Instance } from './function.js';
import type { Callee, Case, HostFn, LoadedTable, Passing } from './function.js';
import { enterByDriver } from './driver.js';
import { interpret } from './driver.js';

/** What a module needs from the VM it is loaded into. */
export interface Surroundings {
  host(h: HostImport, from: Instance): HostFn;
  /** The module loaded under a name (and hash, if not empty), or undefined. */
  module(name: string, hash: string): Instance | undefined;
}

/** The modules that an image requires, compared with what it says of them. Throws if one is not there or not like that. */
function linked(image: ModuleImage, around: Surroundings): Links<Instance> {
  try {
    return link(image, (name, hash) => around.module(name, hash), true);
  } catch (e) {
    if (e instanceof Rejection) throw new Error(e.message, { cause: e });
    throw e;
  }
}

function constantValue(c: Constant): Value {
  if (c.kind === 'unit') return undefined;
  if (c.kind === 'int') return c.value + 0; // never -0
  return c.kind === 'float' ? new Float(c.value) : c.value;
}

/** Types whose values cannot hold a function: built from these words alone. */
const INERT = /^(?:int|float|bool|string|bytes|unit|list|map|option|result|[<>(),\s])*$/;

function passing(p: Param): Passing {
  if (p.kind === 'end' || p.kind === 'pool') return 'end';
  if (p.kind === 'reference') return 'plain';
  return INERT.test(p.type) && p.type !== '' ? 'plain' : 'copy';
}

function loadedTable(t: CodeTable, labels: readonly Label[]): LoadedTable {
  if (t.kind !== 'select') return t;
  const cases = t.cases.map((c, index): Case => ({
    index,
    kind: c.kind,
    slot: 'slot' in c ? c.slot : 0,
    label: 'message' in c ? labels[c.message]! : null,
    count: 'count' in c ? c.count : 0,
    target: c.target,
  }));
  return {
    kind: 'select',
    cases,
    after: cases.find((c) => c.kind === 'after') ?? null,
    acceptsOnly: cases.every((c) => c.kind === 'accept'),
    linksOnly: cases.every((c) => c.kind === 'message' || c.kind === 'any' || c.kind === 'after'),
    poolsOnly: cases.every((c) => c.kind === 'any' || c.kind === 'any_down'),
  };
}

/** Code with `ret_void` after its end, so that falling off is a return. */
function completed(f: FunctionImage): Int32Array {
  const code = new Int32Array(f.code.length + 1);
  code.set(f.code);
  code[f.code.length] = ROW.get('ret_void')!.code;
  return code;
}

/** A module ready to run. Throws if something it imports is missing or not what its signature says. */
export function instantiate(image: ModuleImage, hash: string, around: Surroundings): Instance {
  const { modules, closure } = linked(image, around);
  const made = new Instance(image, hash, new Map([...closure, [image.name, hash]]), modules);
  made.constants = image.constants.map(constantValue);
  made.labels = image.messages.map((m) => Label.of(m));
  made.constructors = image.constructors.map((c) =>
    Constructor.of(
      c.kind,
      c.module,
      c.type,
      c.name,
      c.tag,
      c.fields.map((f, i) => f.name || String(i)),
      c.module === '' ? '' : c.module === image.name ? hash : modules.get(c.module)!.hash,
    ),
  );
  made.globals = image.globals.map((g) => new Global(g.name));
  made.functions = image.functions.map((f, i) => {
    const tables = f.tables.map((t) => loadedTable(t, made.labels));
    return new Fn(made, i, analyse(image, f), tables, completed(f), interpret, enterByDriver, f.params.map(passing));
  });
  const callee = (c: ModuleImage['callees'][number]): Callee => {
    if (c.kind === 'function') return made.functions[c.index]!;
    if (c.kind === 'host') return around.host(image.hosts[c.index]!, made);
    const { name } = image.requires[c.module]!;
    const found = modules.get(name)!.exported(c.name);
    if (found === undefined) throw new Error(`module ${name} has no ${c.name}, which ${image.name} needs`);
    return found;
  };
  for (const c of image.callees) made.callees.push(callee(c));
  return made;
}
