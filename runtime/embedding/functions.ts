/**
 * Functions of the host written in the host's own values: arguments and results are converted as the `extern fun` says.
 * The machine's libraries use `HostRegistry` itself, whose functions take and give machine values.
 * Invariant: the declaration that the module was compiled against is the only specification; a result that does not fit
 * it is a HostError at the call, and so is a promise from a function that is not `async`.
 */
import type { HostImport } from '../bytecode/module.js';
import type { HostFn, Instance } from '../engine/function.js';
import { HostRegistry } from '../host/registry.js';
import type { Value } from '../values/value.js';
import { dataTypesOf, fromTyped, notationOf, toValue, typesWithin, WrongValue } from './convert.js';

/** As the host writes them; `docs/embedding.md` says which type becomes which value. */
export type PlainFunction = (...args: never[]) => unknown;
export type PlainFunctions = Readonly<Record<string, PlainFunction>>;

export class FunctionRegistry extends HostRegistry {
  readonly #plain = new Map<string, PlainFunction>();
  /** Modules of the VM these are for: their data types can be made by the host. */
  modules: () => readonly Instance[] = () => [];

  /** Adds functions of a module, in the host's values. */
  addPlain(module: string, functions: PlainFunctions): this {
    for (const [name, fn] of Object.entries(functions)) this.#plain.set(`${module}::${name}`, fn);
    return this;
  }

  override has(name: string): boolean {
    return this.#plain.has(name) || super.has(name);
  }

  override callable(h: HostImport, from?: Instance): HostFn {
    const plain = this.#plain.get(h.name);
    if (plain !== undefined) {
      const at = h.name.lastIndexOf('::');
      this.add(h.name.slice(0, at), { [h.name.slice(at + 2)]: this.#converted(h, plain, from) });
    }
    return super.callable(h, from);
  }

  #converted(
    h: HostImport,
    fn: PlainFunction,
    from: Instance | undefined,
  ): (...args: Value[]) => Value | Promise<Value> {
    const params = h.params.map((p) => notationOf(p) ?? { kind: 'cut' as const });
    const result = h.result === 'void' ? undefined : (notationOf(h.result) ?? { kind: 'cut' as const });
    const types = from === undefined ? dataTypesOf(() => this.modules()) : typesWithin(from);
    const back = (v: unknown): Value => (result === undefined ? undefined : toValue(result, v, types, 'function'));
    return (...args) => {
      const given = (fn as (...args: unknown[]) => unknown)(...args.map((v, i) => fromTyped(params[i]!, v)));
      if (!(given instanceof Promise)) return back(given);
      if (!h.async) throw new WrongValue('a promise came from a function that is not declared async');
      return given.then(back);
    };
  }
}
