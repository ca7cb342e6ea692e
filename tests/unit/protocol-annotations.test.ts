/** Written protocols: annotations by synchronous subtyping, `protocol` items checked like groups, exported code. */
import { describe, expect, it } from 'vitest';
import { exportCodes, importCodes } from '../../compiler/protocol/exports.js';
import { run } from '../support/protocols.js';

const timer = (annotation: string): string => `session Timer(s) : ${annotation}
  on Start from s
    on Stop from s
      s!Took(1)
    or Halt
    end
  end
end
`;

describe('annotations', () => {
  it.each([
    ['the type itself', '?s{Start ~> ?s{Stop ~> !s{Took(int) ~> End}, Halt ~> End}}'],
    ['fewer receives and more sends than the code has', '?s{Start ~> ?s{Stop ~> !s{Took(int) ~> End, Late ~> End}}}'],
    ['with its parameter', 'exists S. [s : S] -> ?s{Start ~> ?s{Stop ~> !s{Took(int) ~> End}}}'],
    ['the peer left out', '?{Start ~> ?{Stop ~> !{Took(int) ~> Eps}}}'],
  ])('accepts %s', (_, annotation) => {
    expect(run(timer(annotation)).found).toEqual([]);
  });

  it.each([
    [
      'a receive that the code lacks',
      '?s{Start ~> ?s{Stop ~> !s{Took(int) ~> End}, Pause ~> End}}',
      3,
      'Timer waits for Stop or Halt from s',
    ],
    ['a send that is not allowed', '?s{Start ~> ?s{Stop ~> !s{Late ~> End}}}', 4, 'Timer sends Took(int) to s'],
    ['an end that comes too early', '?s{Start ~> End}', 3, 'Timer waits for Stop or Halt from s'],
    ['another order', '?s{Stop ~> ?s{Start ~> End}}', 2, 'Timer waits for Start from s'],
  ])('shows the step that differs: %s', (_, annotation, line, label) => {
    const { found, diagnostics } = run(timer(annotation));
    expect(found).toEqual([`error Q0320 ${line}`]);
    expect(diagnostics[0]!.label).toBe(label);
    expect(diagnostics[0]!.labels).toHaveLength(1);
  });

  it('compares recursive types', () => {
    const stream = (annotation: string): string =>
      `session L(q) : ${annotation}\n  if 1 > 2\n    q!More\n    loop\n  end\n  q!Done\nend\n`;
    expect(run(stream('rec X. !q{More ~> X, Done ~> End}')).found).toEqual([]);
    expect(run(stream('rec X. !q{More ~> !q{More ~> X, Done ~> End}, Done ~> End}')).found).toEqual([]);
    expect(run(stream('!q{More ~> !q{Done ~> End}, Done ~> End}')).found).toEqual(['error Q0320 3']);
  });

  it('leaves out peers that the annotation does not speak of', () => {
    const program = `session P(q) : !q{Ping ~> ?q{Pong ~> End}}
  t = spawn T(self)
  t!Go
  q!Ping
  on Pong from q
    t!Stop
  end
end
session T(s)
  on Go from s
    on Stop from s
    end
  end
end
`;
    expect(run(program).found).toEqual([]);
  });
});

describe('annotations with ends that are not there from the start', () => {
  const take = (annotation: string): string => `session W(b) : ${annotation}
  on Take(c) from b
    on Hello from c
      c!Bye
    or Stay from c
    end
  end
end
`;

  it.each([
    ['the end by its name, as types are printed', '?b{Take(c) ~> ?c{Hello ~> !c{Bye ~> End}, Stay ~> End}}'],
    ['its protocol in the message', '?b{Take(?c{Hello ~> !c{Bye ~> End}, Stay ~> End}) ~> End}'],
    ['its protocol under another name', '?b{Take(?x{Hello ~> !x{Bye ~> End, Away ~> End}}) ~> End}'],
    ['its protocol without a name', '?b{Take(?{Hello ~> !{Bye ~> End}}) ~> End}'],
  ])('accepts %s', (_, annotation) => {
    expect(run(take(annotation)).found).toEqual([]);
  });

  it.each([
    ['another answer', '?b{Take(?c{Hello ~> !c{Ciao ~> End}}) ~> End}', 4, 'W sends Bye to c'],
    [
      'a message that is not awaited',
      '?b{Take(?c{Hello ~> !c{Bye ~> End}, Go ~> End}) ~> End}',
      3,
      'W waits for Hello or Stay from c',
    ],
    ['another answer, the end by its name', '?b{Take(c) ~> ?c{Hello ~> !c{Ciao ~> End}}}', 4, 'W sends Bye to c'],
  ])('shows the step that differs: %s', (_, annotation, line, label) => {
    const { found, diagnostics } = run(take(annotation));
    expect(found).toEqual([`error Q0320 ${line}`]);
    expect(diagnostics[0]!.label).toBe(label);
  });

  it('leaves what is done with an end that is given on to its taker', () => {
    const on = `session W(b, d) : ?b{Take(?c{Hello ~> !c{Bye ~> End}}) ~> !d{Take(?c{Hello ~> !c{Bye ~> End}}) ~> End}}
  on Take(c) from b
    d!Take(c)
  end
end
`;
    expect(run(on).found).toEqual([]);
  });

  it('knows clients and connections', () => {
    const program = (answer: string): string => `session Store(n) : rec X. exists C. ?c{Get ~> !c{Is(${answer}) ~> X}}
  on Get from c
    c!Is(n + 1)
    loop(n + 1)
  end
end
session Reader(store : service) : !c{Get ~> ?c{Is(int) ~> End}}
  let c = connect store
  c!Get
  on Is(n) from c
    std::print(n + 1)
  end
end
`;
    expect(run(program('int')).found).toEqual(['warning Q0331 8']);
    expect(run(program('string')).diagnostics[0]!.code).toBe('Q0320');
  });
});

describe('protocol items', () => {
  const purchase = (seller: string): string => `protocol Purchase
  role Buyer  : !Seller{Title(string) ~> ?Seller{Quote(int) ~> !Seller{Ok ~> End, Quit ~> End}}}
  role Seller : ?Buyer{Title(string) ~> !Buyer{Quote(int) ~> ${seller}}}
end
`;

  it('are checked like a group', () => {
    expect(run(purchase('?Buyer{Ok ~> End, Quit ~> End}'))).toMatchObject({
      found: [],
      verdicts: ['protocol Purchase: safe; proved'],
    });
    const { found, diagnostics } = run(purchase('?Buyer{Ok ~> End}'));
    expect(found).toEqual(['error Q0302 2']);
    expect(diagnostics[0]!.message).toBe('Buyer sends Quit to Seller, but Seller is waiting for Ok there');
  });

  it('are followed by sessions that name a role', () => {
    const shop = (last: string): string =>
      `${purchase('?Buyer{Ok ~> End, Quit ~> End}')}session Shop(b) : Purchase.Seller(b)\n  on Title(t) from b\n    b!Quote(3)\n    on Ok from b\n${last}    end\n  end\nend\n`;
    expect(run(shop('    or Quit\n')).found).toEqual([]);
    expect(run(shop('')).found).toEqual(['error Q0320 8']);
  });

  it('know only their roles', () => {
    const { found } = run('protocol X\n  role A : !B{Hi ~> !C{Ho ~> End}}\n  role B : ?A{Hi ~> End}\nend\n');
    expect(found).toEqual(['error Q0321 2']);
  });
});

describe('exported code', () => {
  it('comes back equal, with lines and columns but without the source', () => {
    const { checked } = run(timer('?s{Start ~> ?s{Stop ~> !s{Took(int) ~> End}}}'), 'timer');
    const codes = [...checked.protocols.codes.values()];
    const back = importCodes(JSON.parse(JSON.stringify(exportCodes(codes))));
    const shape = (list: unknown): unknown =>
      JSON.parse(JSON.stringify(list, (key, v: unknown) => (key === 'file' ? undefined : v)));
    expect(shape(back)).toEqual(shape(codes));
    const span = back[0]!.points.at(-1)!.span;
    const original = codes[0]!.points.at(-1)!.span;
    expect(span.file.position(span.start)).toEqual(original.file.position(original.start));
    expect(span.file.text.trim()).toBe('');
  });

  it('that is damaged is not read', () => {
    for (const bad of [undefined, 3, {}, { version: 2, codes: [] }, { version: 1, files: [], codes: [{ key: 'x' }] }])
      expect(importCodes(bad)).toEqual([]);
  });
});
