import { randomBytes } from 'node:crypto';
import { ApiObject } from 'cdk8s';
import { Delivery, KindProvider, Namespace, PlatformTesting, Tier } from 'ml-platform-constructs';
import { releaseBytes } from '../../src/app/helm';
import { SIZES } from '../../src/contracts/sizes';
import { temporaryApp } from '../support/synth';

/** ConfigMaps whose content cannot be compressed much. */
const objects = (count: number): { data: { a: string }; [key: string]: unknown }[] =>
  Array.from({ length: count }, (_, at) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `bytes-${at}`, namespace: 'web' },
    data: { a: randomBytes(100_000).toString('base64') },
  }));

test.each([
  [2, undefined],
  [
    7,
    /release bytes has \d+ bytes together, and the Secret in which Helm keeps a release takes 1048576; divide the chart into several/,
  ],
])('a chart of %p objects of 130 kB', (count, message) => {
  const given = objects(count);
  expect(releaseBytes(given) > SIZES.release.bytes).toBe(message !== undefined);
  const { app } = temporaryApp();
  const delivery = Delivery.terraform();
  const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL, delivery });
  local.addCluster();
  new Namespace(local.addChart('spaces'), 'web');
  const chart = local.addChart('bytes');
  given.forEach((one, at) => new ApiObject(chart, `bytes-${at}`, one as never));
  const synth = (): unknown => PlatformTesting.synth(app);
  if (message === undefined) expect(synth).not.toThrow();
  else expect(synth).toThrow(message);
});
