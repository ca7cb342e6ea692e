/** A node as programs hold it: a name, good wherever that node is connected. */
import { shown } from './hello.js';
import { Opaque } from '../values/value.js';

export class NodeValue extends Opaque {
  constructor(
    /** With its incarnation. */
    readonly name: string,
  ) {
    super();
  }
  describe(): string {
    return `<node ${shown(this.name)}>`;
  }
}
