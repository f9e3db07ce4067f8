/**
 * Tests that need a program of this machine. Where it is missing they are skipped by name, and the reporter says so at the
 * end; with CI=true that is a failure.
 *
 * @param missing why the program is not available, or undefined where it is
 */
export function describeTool(name: string, missing: string | undefined, tests: () => void): void {
  if (missing === undefined) {
    describe(name, tests);
    return;
  }
  if (process.env.CI === 'true') {
    test(name, () => {
      throw new Error(`not run: ${missing}`);
    });
  }
  describe.skip(`${name} (${missing})`, tests);
}
