import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { readFolder } from './output';
import { PlatformApp } from './platform-app';
import { checked } from '../contracts/checked';

/** Helps to test what an app synthesizes, for instance with snapshots. */
@checked('PlatformTesting')
export class PlatformTesting {
  /**
   * Synthesizes an app and gives back every file by its path, such as `stacks/production-infrastructure/cdk.tf.json` and
   * `production/tenancy/app-ml-team/namespace.yaml`, sorted. Nothing is left on the disk.
   *
   * @throws SynthesisError with all that is wrong, as PlatformApp.synth() does
   */
  public static synth(app: PlatformApp): { [file: string]: string } {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-testing-'));
    try {
      app._synthInto(folder, folder);
      return Object.fromEntries(
        [...readFolder(folder)].map(([file, content]) => [file.split(path.sep).join('/'), content.toString('utf8')]),
      );
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  private constructor() {}
}
