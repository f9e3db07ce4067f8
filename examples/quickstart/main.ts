import { DataPlatform, GpuModel, GpuPool, KindProvider, PlatformApp, Tier } from 'ml-platform-constructs';

const app = new PlatformApp();
const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });

new DataPlatform(local, 'data-platform', {
  domain: 'ml.localhost.example',
  gpuPools: [GpuPool.of(GpuModel.T4, { max: 1 })],
});

console.log(app.synth().toString());
