/** placeholder to be replaced */
import type { Site } from '../engine/function.js';
import type { Label, Value } from '../values/value.js';
import type { Vm } from '../vm.js';
export class Expectations {
  constructor(readonly vm: Vm) {}
  message(_label: Label, _values: readonly Value[]): string | null {
    return null;
  }
  frame(_site: Site, _slots: readonly Value[]): string | null {
    return null;
  }
}
