/**
 * What a module says of the host and of other modules is compared with what they are, whether they are judged together or one
 * by one; a name means one module in all that a program is made from.
 */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { admit, createVm, RefusedError } from '../../index.js';
import { assemble, formatAsmError } from '../../runtime/bytecode/assemble.js';
import { encode, sealed } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { formatVerifyError, nothing, verify, verifyAll } from '../../runtime/verify/verify.js';

function image(text: string): ModuleImage {
  const r = assemble(text, 'test.qza');
  if (isLeft(r)) throw new Error(r.left.map(formatAsmError).join('\n'));
  return sealed(r.right);
}
const together = (...images: readonly ModuleImage[]): string => {
  const v = verifyAll(images, 'none');
  return isRight(v) ? 'accepted' : `${v.left.image.name}: ${formatVerifyError(v.left.error)}`;
};
/** Each as if there were no others, then loaded in that order. */
function oneByOne(...images: readonly ModuleImage[]): string {
  const vm = createVm();
  for (const one of images) {
    let modules: readonly VerifiedModule[];
    try {
      modules = admit(encode(one));
    } catch (e) {
      if (e instanceof RefusedError) return e.message.replace(/^module (\w*) is refused/, '$1');
      throw e;
    }
    try {
      for (const m of modules) vm.load(m);
    } catch (e) {
      return `${one.name}: ${(e as Error).message}`;
    }
  }
  return 'accepted';
}
function refused(images: readonly ModuleImage[], why: string): void {
  expect(together(...images)).toBe(why);
  expect(oneByOne(...images)).toBe(why);
}

describe('host functions', () => {
  const calling = (module: string, ...hosts: readonly string[]): ModuleImage =>
    image(`module ${module}\n${hosts.map((h) => `host ${h}`).join('\n')}\nfunction main < () -> void >:\n close`);

  it.each<[string, string]>([
    ['list::reverse "list<a>" -> "list<b>"', 'm: the host function list::reverse is (list<a>) -> list<a>, not (list<a>) -> list<b>'],
    ['list::reverse "list<int>" -> "list<string>"', 'm: the host function list::reverse is (list<a>) -> list<a>, not (list<int>) -> list<string>'],
    ['string::upper "string" -> "int"', 'm: the host function string::upper is (string) -> string, not (string) -> int'],
    ['std::print "any" -> "void"', 'm: the host function std::print is (a) -> void, not (any) -> void'],
    ['thread::current -> "int"', 'm: the host function thread::current is () -> thread, not () -> int'],
    ['thread::enqueue "thread" "string" "int" -> "void"', 'm: the library has no host function thread::enqueue'],
    ['thread::exec "thread" "() -> ()" -> "bool"', 'm: the library has no host function thread::exec'],
    ['list::shuffle "list<a>" -> "list<a>"', 'm: the library has no host function list::shuffle'],
    ['list::toString -> "string"', 'm: the library has no host function list::toString'],
    ['other::get -> "int"', 'm: the host function other::get is of module other, which is not required'],
    ['plain -> "int"', 'm: the host function plain is of module , which is not required'],
    ['m::get -> "list<other::Thing>"', 'm: the host function m::get gives a other::Thing, whose module is not required'],
    ['m::get -> "list"', 'm: the host function m::get promises a value of type list, which no parameter has'],
    ['m::get -> "a"', 'm: the host function m::get promises a value of type a, which no parameter has'],
    ['m::get "a" -> "option<b>"', 'm: the host function m::get promises a value of type b, which no parameter has'],
    ['m::get "list<a>" -> "(a, map<string, c>)"', 'm: the host function m::get promises a value of type c, which no parameter has'],
    ['m::get -> "service{!Ask(a)}"', 'm: the host function m::get promises a value of type a, which no parameter has'],
  ])('%s', (host, why) => refused([calling('m', host)], why)); // prettier-ignore

  it('a module of a name of the library has no others either', () => {
    refused(
      [calling('thread', 'thread::enqueue "thread" "string" "int" -> "void"')],
      'thread: the library has no host function thread::enqueue',
    );
  });
  it('a function comes only from where one went in', () => {
    const why = /promises a value of type .*"fun".*, which no parameter has$/;
    expect(together(calling('m', 'm::get -> "(int) -> int"'))).toMatch(why);
    expect(together(calling('m', 'm::get "(int) -> string" -> "(int) -> int"'))).toMatch(why);
    expect(together(calling('m', 'm::get "(int) -> int" -> "list<(int) -> int>"'))).toBe('accepted');
  });
  it('those of the module itself and of what it requires are what it says', () => {
    expect(together(calling('m', 'm::get "int" "a" -> "option<a>"', 'list::reverse "list<a>" -> "list<a>"'))).toBe(
      'accepted',
    );
    expect(
      together(image('module m\nrequire lib\nhost lib::get -> "int"\nfunction main < () -> void >:\n close')),
    ).toBe('accepted');
  });
  it('are judged the same for code that the compiler vouches for', () => {
    const v = verify(calling('m', 'list::reverse "list<a>" -> "list<b>"'), { module: nothing, trust: 'compiler' });
    expect(isLeft(v)).toBe(true);
  });
});

describe('imports', () => {
  const user = image(
    'module user\nimport function lib half < (int) -> int >\nfunction main < () -> void >:\n push 4\n call_function @lib::half\n print',
  );
  it('are compared with the module that is there', () => {
    const lib = (body: string): ModuleImage => image(`module lib\nfunction half < ${body}`);
    const good = lib('(int) -> int >:\n push 2\n load 0\n div\n ret');
    expect(together(good, user)).toBe('accepted');
    expect(oneByOne(good, user)).toBe('accepted');
    refused([lib('(string) -> int >:\n push 2\n ret'), user], 'user: lib::half is (string) -> int, not (int) -> int');
    refused([lib('(int) -> int >:\n .exported no\n push 2\n ret'), user], 'user: module lib exports no half');
  });
  it('of a module that is not there are not loaded', () => {
    expect(together(user)).toBe('accepted');
    expect(oneByOne(user)).toBe('user: module lib, which user requires, is not there');
  });
  it('name the types of others in full: a name alone would mean another type here', () => {
    const lib = image(`module lib
constructor record lib T T 0 params fields "x" "int"
function make < () -> T >:
 push 7
 make T::T
 ret`);
    const own = image(`module own
require lib
constructor record own T T 0 params fields "x" "string"
import function lib make < () -> T >
function main < () -> string >:
 call_function @lib::make
 field 0
 ret`);
    refused(
      [lib, own],
      'own: main+0 call_function @lib::make: a type of another module is named with its module, not as T',
    );
  });
  it('so do fields: what a constructor of another module holds is not of a type here', () => {
    const lib = image(`module lib
constructor record lib T T 0 params fields "x" "int"
constructor record lib Box Box 0 params fields "t" "T"
function open < (lib::Box) -> int >:
 load 0
 field 0
 field 0
 ret`);
    const own = image(`module own
require lib
constructor record own T T 0 params fields "x" "string"
constructor record lib Box Box 0 params fields "t" "T"
import function lib open < (lib::Box) -> int >
function main < () -> int >:
 push "x"
 make T::T
 make Box::Box
 call_function @lib::open
 ret`);
    refused([lib, own], 'own: main+4 make Box::Box: a type of another module is named with its module, not as T');
  });
});

describe('constructors', () => {
  it('of one type come all together: what may be widened follows from all of them', () => {
    const constructors = `constructor variant lib Way Keeps 0 params a fields "0" "a"
constructor variant lib Way Takes 1 params a fields "0" "(a) -> int"`;
    const lib = image(`module lib\n${constructors}\nfunction f < () -> int >:\n push 1\n ret`);
    const some = image(
      `module some\nrequire lib\n${constructors.split('\n')[0]!}\nfunction f < () -> int >:\n push 1\n ret`,
    );
    const all = image(`module all\nrequire lib\n${constructors}\nfunction f < () -> int >:\n push 1\n ret`);
    refused([lib, some], 'some: only some of the constructors of lib::Way are listed');
    expect(together(lib, all)).toBe('accepted');
  });
  it('stay apart whatever their names hold', () => {
    const made = image('module m\nconstructor variant m T A 0 params fields "b" "int" "1" "int"\nconstructor variant m T B 1 params fields\nfunction f < () -> int >:\n push 1\n ret'); // prettier-ignore
    const named = made.constructors.map((c) => (c.name === 'B' ? { ...c, name: 'A\u00000\u0000b' } : c));
    const judged = verify({ ...made, constructors: named }, { module: nothing });
    if (isLeft(judged)) throw new Error(formatVerifyError(judged.left));
    expect(new Set(createVm().load(judged.right).constructors).size).toBe(2);
  });
  it('are none for what the library makes', () => {
    const regex = image('module regex\nconstructor record regex Regex Regex 0 params fields "x" "int"\nhost regex::read "string" -> "result<regex::Regex, string>"\nfunction f < () -> int >:\n push 1\n ret'); // prettier-ignore
    refused([regex], "regex: regex::Regex is a type of the host's, which has no constructors");
  });
  it('have types with names of types', () => {
    const named = (name: string): ModuleImage =>
      image(
        `module m\nconstructor record m ${name} R 0 params fields "x" "int"\nfunction f < () -> int >:\n push 1\n ret`,
      );
    for (const name of ['a', 'int', 'list']) refused([named(name)], `m: ${name} is no name of a type`);
  });
});

describe('modules of one name', () => {
  const makes = image(
    'module m\nconstructor exception m exn E 0 params fields "0" "int"\nfunction make < () -> exn >:\n push 7\n make exn::E\n ret',
  );
  const reads = image(`module m
constructor exception m exn E 0 params fields "0" "string"
function peek < (exn) -> string >:
 load 0
 match exn::E _no
 field 0
 ret
_no:
 push "none"
 ret`);

  it('cannot be required both', () => {
    const main = image('module main\nrequire m\nrequire m2\nfunction main < () -> void >:\n close');
    const both = sealed({ ...main, hash: '', requires: [makes, reads].map((m) => ({ name: 'm', hash: m.hash })) });
    refused([makes, reads, both], 'main: m is required twice');
  });
  it('cannot both be below one module', () => {
    const through = (name: string, m: ModuleImage): ModuleImage => {
      const made = image(`module ${name}\nrequire m\nfunction f < () -> int >:\n push 1\n ret`);
      return sealed({ ...made, hash: '', requires: [{ name: 'm', hash: m.hash }] });
    };
    const main = image('module main\nrequire a\nrequire b\nfunction main < () -> void >:\n close');
    const why = `main: two modules called m are below main: ${makes.hash.slice(0, 8)} and ${reads.hash.slice(0, 8)}`;
    refused([makes, reads, through('a', makes), through('b', reads), main], why);
    expect(together(makes, reads, through('a', makes), through('b', makes), main)).toBe('accepted');
  });
  it('do not know each other’s exceptions', () => {
    const vm = createVm();
    const by = (name: string, m: ModuleImage, line: string): ModuleImage =>
      sealed({ ...image(`module ${name}\nrequire m\n${line}`), hash: '', requires: [{ name: 'm', hash: m.hash }] });
    const raiser = by(
      'raiser',
      makes,
      'import function m make < () -> exn >\nfunction get < () -> exn >:\n call_function @m::make\n ret',
    );
    const reader = by(
      'reader',
      reads,
      'import function m peek < (exn) -> string >\nfunction see < (exn) -> string >:\n load 0\n call_function @m::peek\n ret',
    );
    const judged = verifyAll([makes, reads, raiser, reader], 'none');
    if (isLeft(judged)) throw new Error(formatVerifyError(judged.left.error));
    const [, , one, other] = judged.right.map((m) => vm.load(m));
    const made = vm.spawn(one!, 'get');
    vm.runReady();
    const seen = vm.spawn(other!, 'see', [made.result]);
    vm.runReady();
    expect(seen.result).toBe('none');
  });
  it('a module is not described by what requires it', () => {
    const a = image(
      'module a\nrequire m\nconstructor exception m exn E 0 params fields "0" "string"\nfunction peek < () -> int >:\n push 1\n ret',
    );
    const m = image(
      'module m\nrequire a\nconstructor exception m exn E 0 params fields "0" "int"\nimport function a peek < () -> int >\nfunction main < () -> void >:\n close',
    );
    expect(oneByOne(a, m)).toBe('a: module m, which a requires, is not there');
    refused([makes, a], 'a: m::exn::E is not what module m says it is');
    const honest = image('module a\nrequire m\nfunction peek < () -> int >:\n push 1\n ret');
    refused([makes, honest, m], 'm: a, which m requires, is itself made from a module called m');
    refused([sealed({ ...honest, hash: '', name: 'm', requires: [{ name: 'm', hash: '' }] })], 'm: m requires itself');
  });
});
