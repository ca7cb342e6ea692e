/** A peer whose frames a test writes itself: it knows the secret and the frames, and keeps to no other rule. */
import { Connection } from '../../runtime/link/connection.js';
import type { Frame, FrameOf, Operation } from '../../runtime/link/frame.js';
import type { World } from './nodes.js';

export class Stranger {
  readonly heard: Frame[] = [];
  closed = '';
  /** Frames that are answered at once. */
  onFrame: (f: Frame) => void = () => undefined;
  #connection!: Connection;

  private constructor(
    readonly world: World,
    readonly name: string,
  ) {}

  /** A stranger that has dialled a place. */
  static async at(world: World, address: string, name: string): Promise<Stranger> {
    const s = new Stranger(world, name);
    s.#connection = s.#over(await world.network.dial(address), 'dial');
    await world.settle();
    return s;
  }
  /** A stranger that others can dial. */
  static listening(world: World, name: string): Stranger {
    const s = new Stranger(world, name);
    void world.network.listen(name, (channel) => (s.#connection = s.#over(channel, 'accept')));
    return s;
  }
  #over(channel: ConstructorParameters<typeof Connection>[0], role: 'dial' | 'accept'): Connection {
    const identity = {
      node: this.name,
      key: new TextEncoder().encode('quartz'),
      random: (n: number) => new Uint8Array(n),
    };
    return new Connection(channel, identity, role, {
      opened: () => null,
      frame: (_c, f) => {
        if (f.operation === 'qvm_ping' && !f.answer) this.send({ ...f, answer: true });
        this.heard.push(f);
        this.onFrame(f);
      },
      missing: () => false,
      drained: () => undefined,
      closed: (_c, why) => (this.closed = why),
      now: () => this.world.now,
    });
  }

  send(f: Frame): void {
    this.#connection.send(f);
  }
  close(why: string): void {
    void this.#connection.close(why);
  }
  all<O extends Operation>(operation: O): FrameOf<O>[] {
    return this.heard.filter((f) => f.operation === operation) as unknown as FrameOf<O>[];
  }
  last<O extends Operation>(operation: O): FrameOf<O> {
    return this.all(operation).at(-1)!;
  }
}
