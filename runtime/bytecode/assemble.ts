/**
 * The assembler: text form `.qza` to module image, the inverse of `disassemble`.
 * Invariant: all errors of a text are reported together, as values; a text with an error gives no image. What is
 * assembled is not trusted: the verifier judges it like any other image.
 */
import { type Either, left, right } from 'fp-ts/lib/Either.js';
import { FunctionText } from './assembly-function.js';
import { LISTED_HOSTS, Pools } from './assembly-pools.js';
import { constantOf, nearest, tokens, type Token } from './assembly-text.js';
import type { ConstructorImage, FunctionImage, HostImport, ModuleImage } from './module.js';

export interface AsmError {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/** `file:line:column: message`, with the hint in parentheses. */
export const formatAsmError = (e: AsmError): string =>
  `${e.path}:${e.line}:${e.column}: ${e.message}${e.hint === undefined ? '' : ` (${e.hint})`}`;

const MOST_ERRORS = 50;

interface Line {
  readonly number: number;
  readonly tokens: readonly Token[];
}

/**
 * Assembles `text`. `hosts` are the host functions that may be called without a `host` line (by default those of the
 * original listing). The module's name is the file's unless a `module` line says otherwise.
 */
export function assemble(
  text: string,
  path: string,
  hosts: readonly HostImport[] = LISTED_HOSTS,
): Either<readonly AsmError[], ModuleImage> {
  const errors: AsmError[] = [];
  const report = (line: number, column: number, message: string, hint?: string): void => {
    if (errors.length < MOST_ERRORS) errors.push({ path, line, column, message, ...(hint ? { hint } : {}) });
  };
  const pools = new Pools(hosts);
  const lines = read(text, report);
  for (const l of lines) {
    const name = headerName(l.tokens);
    if (name === undefined) continue;
    if (pools.functions.has(name)) report(l.number, l.tokens[1]!.column, `${name} is defined twice`);
    else pools.functions.set(name, pools.functions.size);
  }
  const module = new ModuleText(pools, path, report);
  for (const l of lines) module.line(l);
  const image = module.finish();
  return errors.length > 0 ? left(errors) : right(image);
}

function read(text: string, report: (line: number, column: number, message: string) => void): Line[] {
  return text.split(/\r?\n/).flatMap((raw, i) => {
    const found = tokens(raw);
    const bad = found.find((t) => t.kind === 'bad');
    if (bad !== undefined) {
      report(i + 1, bad.column, `cannot read ${bad.text.slice(0, 40)}`);
      return [];
    }
    return found.length === 0 ? [] : [{ number: i + 1, tokens: found }];
  });
}

const textOf = (t: Token | undefined): string | undefined =>
  t?.kind === 'word' || t?.kind === 'string' || t?.kind === 'type' || t?.kind === 'callee' ? t.text : undefined;

/** The name a header line defines. */
function headerName(t: readonly Token[]): string | undefined {
  const first = t[0];
  if (first?.kind !== 'word' || (first.text !== 'session' && first.text !== 'function')) return undefined;
  return textOf(t[1]);
}

class ModuleText {
  #name: string;
  #source = '';
  #interface = '';
  #initialiser = -1;
  #open: FunctionText | undefined;
  /** What to do with `#open` when it is an import and not a function. */
  #addImport: ((made: FunctionImage) => void) | undefined;
  readonly #functions: FunctionImage[] = [];

  constructor(
    readonly pools: Pools,
    path: string,
    readonly report: (line: number, column: number, message: string, hint?: string) => void,
  ) {
    this.#name = (/([^/\\]*?)(\.[^./\\]*)?$/.exec(path)?.[1] ?? path) || 'module';
  }

  line({ number, tokens: t }: Line): void {
    const first = t[0]!;
    const word = first.kind === 'word' ? first.text : '';
    const error = (message: string, hint?: string): void => this.report(number, first.column, message, hint);
    if (word === 'session' || word === 'function') {
      const name = headerName(t);
      const type = t[2]?.kind === 'type' || t[2]?.kind === 'string' ? t[2].text : undefined;
      const colon = t[3]?.kind === 'word' && t[3].text === ':';
      if (name === undefined || type === undefined || t.length !== 4 || !colon)
        return error(`a header is written \`${word} Name < type >:\``);
      this.#close();
      this.#open = new FunctionText(name, word === 'session', type, this.pools, this.report);
      return;
    }
    const directive = DIRECTIVES[word];
    if (directive !== undefined && (this.#open === undefined || this.#addImport !== undefined)) {
      this.#close();
      const usage = this.#directive(number, word, t.slice(1));
      if (usage) error(`${word} is written \`${directive}\``);
      return;
    }
    if (this.#open !== undefined) return this.#open.line(number, t);
    const near = nearest(word, [...Object.keys(DIRECTIVES), 'session', 'function']);
    error(`no function is open here, and ${word || 'this'} is no module directive`, near && `did you mean ${near}?`);
  }

  /** Obeys a module directive; true if it was malformed. */
  #directive(number: number, word: string, t: readonly Token[]): boolean {
    const texts = t.map(textOf);
    const [a, b] = texts;
    const p = this.pools;
    const all = !texts.includes(undefined);
    switch (word) {
      case 'module':
        this.#name = a ?? '';
        return a === undefined;
      case 'source':
        this.#source = a ?? '';
        return a === undefined;
      case 'interface':
        this.#interface = a ?? '';
        return a === undefined;
      case 'initialiser': {
        const index = t[0]?.kind === 'raw' ? t[0].value : p.functions.get(a ?? '');
        this.#initialiser = index ?? -1;
        return index === undefined;
      }
      case 'require':
        if (a !== undefined) p.addRequire(a, b ?? '');
        return a === undefined;
      case 'global':
        if (b !== undefined) p.addGlobal(a!, b);
        return b === undefined;
      case 'type':
        if (a !== undefined) p.addType(a);
        return a === undefined;
      case 'message':
        if (t[0]?.kind === 'message') p.addMessage(t[0].text);
        return t[0]?.kind !== 'message';
      case 'constant': {
        const c =
          a === 'int' && b !== undefined ? { kind: 'int' as const, value: Number(b) } : t[0] && constantOf(t[0]);
        if (c) p.addConstant(c);
        return !c;
      }
      case 'host': {
        const arrow = texts.indexOf('->');
        const result = texts[arrow + 1];
        if (!all || arrow < 1 || result === undefined) return true;
        const params = texts.slice(1, arrow) as string[];
        p.addHost({ name: a!, params, result, async: texts[arrow + 2] === 'async' });
        return false;
      }
      case 'constructor': {
        const made = all ? constructorText(t) : undefined;
        if (made) p.addConstructor(made);
        return made === undefined;
      }
      case 'callee': {
        const at = t[1];
        const value = at?.kind === 'raw' ? at.value : undefined;
        if (a === 'function') {
          const index = value ?? p.functions.get(textOf(at) ?? '');
          const name = [...p.functions].find(([, i]) => i === index)?.[0] ?? `%${index}`;
          if (index !== undefined) p.addCallee({ kind: 'function', index }, name);
          return index === undefined;
        }
        const index = a === 'host' ? (value ?? p.host(textOf(at) ?? '')) : undefined;
        if (index !== undefined) p.addCallee({ kind: 'host', index }, p.hosts[index]?.name ?? `%${index}`);
        return index === undefined;
      }
      case 'import':
        return this.#import(number, t);
      default:
        return true;
    }
  }

  /** `import function|session module name < type >`, then `.param` and `.returns` lines as in a function. */
  #import(number: number, t: readonly Token[]): boolean {
    const [kind, module, name, type] = t.map(textOf);
    const index = t[1]?.kind === 'raw' ? t[1].value : module === undefined ? undefined : this.pools.require(module);
    if ((kind !== 'function' && kind !== 'session') || index === undefined || name === undefined || type === undefined)
      return true;
    const session = kind === 'session';
    const called = this.pools.requires[index]?.name ?? `%${index}`;
    this.#open = new FunctionText(name, session, type, this.pools, this.report);
    this.#addImport = (made) => {
      if (made.code.length > 0) this.report(number, 1, 'an import has no code');
      const signature = { params: made.params, returns: made.returns, session, type };
      this.pools.addCallee({ kind: 'import', module: index, name, signature }, `${called}::${name}`);
    };
    return false;
  }

  #close(): void {
    const made = this.#open?.finish();
    if (made !== undefined) {
      if (this.#addImport) this.#addImport(made);
      else this.#functions.push(made);
    }
    this.#open = undefined;
    this.#addImport = undefined;
  }

  finish(): ModuleImage {
    this.#close();
    return this.pools.image({
      name: this.#name,
      functions: this.#functions,
      initialiser: this.#initialiser,
      interface: this.#interface,
      sourcePath: this.#source,
    });
  }
}

/** Lines before the first header: their form. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  module: 'module name',
  source: 'source "path"',
  interface: 'interface "json"',
  initialiser: 'initialiser function',
  require: 'require module "hash"',
  global: 'global name < type >',
  type: 'type < type >',
  message: 'message $Label',
  constant: 'constant value',
  host: 'host name "parameter" .. -> "result" async',
  constructor: 'constructor variant|record|exception module type Name tag params a .. fields name "type" ..',
  callee: 'callee function|host @name',
  import: 'import function|session module name < type >',
};

function constructorText(t: readonly Token[]): ConstructorImage | undefined {
  const texts = t.map((x) => textOf(x)!);
  const key = (word: string): number => t.findIndex((x) => x.kind === 'word' && x.text === word);
  const params = key('params');
  const fields = key('fields');
  const [kind, module, type, name, tag] = texts;
  if (kind !== 'variant' && kind !== 'record' && kind !== 'exception') return undefined;
  if (params !== 5 || fields < params || (t.length - fields) % 2 !== 1 || !/^-?\d+$/.test(tag!)) return undefined;
  const pairs = texts.slice(fields + 1);
  return {
    module: module!,
    type: type!,
    name: name!,
    kind,
    tag: Number(tag),
    fields: pairs.flatMap((n, i) => (i % 2 === 0 ? [{ name: n, type: pairs[i + 1]! }] : [])),
    params: texts.slice(params + 1, fields),
  };
}
