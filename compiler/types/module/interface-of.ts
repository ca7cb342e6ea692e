/** The interface of a module from its typing. Names that start with `_` are private and left out. */
import { globalKey, type GlobalId } from '../../resolve/resolution.js';
import type { ModuleInterface } from './interface.js';
import type { Typing } from './typing.js';

/** `protocols`: what the protocol pass adds. */
export function interfaceOf(typing: Typing, protocols: unknown = undefined): ModuleInterface {
  const { module, name } = typing.resolution;
  const exported = <T>(from: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...from].filter(([n]) => !n.startsWith('_')));
  const byName = <T>(names: readonly string[], get: (id: GlobalId) => T | undefined): Map<string, T> =>
    new Map(
      names.flatMap((n) => {
        const found = get({ module: name, name: n });
        return found === undefined ? [] : [[n, found] as const];
      }),
    );
  const types = module.items.flatMap((i) => (i.kind === 'type' || i.kind === 'extern-type' ? [i.name.text] : []));
  const exceptions = module.items.flatMap((i) => (i.kind === 'exception' ? [i.name.text] : []));
  return {
    name,
    functions: exported(typing.functions),
    consts: exported(typing.consts),
    types: exported(byName(types, (id) => typing.declared.get(globalKey(id)))),
    exceptions: exported(byName(exceptions, (id) => typing.exceptions.get(globalKey(id)))),
    sessions: exported(typing.sessions),
    roles: exported(
      new Map(
        module.items.flatMap((i) => (i.kind === 'protocol' ? [[i.name.text, i.roles.map((r) => r.name.text)]] : [])),
      ),
    ),
    protocols,
  };
}
