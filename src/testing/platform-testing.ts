import { PlatformApp } from '../app/platform-app';
import { synthesizedFiles } from './synthesis';
import { checked } from '../contracts/checked';

/** Helps to test what an app synthesizes, for instance with snapshots. `PlatformTemplate` has assertions. */
@checked('PlatformTesting')
export class PlatformTesting {
  /**
   * Synthesizes an app and gives back every file by its path, such as `stacks/production-infrastructure/cdk.tf.json` and
   * `production/tenancy/namespace-app-ml-team.yaml`, sorted. Nothing is left on the disk.
   *
   * @throws SynthesisError with all that is wrong, as PlatformApp.synth() does
   */
  public static synth(app: PlatformApp): { [file: string]: string } {
    return synthesizedFiles(app);
  }

  private constructor() {}
}
