/**
 * The disassembler: module image to text form `.qza`, the inverse of `assemble`.
 * Invariant: total, and exact for every image whose functions have different names: what a name cannot say (an index
 * out of range, a word that is no opcode, lists in an unusual order) is written as `%index`, `+pc` or a directive.
 */
import { ROWS, type OperandKind, type Row } from './isa.js';
import { sameParams, shapeOf } from './assembly-header.js';
import { constantDirective, constantKey, constantText, nameText, quote } from './assembly-text.js';
import type { CodeTable, FunctionImage, ImportSignature, ModuleImage, Param, SelectCase } from './module.js';

/** Text of an image; ends with a newline. */
export function disassemble(image: ModuleImage): string {
  const names = new Names(image);
  const parts = [moduleLines(image, names).join('\n'), ...image.functions.map((f) => functionText(image, f, names))];
  return `${parts.filter((p) => p !== '').join('\n\n')}\n`;
}

/** What the assembler will take names of each list for, and whether it would list them in the same order by itself. */
export class Names {
  readonly constant = new Map<string, number>();
  readonly message = new Map<string, number>();
  readonly type = new Map<string, number>();
  readonly global = new Map<string, number>();
  readonly constructorOf = new Map<string, number>();
  readonly callee = new Map<string, number>();
  readonly natural: Readonly<Record<'constants' | 'messages' | 'types' | 'callees', boolean>>;

  constructor(readonly image: ModuleImage) {
    const first = (map: Map<string, number>, key: string, i: number): void => {
      if (!map.has(key)) map.set(key, i);
    };
    image.constants.forEach((c, i) => first(this.constant, constantKey(c), i));
    image.messages.forEach((m, i) => first(this.message, m, i));
    image.types.forEach((t, i) => first(this.type, t, i));
    image.globals.forEach((g, i) => first(this.global, g.name, i));
    image.constructors.forEach((c, i) => first(this.constructorOf, `${c.type}::${c.name}`, i));
    image.callees.forEach((_, i) => first(this.callee, calleeText(image, i), i));
    this.natural = this.#natural();
  }

  /** Walks the code as the assembler will and compares the order of first use with the lists. */
  #natural(): Names['natural'] {
    const { image } = this;
    const used = {
      constants: new Set<number>(),
      messages: new Set<number>(),
      types: new Set<number>(),
      callees: new Set<number>(),
    };
    image.callees.forEach((c, i) => c.kind === 'import' && used.callees.add(i));
    for (const f of image.functions) {
      for (const t of f.tables)
        if (t.kind === 'select') for (const c of t.cases) if ('message' in c) used.messages.add(c.message);
      for (const { row, operands } of instructions(f.code))
        row.operands.forEach((o, i) => {
          const v = operands[i]!;
          if (o.kind === 'constant' || o.kind === 'text') used.constants.add(v);
          else if (o.kind === 'message') used.messages.add(v);
          else if (o.kind === 'type') used.types.add(v);
          else if (o.kind === 'callee' || o.kind === 'session') used.callees.add(v);
        });
    }
    const inOrder = (seen: Set<number>, length: number): boolean =>
      seen.size === length && [...seen].every((v, i) => v === i);
    const plain = image.constants.every(
      (c, i) => constantText(c) !== undefined && this.constant.get(constantKey(c)) === i,
    );
    const named = new Set(image.callees.map((_, i) => calleeText(image, i))).size === image.callees.length;
    return {
      constants: plain && inOrder(used.constants, image.constants.length),
      messages: this.message.size === image.messages.length && inOrder(used.messages, image.messages.length),
      types: this.type.size === image.types.length && inOrder(used.types, image.types.length),
      callees:
        named && inOrder(used.callees, image.callees.length) && image.callees.every((_, i) => resolves(image, i)),
    };
  }
}

/** Name of a callee in text. Images are not trusted: an index may lead nowhere. */
function calleeText(image: ModuleImage, index: number): string {
  const c = image.callees[index];
  if (c === undefined) return `%${index}`;
  if (c.kind === 'function') return image.functions[c.index]?.name ?? `%${c.index}`;
  if (c.kind === 'import') return `${image.requires[c.module]?.name ?? `%${c.module}`}::${c.name}`;
  return image.hosts[c.index]?.name ?? `%${c.index}`;
}

/** Would the assembler, meeting the callee's name for the first time, make this very callee? */
function resolves(image: ModuleImage, index: number): boolean {
  const c = image.callees[index]!;
  if (c.kind === 'import') return true;
  const name = calleeText(image, index);
  const own = image.functions.findIndex((f) => f.name === name);
  if (c.kind === 'function') return own === c.index;
  return own < 0 && image.hosts.findIndex((h) => h.name === name) === c.index;
}

function moduleLines(image: ModuleImage, names: Names): string[] {
  const out = [`module ${nameText(image.name)}`];
  if (image.sourcePath !== '') out.push(`source ${quote(image.sourcePath)}`);
  if (image.interface !== '') out.push(`interface ${quote(image.interface)}`);
  for (const r of image.requires) out.push(`require ${nameText(r.name)}${r.hash === '' ? '' : ` ${quote(r.hash)}`}`);
  for (const h of image.hosts) {
    const params = h.params.map((p) => `${quote(p)} `).join('');
    out.push(`host ${nameText(h.name)} ${params}-> ${quote(h.result)}${h.async ? ' async' : ''}`);
  }
  for (const c of image.constructors) {
    const head = [c.kind, nameText(c.module), nameText(c.type), nameText(c.name), String(c.tag)];
    const fields = c.fields.flatMap((f) => [nameText(f.name), quote(f.type)]);
    out.push(['constructor', ...head, 'params', ...c.params.map(nameText), 'fields', ...fields].join(' '));
  }
  for (const g of image.globals) out.push(`global ${nameText(g.name)} ${typeText(g.type)}`);
  if (image.initialiser !== -1) out.push(`initialiser %${image.initialiser}`);
  if (!names.natural.types) for (const t of image.types) out.push(`type ${typeText(t)}`);
  if (!names.natural.messages) for (const m of image.messages) out.push(`message $${messageText(m)}`);
  if (!names.natural.constants) for (const c of image.constants) out.push(`constant ${constantDirective(c)}`);
  for (const c of image.callees) {
    if (c.kind === 'import') {
      const required = image.requires[c.module]?.name;
      const first = required !== undefined && image.requires.findIndex((r) => r.name === required) === c.module;
      const module = first ? nameText(required) : `%${c.module}`;
      out.push(
        `import ${c.signature.session ? 'session' : 'function'} ${module} ${nameText(c.name)} ${typeText(c.signature.type)}`,
      );
      out.push(...shapeLines(c.signature));
    } else if (!names.natural.callees) out.push(`callee ${c.kind} %${c.index}`);
  }
  return out;
}

/** A type in angle brackets, or quoted where the brackets could not be found again. */
export const typeText = (type: string): string =>
  /^[^#"\n\r\u2028\u2029]*$/.test(type) && type.trim() === type ? `< ${type} >` : quote(type);

const paramLine = (p: Param): string => `  .param ${nameText(p.name)} ${p.kind} ${quote(p.type)}`;

/** Directives for what the type alone does not say. */
function shapeLines(s: ImportSignature): string[] {
  const shape = shapeOf(s.type, s.session);
  const out: string[] = [];
  if (!sameParams(s.params, shape.params))
    out.push(...(s.params.length === 0 ? ['  .no_params'] : s.params.map(paramLine)));
  if (s.returns !== shape.returns) out.push(`  .returns ${s.returns ? 'yes' : 'no'}`);
  return out;
}

interface Decoded {
  readonly pc: number;
  readonly row: Row;
  readonly operands: readonly number[];
}

/** The instructions of a code array, up to the first word that is none. */
function instructions(code: Int32Array): Decoded[] {
  const out: Decoded[] = [];
  for (let pc = 0; pc < code.length;) {
    const row = ROWS[code[pc]!];
    if (row === undefined || pc + row.length > code.length) break;
    out.push({ pc, row, operands: Array.from(code.subarray(pc + 1, pc + row.length)) });
    pc += row.length;
  }
  return out;
}

function functionText(image: ModuleImage, f: FunctionImage, names: Names): string {
  const out = [`${f.session ? 'session' : 'function'} ${nameText(f.name)} ${typeText(f.type)}:`, ...shapeLines(f)];
  if (f.locals !== 0) out.push(`  .locals ${f.locals}`);
  if (f.exported === f.name.startsWith('_')) out.push(`  .exported ${f.exported ? 'yes' : 'no'}`);
  const slots = f.params.map((p) => p.name);
  if (slots.length !== f.slotNames.length || slots.some((s, i) => s !== f.slotNames[i]))
    out.push(['  .slots', ...f.slotNames.map(nameText)].join(' '));

  const code = instructions(f.code);
  const last = code.at(-1);
  const end = last === undefined ? 0 : last.pc + last.row.length;
  const places = new Set([
    ...code.map((i) => i.pc),
    ...Array.from(f.code.subarray(end), (_, i) => end + i),
    f.code.length,
  ]);
  const ascending = (list: readonly { pc: number }[]): boolean =>
    list.every((x, i) => places.has(x.pc) && (i === 0 || list[i - 1]!.pc <= x.pc));
  const plainLabels =
    ascending(f.labels) &&
    new Set(f.labels.map((l) => l.name)).size === f.labels.length &&
    f.labels.every((l) => labelName(l.name));
  const plainSource = ascending(f.source);
  const labels = new Map<number, string>();
  const taken = new Set<string>();
  for (const l of f.labels) {
    if (!taken.has(l.name) && !labels.has(l.pc) && labelName(l.name)) labels.set(l.pc, l.name);
    taken.add(l.name);
  }
  const target = (pc: number): string => labels.get(pc) ?? `+${pc}`;
  if (!plainLabels) for (const l of f.labels) out.push(`  .label ${quote(l.name)} ${l.pc}`);
  const inlined = (names_: readonly string[] | undefined): string => (names_ ?? []).map((n) => ` ${quote(n)}`).join('');
  if (!plainSource) for (const s of f.source) out.push(`  .source ${s.pc} ${s.offset} ${s.line}${inlined(s.inlined)}`);
  f.tables.forEach((t, i) => out.push(...tableLines(image, names, t, i, target)));

  const before = (pc: number): void => {
    if (plainLabels) for (const l of f.labels) if (l.pc === pc) out.push('', `  ${l.name}:`);
    if (plainSource)
      for (const s of f.source) if (s.pc === pc) out.push(`  .at ${s.offset} ${s.line}${inlined(s.inlined)}`);
  };
  for (const i of code) {
    before(i.pc);
    out.push(`  ${instructionText(image, names, i.row, i.operands, target, f.tables.length)}`);
  }
  for (let pc = end; pc < f.code.length; pc++) {
    before(pc);
    out.push(`  .word ${f.code[pc]!}`);
  }
  before(f.code.length);
  return out.join('\n');
}

const labelName = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);

/** One instruction as text. `target` names a pc; the function has `tables` tables. */
export function instructionText(
  image: ModuleImage,
  names: Pick<Names, 'constant' | 'message' | 'type' | 'global' | 'constructorOf' | 'callee'>,
  row: Row,
  operands: readonly number[],
  target: (pc: number) => string,
  tables: number,
): string {
  const texts = row.operands.map((o, i) => operandText(image, names, o.kind, operands[i]!, target, tables));
  const family = row.text !== undefined && !row.text.includes(' ');
  const word = family && (!texts[0]?.startsWith('@') || texts[0] === '@"self"') ? row.name : (row.text ?? row.name);
  const counted = row.operands[0]?.kind === 'count' && texts[0]!.startsWith('(');
  const none = row.operands[0]?.kind === 'count' && texts[0] === '';
  const head = counted ? `${word}${texts[0]}` : word;
  return [head, ...(counted || none ? texts.slice(1) : texts)].join(' ');
}

function operandText(
  image: ModuleImage,
  names: Parameters<typeof instructionText>[1],
  kind: OperandKind,
  v: number,
  target: (pc: number) => string,
  tables = 0,
): string {
  const named = (map: ReadonlyMap<string, number>, key: string | undefined, text: (key: string) => string): string =>
    key !== undefined && map.get(key) === v ? text(key) : `%${v}`;
  switch (kind) {
    case 'slot':
      return `[${0 - v}]`;
    case 'count':
      return v === 0 ? '' : v > 0 ? `(${v})` : `%${v}`;
    case 'local':
    case 'int':
      return String(v);
    case 'target':
      return target(v);
    case 'constant':
    case 'text': {
      const c = image.constants[v];
      const text = c === undefined || (kind === 'text' && c.kind !== 'string') ? undefined : constantText(c);
      return named(names.constant, c && constantKey(c), () => text ?? `%${v}`);
    }
    case 'callee':
    case 'session':
      return named(names.callee, image.callees[v] && calleeText(image, v), (k) =>
        k.startsWith('%') ? `%${v}` : `@${nameText(k)}`,
      );
    case 'message':
      return named(names.message, image.messages[v], (k) => `$${messageText(k)}`);
    case 'type':
      return named(names.type, image.types[v], typeText);
    case 'global':
      return named(names.global, image.globals[v]?.name, nameText);
    case 'constructor': {
      const c = image.constructors[v];
      return named(names.constructorOf, c && `${c.type}::${c.name}`, nameText);
    }
    case 'table':
      return v >= 0 && v < tables ? `@t${v}` : `%${v}`;
  }
}

const messageText = (name: string): string => (/^[A-Za-z_][\w.'/]*$/.test(name) ? name : quote(name));

function tableLines(
  image: ModuleImage,
  names: Names,
  t: CodeTable,
  index: number,
  target: (pc: number) => string,
): string[] {
  const head = `  table t${index} ${t.kind}`;
  if (t.kind === 'capture') return [[head, ...t.locals].join(' ')];
  if (t.kind === 'switch')
    return [head, ...t.targets.map((pc) => `    case ${target(pc)}`), `    else ${target(t.otherwise)}`];
  const message = (c: { message: number; count: number }): string =>
    `${operandText(image, names, 'message', c.message, target)}${c.count === 0 ? '' : `(${c.count})`}`;
  const words = (c: SelectCase): string[] => [
    ...(c.kind === 'message' ? [] : [c.kind]),
    ...('slot' in c ? [`[${0 - c.slot}]`] : []),
    ...('message' in c ? [message(c)] : []),
    target(c.target),
  ];
  return [head, ...t.cases.map((c) => `    case ${words(c).join(' ')}`)];
}
