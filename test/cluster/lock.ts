import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process runs work under the same lock file.
 *
 * `onWait` is called once where it has to wait. The file holds the owner's process id; the lock of a process that is gone is taken over. Two waiters can do so at
 * the same moment and then both run, so the work has to be right (if wasteful) when done twice.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  const release = await takeLock(file, onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

/** Takes a lock as `withLock` does. Returns what releases it. */
export async function takeLock(file: string, onWait?: () => void): Promise<() => void> {
  for (let first = true; !tryLock(file); first = false) {
    const owner = ownerOf(file);
    if (owner !== undefined && !isAlive(owner)) {
      fs.rmSync(file, { force: true });
    } else {
      if (first) {
        onWait?.();
      }
      await sleep(500);
    }
  }
  return () => fs.rmSync(file, { force: true });
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function tryLock(file: string): boolean {
  try {
    // Linked into place with its content, so that no one reads a lock that names no owner yet.
    const own = `${file}.${process.pid}`;
    fs.writeFileSync(own, String(process.pid));
    try {
      fs.linkSync(own, file);
    } finally {
      fs.rmSync(own, { force: true });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

function ownerOf(file: string): number | undefined {
  try {
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined; // released just now
  }
}
