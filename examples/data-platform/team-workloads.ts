import {
  DataPlatform,
  DataProcessingCronJob,
  Environment,
  GpuModel,
  HttpRoute,
  MlBackend,
  TrainingJob,
} from 'ml-platform-constructs';

/** What the teams run: the services of the architecture document. */
export function addTeamWorkloads(environment: Environment, platform: DataPlatform, version: string): void {
  const chart = environment.addChart('workloads');
  const { database, artifactBucket, cache, gateway, priorities, teams } = platform;

  const backend = new MlBackend(chart, 'ml-backend', {
    namespace: teams.ml,
    image: `ghcr.io/acme/ml-backend:${version}`,
    priorityClassName: priorities.productionServing,
  });
  database.grantReadWrite(backend);
  artifactBucket.grantRead(backend, { prefixes: ['models/', 'features/'] });
  cache.grantReadWrite(backend);
  new HttpRoute(chart, 'api', { gateway, workload: backend, host: 'api' });

  const training = new TrainingJob(chart, 'train-ranking', {
    namespace: teams.ml,
    image: `ghcr.io/acme/train-ranking:${version}`,
    args: ['--epochs', '10'],
    gpuModel: GpuModel.T4,
    priorityClassName: priorities.batch,
  });
  artifactBucket.grantRead(training, { prefixes: ['features/'] });
  artifactBucket.grantReadWrite(training, { prefixes: ['models/ranking/'] });

  const features = new DataProcessingCronJob(chart, 'prepare-features', {
    namespace: teams.data,
    image: `ghcr.io/acme/prepare-features:${version}`,
    schedule: '15 2 * * *',
    priorityClassName: priorities.batch,
  });
  // the schema of the namespace that the backend writes
  database.grantRead(features, { schema: 'app_ml_team' });
  artifactBucket.grantReadWrite(features, { prefixes: ['features/'] });
}
