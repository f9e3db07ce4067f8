#!/usr/bin/env node
import { runCommandLine } from './program';

// whoever reads the output may stop before its end, as `head` does; the verdict stays
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

void runCommandLine(process.argv.slice(2), {
  folder: process.cwd(),
  input: process.stdin,
  print: (text) => void process.stdout.write(text),
  warn: (text) => void process.stderr.write(text),
}).then((code) => {
  // no process.exit, which would cut off what is not written yet
  process.exitCode = code;
});
