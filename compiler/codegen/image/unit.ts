/**
 * The module being generated: what names mean in the image (callees, constructors, globals), and the queue of bodies
 * still to be generated, since closures are functions of the image as well.
 * Invariant: each function of the image is begun once; names made here contain a space, so no source name collides.
 */
import type { FunItem, LambdaExpr } from '../../ast/ast.js';
import { captures } from './captures.js';
import { constructorImage, type Declarations } from './constructors.js';
import { ModuleBuilder } from '../../../runtime/bytecode/builder.js';
import { libraryFunction } from '../../../runtime/bytecode/library.js';
import type { ConstructorImage, HostImport, ImportSignature, Param } from '../../../runtime/bytecode/module.js';
import { globalKey, type Entity, type GlobalId, type Local } from '../../resolve/resolution.js';
import type { SourceFile } from '../../source/source.js';
import type { ModuleEnv, TypeInterface } from '../../types/module/interface.js';
import { partsOf, prune, type Scheme, type Type } from '../../types/solve/type.js';
import type { Kind, Typing } from '../../types/module/typing.js';
import type { ExactTypes } from './exact.js';
import { functionShape, isUnit } from './type-of.js';
import { schemeText, TypeNames, typeText } from './type-text.js';

export interface GenerateOptions {
  /** The file the module was read from. */
  readonly source?: SourceFile;
  /** Interfaces of the modules required, by canonical name. */
  readonly env?: ModuleEnv;
  /** What handlers let go: what their bodies have got from the host, if `holds`, and the variables that a `try` (by id) takes. */
  readonly owned?: { readonly holds: boolean; readonly lost: ReadonlyMap<number, readonly Local[]> };
  /** The exported interface, as text for compilers of other modules. */
  readonly interface?: string;
  /** Declared types of other modules' sessions and functions as printed, by `module::name`. */
  readonly signatures?: ReadonlyMap<string, ImportSignature>;
  /** Host functions of other modules that may suspend the calling thread, as `module::name`. */
  readonly suspending?: ReadonlySet<string>;
}

/** What a call of a function by name needs to know. */
export interface Known {
  readonly callee: number;
  readonly arity: number;
  readonly returns: boolean;
  readonly kinds: readonly Kind[];
}

/** A closure or local function, lifted to a function of the image. */
export interface Lifted {
  readonly name: string;
  readonly node: LambdaExpr | FunItem;
  readonly captured: readonly Local[];
  readonly returns: boolean;
  /** The local that holds a local function. */
  readonly self: Local | undefined;
}

export class Unit {
  readonly builder: ModuleBuilder;
  /** Bodies that were named but not generated yet. */
  readonly queue: Lifted[] = [];
  private readonly declarations: Declarations;
  private readonly lifted = new Map<LambdaExpr | FunItem, Lifted>();
  private readonly localFuns = new Map<Local, Lifted>();
  private readonly wrappers = new Map<string, number>();
  /** Types whose constructors are all in the image, or soon. */
  private readonly listed = new Set<string>();
  /** Constructors of the image by index. */
  readonly constructors: ConstructorImage[] = [];
  /** Functions that make a value of a constructor, still to be written. */
  readonly makers: { readonly name: string; readonly constructor: number; readonly arity: number }[] = [];

  constructor(
    readonly typing: Typing,
    /** Declared types of this module's sessions and of its functions that take ends. */
    readonly exact: ExactTypes,
    readonly options: GenerateOptions,
  ) {
    this.builder = new ModuleBuilder(typing.resolution.name, options.source?.path ?? '');
    this.declarations = {
      home: this.module,
      type: (id) => this.declaration(id),
      exception: (id) => this.exceptionFields(id),
    };
    for (const name of typing.resolution.requires) this.builder.require(name);
  }

  /** Fresh names for the type variables of one signature and its body. */
  names(): TypeNames {
    return new TypeNames(this.module, this.exact);
  }

  get module(): string {
    return this.typing.resolution.name;
  }

  entity(id: number): Entity | undefined {
    return this.typing.resolution.uses.get(id);
  }

  /** The local a name binds or, where it is a use, means. */
  localOf(id: number): Local | undefined {
    const bound = this.typing.resolution.binders.get(id);
    if (bound !== undefined) return bound;
    const entity = this.entity(id);
    return entity?.kind === 'local' ? entity.local : undefined;
  }

  typeOf(id: number): Type | undefined {
    const type = this.typing.types.get(id);
    return type === undefined ? undefined : prune(type);
  }

  kindOf(local: Local): Kind {
    return this.typing.locals.get(local)?.kind ?? 'data';
  }

  // ---------------------------------------------------------------- functions

  /** A function, host function or session by its entity; undefined for anything that is not called by name. */
  known(entity: Entity): Known | undefined {
    if (entity.kind === 'session') return this.session(entity.id);
    if (entity.kind !== 'fun' && entity.kind !== 'extern-fun') return undefined;
    const own = entity.id.module === this.module;
    const found = this.schemeOf(entity.id);
    if (found === undefined) return undefined;
    const { params, returns } = functionShape(found.scheme);
    const callee =
      entity.kind === 'extern-fun'
        ? this.builder.host(this.hostImport(entity.id, params, found.scheme))
        : own
          ? this.builder.callee(entity.id.name)
          : this.builder.imported(
              entity.id.module,
              entity.id.name,
              this.signature(entity.id, found.scheme, found.kinds),
            );
    return { callee, arity: params.length, returns, kinds: found.kinds };
  }

  private session(id: GlobalId): Known | undefined {
    const own = id.module === this.module;
    const found = own ? this.typing.sessions.get(id.name) : this.options.env?.get(id.module)?.sessions.get(id.name);
    if (found === undefined) return undefined;
    const kinds = found.params.map((p) => p.kind);
    const names = this.names();
    const signature = (): ImportSignature =>
      this.options.signatures?.get(`${id.module}::${id.name}`) ?? {
        params: found.params.map((p, i) => param(p.local?.name ?? `arg${i}`, p.kind, p.type, names)),
        returns: false,
        session: true,
        type: '',
      };
    const callee = own ? this.builder.callee(id.name) : this.builder.imported(id.module, id.name, signature());
    return { callee, arity: kinds.length, returns: false, kinds };
  }

  /** A function of the library by its full name. */
  library(name: string): number {
    return this.builder.host(libraryFunction(name)!);
  }

  private hostImport(id: GlobalId, params: readonly Type[], scheme: Scheme): HostImport {
    const name = `${id.module}::${id.name}`;
    const ours = libraryFunction(name);
    if (ours !== undefined) return ours;
    // Its types are that module's word, and of what it gives the machine asks the modules that declare it.
    const homes = (t: Type): string[] => [...(t.kind === 'con' ? [t.id.module] : []), ...partsOf(t).flatMap((x) => homes(prune(x)))]; // prettier-ignore
    for (const home of [id.module, ...homes(prune(resultType(scheme)))])
      if (home !== this.module && home !== '') this.builder.require(home);
    const names = this.names();
    const result = resultType(scheme);
    const item = this.typing.resolution.module.items.find((i) => i.kind === 'extern-fun' && i.name.text === id.name);
    const own = id.module === this.module && item?.kind === 'extern-fun' && item.async;
    return {
      name,
      params: params.map((p) => typeText(p, names)),
      result: isUnit(result) ? 'void' : typeText(result, names),
      async: own || (this.options.suspending?.has(name) ?? false),
    };
  }

  private signature(id: GlobalId, scheme: Scheme, kinds: readonly Kind[]): ImportSignature {
    const known = this.options.signatures?.get(`${id.module}::${id.name}`);
    if (known !== undefined) return known;
    const { params, returns } = functionShape(scheme);
    const names = this.names();
    return {
      params: params.map((type, i) => param(`arg${i}`, kinds[i] ?? 'data', type, names)),
      returns,
      session: false,
      type: schemeText(scheme, this.names()),
    };
  }

  // ---------------------------------------------------------------- closures

  /** The lifted form of a closure or local function; its body is queued the first time. */
  lift(node: LambdaExpr | FunItem, inside: string, self?: Local): Lifted {
    const known = this.lifted.get(node);
    if (known !== undefined) return known;
    const label = 'name' in node ? node.name.text : 'closure';
    const made: Lifted = {
      name: `${inside} ${label} ${node.id}`,
      node,
      captured: captures(node, this.typing.resolution).filter((l) => l !== self),
      returns: true,
      self,
    };
    this.lifted.set(node, made);
    if (self !== undefined) this.localFuns.set(self, made);
    this.queue.push(made);
    return made;
  }

  localFun(local: Local): Lifted | undefined {
    return this.localFuns.get(local);
  }

  // ---------------------------------------------------------------- data

  /**
   * Index of a variant's, record's or exception's constructor in the image. The module that declares it is required: that
   * one lists all its constructors, and the verifier compares.
   */
  constructorOf(entity: Entity): number | undefined {
    const image = constructorImage(entity, this.declarations);
    if (image === undefined) return undefined;
    if (image.module !== '' && image.module !== this.module) this.builder.require(image.module);
    const index = this.builder.constructorOf(image);
    if (this.constructors[index] !== undefined) return index;
    this.constructors[index] = image;
    // What may be done with values of a type follows from all of its constructors.
    if (entity.kind === 'constructor' && image.module !== '') this.listVariants(entity.type);
    return index;
  }
  private listVariants(type: GlobalId): void {
    const key = globalKey(type);
    if (this.listed.has(key)) return;
    this.listed.add(key);
    const body = this.declaration(type)?.body;
    if (body?.kind !== 'sum') return;
    body.variants.forEach(({ name, args }, tag) =>
      this.constructorOf({ kind: 'constructor', id: { module: type.module, name }, type, tag, arity: args.length }),
    );
  }

  /** Lists all constructors that the module declares, for modules that read or make such values. */
  listConstructors(): void {
    for (const { id, body } of this.typing.declared.values()) {
      if (body.kind === 'record') this.constructorOf({ kind: 'record', id, fields: body.fields.map(([name]) => name) });
      else if (body.kind === 'sum') this.listVariants(id);
    }
    for (const item of this.typing.resolution.module.items)
      if (item.kind === 'exception') {
        const id = { module: this.module, name: item.name.text };
        this.constructorOf({ kind: 'exception', id, arity: this.exceptionFields(id)?.length ?? 0 });
      }
  }

  /** The declaration of a type of this module or a required one. */
  declaration(id: GlobalId): TypeInterface | undefined {
    return this.typing.declared.get(globalKey(id)) ?? this.options.env?.get(id.module)?.types.get(id.name);
  }

  /** Index of an exception of the machine. */
  machineException(name: string): number {
    return this.constructorOf({ kind: 'exception', id: { module: '', name }, arity: 0 })!;
  }

  private exceptionFields(id: GlobalId): readonly Type[] | undefined {
    return this.typing.exceptions.get(globalKey(id)) ?? this.options.env?.get(id.module)?.exceptions.get(id.name);
  }

  /** Names of the fields of a record type, in the order of its declaration. */
  fieldsOf(id: GlobalId): readonly string[] | undefined {
    const body = this.declaration(id)?.body;
    return body?.kind === 'record' ? body.fields.map(([name]) => name) : undefined;
  }

  /** A function that makes a value of the constructor: what its name means where it is not called. */
  maker(entity: Entity, arity: number): number {
    const constructor = this.constructorOf(entity)!;
    const known = this.wrappers.get(String(constructor));
    if (known !== undefined) return known;
    const name = `make ${'id' in entity ? entity.id.name : ''} ${constructor}`;
    const callee = this.builder.callee(name);
    this.wrappers.set(String(constructor), callee);
    this.makers.push({ name, constructor, arity });
    return callee;
  }

  /** Index of a constant of this module. */
  global(name: string): number {
    const scheme = this.typing.consts.get(name);
    return this.builder.global(name, scheme === undefined ? 'any' : typeText(scheme.type, this.names()));
  }

  /** The function that gives a constant of another module. */
  importedConst(id: GlobalId): number {
    const scheme = this.options.env?.get(id.module)?.consts.get(id.name);
    const type = `() -> ${scheme === undefined ? 'any' : typeText(scheme.type, this.names())}`;
    return this.builder.imported(id.module, id.name, { params: [], returns: true, session: false, type });
  }

  /** Does a function's declared result mention a type variable? */
  isGeneric(entity: Entity): boolean {
    if (entity.kind !== 'fun' && entity.kind !== 'extern-fun') return true;
    const found = this.schemeOf(entity.id);
    return found === undefined || found.scheme.variables.length > 0;
  }

  private schemeOf(id: GlobalId): { readonly scheme: Scheme; readonly kinds: readonly Kind[] } | undefined {
    return id.module === this.module
      ? this.typing.functions.get(id.name)
      : this.options.env?.get(id.module)?.functions.get(id.name);
  }

  /** Types of the parameters and the result of a lifted function. */
  paramTypes(l: Lifted): { readonly params: readonly Type[]; readonly result: Type | undefined } {
    const type = l.self === undefined ? this.typeOf(l.node.id) : this.typing.locals.get(l.self)?.scheme.type;
    const t = type === undefined ? undefined : prune(type);
    return t?.kind === 'fun' ? { params: t.params, result: t.result } : { params: [], result: undefined };
  }
}

export const param = (name: string, kind: Kind, type: Type | undefined, names: TypeNames): Param => ({
  name,
  kind,
  type: type === undefined ? 'any' : typeText(type, names),
});

function resultType(scheme: Scheme): Type {
  const type = prune(scheme.type);
  return type.kind === 'fun' ? prune(type.result) : type;
}
