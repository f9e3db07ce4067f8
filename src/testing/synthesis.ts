import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Environment } from '../app/environment';
import { readFolder } from '../app/output';
import { PlatformApp } from '../app/platform-app';
import { fail } from '../contracts/errors';

/**
 * The files of an app, by their paths.
 *
 * @param environments those to synthesize; default: those that the app synthesizes
 */
export function synthesizedFiles(app: PlatformApp, environments?: Environment[]): { [file: string]: string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-testing-'));
  try {
    app._synthInto(folder, folder, environments);
    return Object.fromEntries(
      [...readFolder(folder)].map(([file, content]) => [file.split(path.sep).join('/'), content.toString('utf8')]),
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * An environment of an app by its name.
 *
 * @param where the method that was called
 * @param name default: the only environment
 */
export function environmentNamed(where: string, app: PlatformApp, name: string | undefined): Environment {
  const { environments } = app;
  const names = environments.map(({ environmentName }) => environmentName);
  if (names.length === 0) {
    fail(where, 'app', 'must have an environment', undefined, 'add one with app.environment()');
  }
  if (name === undefined && names.length > 1) {
    const advice = `name one of: ${names.join(', ')}`;
    fail(where, 'environment', 'must be given where the app has several', undefined, advice);
  }
  return (
    environments.find(({ environmentName }) => environmentName === (name ?? names[0])) ??
    fail(where, 'environment', 'must name an environment of the app', name, `use one of: ${names.join(', ')}`)
  );
}
