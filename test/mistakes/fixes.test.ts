import * as fs from 'node:fs';
import * as path from 'node:path';
import { temporaryFolder } from '../support/synth';
import { Fix, FIXES } from './fixes';
import { MISTAKES } from './index';
import { Mistake } from './mistake';
import { runProgram } from './run-program';

test.each(FIXES.map((fix): [string, Fix] => [fix.what, fix]))(
  'the advice for %s helps',
  (what, { changes, advice }) => {
    const mistake = MISTAKES.find((one) => one.what === what)!;
    // the advice is what the message says
    for (const words of advice === undefined ? Object.values(changes) : [advice]) {
      expect(mistake.stderr).toContain(words);
    }
    const folder = temporaryFolder();
    for (const [name, content] of Object.entries(mistake.files ?? {}))
      fs.writeFileSync(path.join(folder, name), content);

    expect(runProgram(folder, fixed(mistake, changes))).toBe('');
  },
);

function fixed(mistake: Mistake, changes: Fix['changes']): Mistake {
  return Object.entries(changes).reduce(({ program, args = [], ...rest }, [wrong, right]) => {
    expect([program, ...args].join('\n')).toContain(wrong);
    const change = (text: string): string => text.split(wrong).join(right);
    return { ...rest, program: change(program), args: args.map(change) };
  }, mistake);
}
