import {
  DataPlatform,
  DataProcessingJob,
  Environment,
  GpuModel,
  GpuRequest,
  HttpRoute,
  MlBackend,
  ServiceUse,
  TrainingJob,
} from 'ml-platform-constructs';

/** What the teams run: the services of the architecture document. */
export function addTeamWorkloads(environment: Environment, platform: DataPlatform, version: string): void {
  const chart = environment.addChart('workloads');
  const { cluster, database, artifactBucket, cache, gateway, priorities, teams } = platform;

  const backend = new MlBackend(chart, 'ml-backend', {
    namespace: teams.ml,
    image: `ghcr.io/acme/ml-backend:${version}`,
    uses: [ServiceUse.readWrite(database), ServiceUse.readWrite(artifactBucket), ServiceUse.readWrite(cache)],
    priorityClassName: priorities.productionServing,
    ingress: [gateway.peer],
  });
  new HttpRoute(chart, 'api', {
    gateway,
    namespace: teams.ml,
    serviceName: backend.workloadName,
    servicePort: 80,
    host: 'api',
  });

  new TrainingJob(chart, 'train-ranking', {
    namespace: teams.ml,
    image: `ghcr.io/acme/train-ranking:${version}`,
    args: ['--epochs', '10'],
    cluster,
    gpu: GpuRequest.of(GpuModel.T4, 1),
    uses: [ServiceUse.readWrite(artifactBucket)],
    priorityClassName: priorities.batch,
  });

  new DataProcessingJob(chart, 'prepare-features', {
    namespace: teams.data,
    image: `ghcr.io/acme/prepare-features:${version}`,
    schedule: '15 2 * * *',
    uses: [ServiceUse.read(database), ServiceUse.readWrite(artifactBucket)],
    priorityClassName: priorities.batch,
  });
}
