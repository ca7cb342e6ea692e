/**
 * `quartz bind FILE`: the TypeScript interface of what a module needs from its host, from its extern declarations.
 * Invariant: the declarations are the only source, so what type-checks against the interface is what the machine accepts
 * (`runtime/embedding/convert.ts` has the same table of types).
 */
import path from 'node:path';
import type { Command } from 'commander';
import type { Item, TypeExpr } from '../../compiler/ast/ast.js';
import { buildFiles, rootOf } from '../files/compiling.js';
import { parse } from '../../compiler/parse/parse.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { type CompileFlags, formatOption, maxBoundOption, optionsOf } from '../terminal/options.js';
import { Failure, report } from '../terminal/report.js';
import { version } from '../effects/version.js';

export function bind(program: Command, effects: Effects, _exit: Exit): void {
  program
    .command('bind')
    .argument('<file>', 'a source file with extern declarations')
    .option('-o, --output <file>', 'where to write (default: standard output)')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .description("write the TypeScript interface of a module's host functions")
    .addHelpText('after', '\nExamples:\n  $ quartz bind sha.qz -o sha.host.d.ts')
    .action((file: string, flags: CompileFlags & { readonly output?: string }) => {
      const built = buildFiles(effects, [file], 'types', optionsOf(flags));
      if (report(effects, built.diagnostics, flags.format, version)) throw new Failure('');
      const root = rootOf(effects, file);
      const text = bindings(root.name, parse(root.file).module.items);
      if (flags.output === undefined) effects.stdout(text);
      else effects.writeFile(path.resolve(effects.cwd, flags.output), text);
    });
}

/** The whole file. Types of other modules are `unknown`: their module has the interface. */
export function bindings(module: string, items: readonly Item[]): string {
  const own = new Set(items.flatMap((i) => (i.kind === 'type' || i.kind === 'extern-type' ? [i.name.text] : [])));
  const writer = new Writer(own);
  const needed = items.filter((i) => i.kind === 'extern-fun');
  const functions = needed.map((i) => writer.method(i));
  const types: string[] = [];
  // Types may name further types; each is written once, in the order of the source.
  for (let size = -1; size !== writer.used.size;) {
    size = writer.used.size;
    types.length = 0;
    for (const item of items) {
      if ((item.kind === 'type' || item.kind === 'extern-type') && writer.used.has(item.name.text))
        types.push(writer.declaration(item));
    }
  }
  const name = module
    .split(/::|_/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
  return [
    `/** What module ${module} needs from its host. Written by quartz bind. */`,
    ...types,
    // A type, since what has the name of an interface is no record of functions, which `createVm` takes.
    `export type ${name}Host = {`,
    ...functions,
    '};',
    '',
  ].join('\n');
}

const SIMPLE: Readonly<Record<string, string>> = {
  int: 'number',
  float: 'number',
  bool: 'boolean',
  string: 'string',
  bytes: 'Uint8Array',
  unit: 'undefined',
};

/** Words that cannot name a parameter. */
const RESERVED =
  /^(?:break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|new|null|return|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|let|static|await)$/;

class Writer {
  readonly used = new Set<string>();
  constructor(readonly own: ReadonlySet<string>) {}

  method(item: Item & { readonly kind: 'extern-fun' }): string {
    const variables = new Set<string>();
    const params = item.params.map(({ pattern, annotation }, i) => {
      const written = pattern.kind === 'bind' ? pattern.name.text : `arg${i}`;
      const shown = RESERVED.test(written) ? `${written}_` : written;
      return `${shown}: ${annotation === undefined ? 'unknown' : this.type(annotation, variables)}`;
    });
    const result = item.result === undefined ? 'void' : this.type(item.result, variables);
    const generic = variables.size === 0 ? '' : `<${[...variables].join(', ')}>`;
    const doc = item.doc === undefined ? '' : `  /** ${comment(item.doc)} */\n`;
    const answer = item.async ? `Promise<${result}> | ${result}` : result;
    return `${doc}  ${item.name.text}${generic}(${params.join(', ')}): ${answer};`;
  }

  declaration(item: Item & { readonly kind: 'type' | 'extern-type' }): string {
    const names = item.params.map((p) => p.text.toUpperCase());
    const head = item.name.text + (names.length === 0 ? '' : `<${names.join(', ')}>`);
    if (item.kind === 'extern-type') return `export type ${head} = object;`;
    const { body } = item;
    if (body.kind === 'alias') return `export type ${head} = ${this.type(body.type)};`;
    if (body.kind === 'record') {
      const fields = body.fields.map((f) => `  readonly ${f.name.text}: ${this.type(f.type)};\n`);
      return `export interface ${head} {\n${fields.join('')}}`;
    }
    const variants = body.variants.map(
      (v) =>
        `\n  | { readonly tag: '${v.name.text}'; readonly fields: readonly [${v.args.map((t) => this.type(t)).join(', ')}] }`,
    );
    return `export type ${head} =${variants.join('')};`;
  }

  private type(t: TypeExpr, variables?: Set<string>): string {
    if (t.kind === 'tuple') {
      if (t.elements.length === 0) return 'undefined';
      return `readonly [${t.elements.map((e) => this.type(e, variables)).join(', ')}]`;
    }
    if (t.kind !== 'name') return 'unknown';
    const name = t.parts.map((part) => part.text).join('::');
    const args = t.args.map((arg) => this.type(arg, variables));
    const [first = 'unknown', second = 'unknown'] = args;
    const simple = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined;
    if (simple !== undefined) return simple;
    if (name === 'list') return `readonly (${first})[]`;
    if (name === 'map') return `ReadonlyMap<${first}, ${second}>`;
    if (name === 'option')
      return mayBeAbsent(t.args[0]) ? `{ readonly some: ${first} } | undefined` : `${first} | undefined`;
    if (name === 'result') return `{ readonly ok: ${first} } | { readonly err: ${second} }`;
    if (this.own.has(name)) {
      this.used.add(name);
      return args.length === 0 ? name : `${name}<${args.join(', ')}>`;
    }
    if (!/^[a-z]\w*$/.test(name) || name === 'exn') return 'unknown';
    variables?.add(name.toUpperCase());
    return name.toUpperCase();
  }
}

/** What is in the option may itself be undefined to the host. */
const mayBeAbsent = (t: TypeExpr | undefined): boolean =>
  t?.kind === 'tuple'
    ? t.elements.length === 0
    : t?.kind === 'name' && t.args.length === 0
      ? /^(?:unit|(?!int$|float$|bool$|string$|bytes$|exn$)[a-z]\w*)$/.test(t.parts.map((p) => p.text).join('::'))
      : t?.kind === 'name' && t.parts[0]?.text === 'option';

const comment = (lines: readonly string[]): string => lines.join(' ').replaceAll('*/', '* /').trim();
