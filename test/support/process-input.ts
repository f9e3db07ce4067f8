import type { ChildProcess } from 'node:child_process';

/**
 * Gives a program its input, and ends it; without one the program reads its end at once. A program may end before it has read everything: that is
 * no error here, since its exit code tells how it went.
 */
export function giveInput(child: ChildProcess, input?: string): void {
  const { stdin } = child;
  if (!stdin) throw new Error('the program has no pipe for its input');
  stdin.on('error', (error: NodeJS.ErrnoException) => {
    // what a write to a pipe gives that nobody reads any more
    if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') child.emit('error', error);
  });
  if (input === undefined) stdin.end();
  else stdin.end(input);
}
