/** A program that a user gets wrong, in plain JavaScript, where no type checker warns. */
export interface Mistake {
  /** What is wrong. */
  readonly what: string;
  /** The program, as a file of its own. `programOf()` wraps a few lines. */
  readonly program: string;
  /**
   * Arguments on the command line.
   *
   * @default - none
   */
  readonly args?: string[];
  /**
   * Files that are there before, by their name in the folder of the program.
   *
   * @default - none
   */
  readonly files?: { readonly [name: string]: string };
  /** All that the user sees on standard error, without the last line break. */
  readonly stderr: string;
}

/**
 * A program with an app `app`, an environment `local` on Kind with a `DataPlatform` named `platform` (a T4 pool of two), and a chart `chart` in it.
 *
 * @param body statements; names of the library are properties of `lib`
 */
export function programOf(body: string): string {
  return `const lib = require('ml-platform-constructs');
const app = new lib.PlatformApp();
const local = app.environment('local', { provider: lib.KindProvider.local(), tier: lib.Tier.LOCAL });
const platform = new lib.DataPlatform(local, 'data-platform', {
  domain: 'ml.localhost.example',
  gpuPools: [lib.GpuPool.of(lib.GpuModel.T4, { max: 2 })],
});
const chart = local.addChart('team');
${body}
console.log(app.synth().toString());
`;
}
