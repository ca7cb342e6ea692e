/** Sessions for one use: fresh where they were generalised, shared while their group is being inferred. */
import { globalKey, type GlobalId } from '../../resolve/resolution.js';
import type { Context } from './context.js';
import { instantiator } from '../solve/schemes.js';
import { THREAD, type EndType, type Type } from '../solve/type.js';
import type { SessionTyping } from '../module/typing.js';

export interface SessionInstance {
  readonly key: string;
  readonly name: string;
  readonly params: readonly Type[];
  /** The accepted client's end, seen from the session. */
  readonly accepts: EndType | undefined;
}

export function sessionInstance(c: Context, id: GlobalId): SessionInstance | undefined {
  const key = globalKey(id);
  const own = c.sessions.get(key);
  if (own !== undefined && own.done === undefined)
    return { key, name: id.name, params: own.params, accepts: own.accepts };
  const typing: SessionTyping | undefined = own?.done ?? c.env.get(id.module)?.sessions.get(id.name);
  if (typing === undefined) return undefined;
  const copy = instantiator(c.u, c.level, typing.variables);
  const params = typing.params.map((p) => copy(p.type));
  const service = typing.service && copy({ kind: 'end', end: typing.service });
  return { key, name: id.name, params, accepts: service?.kind === 'end' ? service.end : undefined };
}

/** What `spawn` without `self` gives: a reference to the service if there is one, else to the thread. */
export function referenceTo(c: Context, instance: SessionInstance): Type {
  if (instance.accepts === undefined) return THREAD;
  return { kind: 'service', end: clientOf(c, instance.key, instance.accepts) };
}

/** The client's end for what a session accepts. */
export function clientOf(c: Context, key: string, accepts: EndType): EndType {
  const client = c.end();
  client.services.add(key);
  c.u.link(client, accepts);
  return client;
}
