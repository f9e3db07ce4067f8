import './global-setup';

/** Ends the node of this test run. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.mlPlatformTestNode?.stop();
}
