/**
 * Names from a guest's text, made fit for a message.
 * Invariant: the answer is printable, one line, and at most `MOST` characters and an ellipsis.
 */
const MOST = 60;

export function brief(text: string): string {
  const plain = text.slice(0, MOST + 1).replace(/[^\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\uffff]/g, '?');
  return plain.length > MOST ? `${plain.slice(0, MOST)}...` : plain;
}
