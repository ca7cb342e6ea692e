/**
 * Rows that other threads can notice: spawning, sending, waiting, pools, ending.
 * Invariant: a row that suspends leaves the frame as it was before the row, so it is simply run again on resumption.
 */
import type { Flow, Meaning, RowText, Texts } from './isa.js';

const act = (js: (v: Texts) => string, fails = false): Meaning => ({
  kind: 'act',
  js,
  ...(fails ? { fails: true } : {}),
});
const value = (js: (v: Texts) => string, fails = false): Meaning => ({
  kind: 'value',
  js,
  ...(fails ? { fails: true } : {}),
});
const flow = (word: Flow, js?: (v: Texts) => string, not?: (v: Texts) => string): Meaning => ({
  kind: 'flow',
  flow: word,
  ...(js ? { js } : {}),
  ...(not ? { not } : {}),
});
const row = (
  name: string,
  operands: string,
  effect: string,
  touches: RowText['touches'],
  meaning: Meaning,
  doc: string,
): RowText => ({ name, operands, effect, doc, meaning, touches });

const call = (name: string, ...parts: (string | undefined)[]): string =>
  `${name}(${parts.filter((p) => p !== undefined && p !== '').join(', ')})`;

/** Payloads of up to three values have a way of their own. */
const few = (v: Texts): boolean => /^[0-3]$/.test(v['count']!);

export const threadRows: readonly RowText[] = [
  {
    ...row(
      'push_self',
      '',
      '-> r:reference',
      undefined,
      value(() => 'selfReference()'),
      'Pushes a reference to the running thread.',
    ),
    text: 'push @self',
  },
  row(
    'spawn_empty',
    '',
    '-> r:reference',
    'threads',
    value(() => 'spawnEmpty()'),
    'Pushes a new thread that has no program yet.',
  ),
  row(
    'call_constructor_spawn',
    'f:session',
    'args(f) -> r',
    'threads',
    value((v) => call('spawnSession', v['f'], `[${v['args']}]`), true),
    'Starts a session on a new thread. An end among the arguments moves there; `@self` becomes a link, and then the result is this end of it, else a reference.',
  ),
  row(
    'call_constructor_async',
    'f:session s:slot',
    'args(f) -> args(f)',
    'threads',
    flow('start', (v) => call('startSession', v['s'], v['f'], `[${v['args']}]`)),
    'Starts a session on the empty thread in a slot; its arguments are read and stay. Threads among them become links, one for each pair. If one was `@self` the slot becomes this end of the link.',
  ),
  row(
    'send_msg',
    'n:count s:slot m:message',
    'args(n) ->',
    'mailbox',
    act((v) => call(few(v) ? 'send' : 'sendMany', v['s'], v['m'], v['args'])),
    'Sends a message over the end in a slot; never blocks. For payloads without ends and functions.',
  ),
  row(
    'transfer_msg',
    'n:count s:slot m:message',
    'args(n) ->',
    'mailbox',
    act((v) => call(few(v) ? 'transfer' : 'transferMany', v['s'], v['m'], v['args'])),
    'As `send_msg`, for any payload: ends among it move to the receiver with their unread messages, captured variables are copied.',
  ),
  row(
    'cast_msg',
    'n:count s:slot m:message',
    'args(n) ->',
    'mailbox',
    act((v) => call(few(v) ? 'castTo' : 'castMany', v['s'], v['m'], v['args'])),
    'A whole conversation of one message with the service in a slot. For payloads without ends and functions.',
  ),
  row(
    'transfer_cast',
    'n:count s:slot m:message',
    'args(n) ->',
    'mailbox',
    act((v) => call('castTransfer', v['s'], v['m'], v['args'])),
    'As `cast_msg`, for any payload: as `transfer_msg` does.',
  ),
  row(
    'await_msg',
    'n:count s:slot',
    '-> args(n) m:label',
    'mailbox',
    flow('wait', (v) => `receive(${v['s']})`),
    'Waits for the next message of one end and pushes its payload, last first, then its label; short payloads are padded. PeerLost if the peer is lost.',
  ),
  row(
    'cmp',
    'm:message to:target',
    'a:label -> a',
    undefined,
    flow(
      'branch',
      (v) => `${v['a']} !== ${v['m']}`,
      (v) => `${v['a']} === ${v['m']}`,
    ),
    'Compares the label on top, does not pop it, jumps if it is another.',
  ),
  row(
    'select',
    't:table',
    'after(t) ->',
    'mailbox',
    flow('select'),
    'Waits for whichever case of the table comes first and goes on at its target, with the end (if the case is `any` or `accept`) and the payload, last first, pushed.',
  ),
  row(
    'connect',
    '',
    'r:reference -> e:end',
    'link',
    value((v) => `connect(${v['r']})`),
    "A new link to a service: pushes the client's end.",
  ),
  row(
    'drop',
    's:slot',
    '->',
    'link',
    act((v) => `dropEnd(${v['s']})`),
    'Finishes the end or pool in a slot: what is unread is discarded, its peer sees it lost. Nothing happens if it was given away.',
  ),
  row(
    'lose',
    's:slot e:slot',
    '->',
    'link',
    act((v) => `loseEnd(${v['s']}, ${v['e']})`),
    'As `drop`, but what its peer learns is the exception in the other slot.',
  ),
  row(
    'watch',
    '',
    'r:reference -> e:end',
    'link',
    value((v) => `watch(${v['r']})`),
    'An end that is lost when the thread ends.',
  ),

  row(
    'pool_new',
    '',
    '-> p:pool',
    undefined,
    value(() => 'new Pool()'),
    'An empty pool.',
  ),
  row(
    'pool_put',
    's:slot',
    'e:end a ->',
    'link',
    act((v) => `poolPut(${v['s']}, ${v['e']}, ${v['a']})`),
    'Puts an end with a datum into the pool in a slot.',
  ),
  row(
    'pool_take',
    's:slot',
    '-> e:end',
    'link',
    value((v) => `poolTake(${v['s']})`, true),
    'Takes the member that was put in first; EmptyPool.',
  ),
  row(
    'pool_size',
    's:slot',
    '-> r:int',
    undefined,
    value((v) => `${v['s']}.size`),
    'Number of members.',
  ),
  row(
    'datum',
    's:slot',
    '-> r',
    undefined,
    value((v) => `datumOf(${v['s']})`),
    'The datum that the end in a slot had in its pool.',
  ),

  row(
    'print',
    '',
    'a ->',
    'output',
    act((v) => `printValue(${v['a']})`),
    'Writes a value and a newline.',
  ),
  row(
    'close',
    '',
    '->',
    'threads',
    flow('end', () => 'endThread()'),
    'Ends the thread.',
  ),
  row(
    'close_err',
    'k:text',
    '->',
    'threads',
    flow('end', (v) => `failThread(failure(${v['k']}))`),
    'Ends the thread with a Failure that says the text; no handler catches it, every peer learns of it.',
  ),
  row(
    'fail',
    '',
    'e:exn ->',
    'threads',
    flow('end', (v) => `failThread(${v['e']})`),
    'Ends the thread with an exception; no handler catches it, every peer learns of it.',
  ),
  row(
    'halt',
    '',
    '->',
    'threads',
    flow('end', () => 'haltProgram()'),
    'Ends the whole program.',
  ),
];
