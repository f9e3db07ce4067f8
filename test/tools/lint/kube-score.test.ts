import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describeTool } from '../describe-tool';
import { goTool, whyNoGo } from '../go-tool';
import { compare, exceptionsOf, Finding } from './exceptions';
import { KUBE_SCORE } from './go-linters';
import { writeOutputs } from './outputs';

interface Scored {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string; readonly namespace?: string };
  readonly checks: readonly Check[];
}

interface Check {
  readonly check: { readonly id: string };
  /** 1 is critical, 5 a warning; from 7 on all is well. */
  readonly grade: number;
  readonly skipped: boolean;
}

function findingsOf(environment: string, objects: readonly Scored[]): Finding[] {
  return objects.flatMap(({ type_meta: { kind }, object_meta: { namespace = '', name }, checks }) =>
    checks
      .filter(({ grade, skipped }) => grade < 7 && !skipped)
      .map(({ check }) => ({ rule: check.id, object: `${environment} ${kind}/${namespace}/${name}` })),
  );
}

describeTool('kube-score', whyNoGo(), () => {
  test('finds nothing that is not argued', async () => {
    const program = await goTool(KUBE_SCORE);
    const { folder, environments } = writeOutputs();
    expect(environments.length).toBeGreaterThan(6);
    // an environment at a time: it looks for the pods of a Service, of a policy and of an autoscaler
    const findings = environments.flatMap((environment) => {
      const files = fs.readdirSync(path.join(folder, environment), { recursive: true, encoding: 'utf8' });
      const args = ['score', '--output-format', 'json', ...files.filter((file) => file.endsWith('.yaml'))];
      const cwd = path.join(folder, environment);
      const { stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
      expect([environment, stderr]).toEqual([environment, '']);
      return findingsOf(environment, JSON.parse(stdout) as readonly Scored[]);
    });
    expect(compare(findings, exceptionsOf('kube-score'))).toEqual({ findings: [], unused: [] });
  });
});
