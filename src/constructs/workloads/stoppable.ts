/**
 * A command that ends when its container is told to stop (SIGTERM), whatever the program does. Linux gives the first process of a container
 * no signal that it has no handler for, so that most programs would go on until they are killed at the end of the grace period. Here the
 * first process is a shell, which heeds a signal with a trap, and while it waits; the program is its child. Its exit code is that of the
 * program, or 143. The image needs `/bin/sh`.
 *
 * Source: https://man7.org/linux/man-pages/man7/pid_namespaces.7.html, "The namespace init process"
 */
export function stoppable(command: readonly string[]): string[] {
  const script = `trap 'kill "$!"; wait "$!"; exit 143' TERM; "$@" & wait "$!"`;
  return ['/bin/sh', '-c', script, 'sh', ...command];
}
