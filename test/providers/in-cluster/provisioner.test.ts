import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Access } from '../../../src/contracts';
import { temporaryFolder } from '../../support/synth';
import { until } from '../../support/waiting';
import { environmentOf, manifest, specOf } from './support';

interface Template {
  readonly spec: { readonly containers: readonly Container[] };
}

interface Container {
  readonly command: readonly string[];
  readonly livenessProbe: { readonly exec: { readonly command: readonly string[] } };
}

test.each([
  ['has begun a round', 0, 0],
  ['has waited for its script for half an hour', 1800, 0],
  ['has waited for its script for more than an hour', 3601, 1],
])('a provisioner that %s', (_what, seconds, status) => {
  const environment = environmentOf();
  environment.addDatabase('registry').bind({ namespace: 'a', serviceAccountName: 'api' }, Access.READ);
  const { template } = specOf(manifest(environment, 'Deployment', 'registry-users')) as { template: Template };
  const [{ livenessProbe }] = template.spec.containers;
  const [shell, option, probe] = livenessProbe.exec.command;
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'alive'), `${Math.floor(Date.now() / 1000) - seconds}\n`);
  expect(spawnSync(shell, [option, probe.replaceAll('/tmp/', `${folder}/`)]).status).toBe(status);
});

test('a provisioner ends when it is told to, also while its script runs', async () => {
  const environment = environmentOf();
  environment.addDatabase('registry').bind({ namespace: 'a', serviceAccountName: 'api' }, Access.READ);
  const { template } = specOf(manifest(environment, 'Deployment', 'registry-users')) as { template: Template };
  const [shell, option, loop] = template.spec.containers[0].command;
  const folder = temporaryFolder();
  for (const part of ['script', 'admin', 'users']) fs.mkdirSync(path.join(folder, part));
  // a database that does not answer
  fs.writeFileSync(path.join(folder, 'script/provision.sh'), `touch ${folder}/began; exec sleep 20`);
  const script = loop.replaceAll('/tmp/', `${folder}/`).replaceAll('/etc/database', folder);
  const provisioner = spawn(shell, [option, script], { stdio: 'ignore', detached: true });
  const ended = new Promise<number | null>((resolve) => provisioner.once('exit', resolve));
  try {
    await until('the script', 10_000, () => Promise.resolve(fs.existsSync(path.join(folder, 'began'))));
    expect(Number(fs.readFileSync(path.join(folder, 'alive'), 'utf8'))).toBeGreaterThan(Date.now() / 1000 - 60);
    const told = Date.now();
    provisioner.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(Date.now() - told).toBeLessThan(5_000);
  } finally {
    // what is left of its group, which ends with the first process in a container only
    process.kill(-provisioner.pid!, 'SIGKILL');
  }
}, 30_000);
