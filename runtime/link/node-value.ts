/** A node as programs hold it: a name, good wherever that node is connected. */
import { Opaque } from '../values/value.js';

export class NodeValue extends Opaque {
  constructor(readonly name: string) {
    super();
  }
  describe(): string {
    return `<node ${this.name}>`;
  }
}
