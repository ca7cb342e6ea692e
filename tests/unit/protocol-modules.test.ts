/**
 * Protocols over several modules: what a module shows of its code is enough to find, in the module that puts sessions
 * together, what their own modules could not know. With a cold cache and with a warm one.
 */
import { describe, expect, it } from 'vitest';
import { build } from '../../compiler/modules/build.js';
import { type Finder, tableFinder } from '../../compiler/modules/finder.js';
import { progressOf } from '../../compiler/protocol/compose/progress.js';
import { SourceFile } from '../../compiler/source/source.js';
import { library } from '../support/compile.js';

const LOCK = `session Lock()
  on Acquire from p
    p!Acquired
    on Release from p
      loop
    end
  end
end`;

const TAKE = `fun take(lock)
  let l = connect lock
  l!Acquire
  on Acquired from l
    l!Release
  end
end`;

/** Relays: what they ask is what they were given. */
const RELAYS = `session A(b)
  on Req from c
    let d = connect b
    d!Req
    on Resp from d
      c!Resp
    end
    loop(b)
  or Set(next) from c
    loop(next)
  end
end

session Leaf()
  on Req from c
    c!Resp
    loop
  or Set(next) from c
    loop
  end
end

session Greedy()
  on Req from c
    c!Resp
    on More from c
      loop
    end
  or Set(next) from c
    loop
  end
end

session User(a)
  let d = connect a
  d!Req
  on Resp from d
    std::print("answered")
  end
end

fun start(a)
  spawn User(a)
  0
end

fun own()
  start(spawn A(spawn Leaf))
end`;

interface Program {
  readonly main: string;
  readonly others: Readonly<Record<string, string>>;
  /** `module: code` of each message; those of a library about itself come first. */
  readonly messages: readonly string[];
  /** Verdicts of the compositions that main reports, but for `proved`. */
  readonly verdicts: readonly string[];
}

const programs: Readonly<Record<string, Program>> = {
  'a call that waits, hidden in two functions of another module': {
    main: `require lib
require locks
session User(lock)
  let l = connect lock
  l!Acquire
  on Acquired from l
    lib::again(lock)
    l!Release
  end
end
fun main()
  let lock = spawn locks::Lock
  spawn User(lock)
end`,
    others: { lib: `require locks\nfun again(lock)\n  locks::take(lock)\nend`, locks: `${LOCK}\n${TAKE}` },
    messages: ['locks: Q0331', 'locks: Q0301'],
    verdicts: ['User, Lock: not proved: User waits (line 7) while it holds what others may wait for'],
  },
  'the same after the lock was let go': {
    main: `require lib
require locks
session User(lock)
  let l = connect lock
  l!Acquire
  on Acquired from l
    l!Release
  end
  lib::again(lock)
end
fun main()
  let lock = spawn locks::Lock
  spawn User(lock)
end`,
    others: { lib: `require locks\nfun again(lock)\n  locks::take(lock)\nend`, locks: `${LOCK}\n${TAKE}` },
    messages: ['locks: Q0331'],
    verdicts: [],
  },
  'a closure of another module that waits': {
    main: `require lib
require locks
session User(lock)
  let again = lib::later(lock)
  let l = connect lock
  l!Acquire
  on Acquired from l
    again(1)
    l!Release
  end
end
fun main()
  spawn User(spawn locks::Lock)
end`,
    others: { lib: `require locks\nfun later(lock)\n  |x| locks::take(lock)\nend`, locks: `${LOCK}\n${TAKE}` },
    messages: ['locks: Q0331', 'main: Q0330'],
    verdicts: ['User, Lock: not proved: User waits (line 8) while it holds what others may wait for'],
  },
  'sessions of one module, put together wrongly by another': {
    main: `require lib
fun main()
  let a = spawn lib::A(spawn lib::Greedy)
  lib::start(a)
end`,
    others: { lib: RELAYS },
    messages: ['lib: Q0301'],
    verdicts: [
      'A, Greedy or Leaf or A: not proved: Greedy or Leaf or A is waiting for More from A, but A is done here',
    ],
  },
  // Where the relays are defined nobody sends Set; here it is not known whether somebody does.
  'sessions of one module, put together as it does itself': {
    main: `require lib
fun main()
  lib::start(spawn lib::A(spawn lib::Leaf))
end`,
    others: { lib: RELAYS },
    messages: ['lib: Q0330'],
    verdicts: ['A, Leaf or A: not proved: it is not known which session the reference means'],
  },
  'a circle closed by a reference that travels through a third module': {
    main: `require lib
require tell
fun main()
  let a = spawn lib::A(spawn lib::Leaf)
  tell::tell(a)
  lib::start(a)
end`,
    others: {
      lib: RELAYS,
      tell: `require lib\nfun tell(s)\n  _both(s, s)\nend\nfun _both(s, t)\n  s!Set(t)\nend`,
    },
    messages: ['lib: Q0330', 'lib: Q0330'],
    verdicts: [
      'A, Leaf or A: not proved: A waits (line 5) while it holds what others may wait for',
      'tell, A: not proved: A waits (lib.qz:5) while it holds what others may wait for',
    ],
  },
  'an end made in one module, given to another, used in a third': {
    main: `require front
require clerk
session Client(desk)
  desk!Ask(4)
  on Answer(n) from desk
    std::print(n)
  end
end
fun main()
  let f = spawn front::Front(self)
  let c = spawn Client(self)
  f!Take(c)
end`,
    others: {
      front: `require clerk\nsession Front(boss)\n  on Take(c) from boss\n    spawn clerk::Clerk(c)\n  end\nend`,
      clerk: `session Clerk(c)\n  on Ask(n) from c\n    c!Reply(n)\n  end\nend`,
    },
    messages: ['clerk: Q0302'],
    verdicts: ['main, Client: not proved: Client is waiting for Answer from main, but the next message is Reply'],
  },
  // What the list may hold was known in its module; here another session is put into one.
  'references in a list that another module fills': {
    main: 'require lib\nsession Listens\n  on Tell from c\n    c!No\n    loop\n  end\nend\nfun main()\n  lib::own()\n  lib::ask([spawn Listens])\nend',
    others: {
      lib: 'session Answers\n  on Ask from c\n    c!Yes\n    loop\n  end\nend\nfun ask(services)\n  for s in services\n    let c = connect s\n    c!Ask\n    on Yes from c\n    end\n  end\nend\nfun own()\n  ask([spawn Answers])\nend',
    },
    messages: ['lib: Q0331'],
    verdicts: ['ask, Answers: not proved: it is not known which session the reference means'],
  },
  'a reference that the host gives': {
    main: 'require lib\nsession Answers\n  on Ask from c\n    c!Yes\n    loop\n  end\nend\nfun main()\n  lib::ask([spawn Answers, lib::found()])\nend',
    others: {
      lib: 'extern fun found() -> service<!{Ask ~> ?{Yes ~> End}}>\nfun ask(services)\n  for s in services\n    let c = connect s\n    c!Ask\n    on Yes from c\n    end\n  end\nend',
    },
    messages: ['lib: Q0331'],
    verdicts: ['ask, Answers: not proved: it is not known which session the reference means'],
  },
};

/** Keeps what is compiled in memory. */
function caching(finder: Finder): Finder & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    ...finder,
    kept,
    cached: (name) => kept.get(name),
    keep: (name, bytes) => void kept.set(name, bytes),
  };
}

describe.each(Object.entries(programs))('%s', (_, { main, others, messages, verdicts }) => {
  const files = Object.fromEntries(
    Object.entries({ ...others, main }).map(([name, text]) => [name, new SourceFile(`${name}.qz`, text)]),
  );
  const finder = caching(tableFinder(files, library));
  const judge = (): { messages: string[]; verdicts: string[] } => {
    const built = build([{ name: 'main', file: files.main! }], finder, 'asm', { freshRoots: true });
    const compositions = built.modules.at(-1)?.protocols?.compositions ?? [];
    return {
      messages: built.diagnostics.map((d) => `${d.span?.file.path.replace('.qz', '') ?? ''}: ${d.code}`),
      verdicts: compositions.flatMap((c) =>
        progressOf(c) === 'proved' ? [] : [`${c.cluster.name}: ${progressOf(c)}`],
      ),
    };
  };

  it('is judged with a cold cache and a warm one alike', () => {
    const cold = judge();
    expect(cold.messages).toEqual(messages);
    expect([...cold.verdicts].sort()).toEqual([...verdicts].sort());
    expect(judge()).toEqual(cold);
  });
});
