import './global-setup';

/** Ends the cluster of this test run. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.mlPlatformTestCluster?.stop();
}
