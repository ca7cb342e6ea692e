/** Hand-made modules for tests of the machine: a builder with short words, loaded without the verifier. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { ModuleBuilder } from '../../runtime/bytecode/builder.js';
import type { FunctionBuilder } from '../../runtime/bytecode/builder.js';
import type { ModuleImage, Param, ParamKind } from '../../runtime/bytecode/module.js';
import type { Instance } from '../../runtime/engine/function.js';
import { nothing, verify } from '../../runtime/verify/verify.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm } from '../../runtime/vm.js';
import type { VmOptions } from '../../runtime/vm.js';
import { show } from '../../runtime/values/show.js';
import type { Exn, Value } from '../../runtime/values/value.js';

export const data = (name: string, type = 'int', kind: ParamKind = 'data'): Param => ({ name, kind, type });
export const end = (name: string): Param => ({ name, kind: 'end', type: '' });

let serial = 0;

/**
 * These modules go round the verifier, whose own tests are elsewhere: they are an empty one that was verified, whose image is
 * exchanged afterwards, which types forbid and programs have no way to.
 */
export function trusted(image: ModuleImage): VerifiedModule {
  const empty = verify(new ModuleBuilder('empty', 'empty.qz').finish(), { module: nothing });
  if (isLeft(empty)) throw new Error('an empty module is refused');
  return Object.assign(empty.right, { image, facts: [], closure: new Map() });
}

export class TestModule {
  readonly builder = new ModuleBuilder(`test${serial++}`, 'test.qz');
  fun(name: string, params: readonly (string | Param)[], body: (f: FunctionBuilder) => void, returns = true): this {
    const f = this.builder.function({
      name,
      params: params.map((p) => (typeof p === 'string' ? data(p) : p)),
      returns,
      type: '',
      exported: true,
    });
    body(f);
    return this;
  }
  session(name: string, params: readonly Param[], body: (f: FunctionBuilder) => void): this {
    const f = this.builder.function({ name, params, returns: false, session: true, type: '', exported: true });
    body(f);
    return this;
  }
  host(name: string, params: readonly string[], result: string, async = false): number {
    return this.builder.host({ name, params, result, async });
  }
  verified(): VerifiedModule {
    return trusted(this.builder.finish());
  }
}

export interface Run {
  readonly vm: Vm;
  readonly module: Instance;
  readonly output: string[];
}

export function loaded(m: TestModule, options: VmOptions = {}): Run {
  const output: string[] = [];
  const vm = new Vm({
    virtualTime: true,
    ...options,
    environment: { write: (text) => output.push(text), now: () => 0, ...options.environment },
  });
  return { vm, module: vm.load(m.verified()), output };
}

/** Result of a function: shown, or `raised ...`. */
export function call({ vm, module }: Run, name: string, ...args: Value[]): string {
  const t = vm.spawn(module, name, args);
  t.noticed = true;
  vm.runReady();
  return t.status === 3 ? `raised ${show(t.result as Exn)}` : show(t.result);
}
