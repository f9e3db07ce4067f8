import { Chart } from 'cdk8s';
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

/** Options of the teams' workloads. */
export interface TeamWorkloadsProps {
  /** The platform that they run on. */
  readonly platform: DataPlatform;
  /** Version of the images. */
  readonly version: string;
}

/** What the teams run: the services of the architecture document. */
export class TeamWorkloads extends Chart {
  public constructor(scope: Environment, id: string, props: TeamWorkloadsProps) {
    super(scope, id, { disableResourceNameHashes: true });
    const { platform, version } = props;
    const { cluster, database, artifacts, cache, gateway, priorities, teams } = platform;

    const backend = new MlBackend(this, 'ml-backend', {
      namespace: teams.ml,
      image: `ghcr.io/acme/ml-backend:${version}`,
      uses: [ServiceUse.readWrite(database), ServiceUse.readWrite(artifacts), ServiceUse.readWrite(cache)],
      priorityClassName: priorities.productionServing,
      ingress: [gateway.peer],
    });
    new HttpRoute(this, 'api', {
      gateway,
      namespace: teams.ml,
      serviceName: backend.workloadName,
      servicePort: 80,
      host: 'api',
    });

    new TrainingJob(this, 'train-ranking', {
      namespace: teams.ml,
      image: `ghcr.io/acme/train-ranking:${version}`,
      args: ['--epochs', '10'],
      cluster,
      gpu: GpuRequest.of(GpuModel.T4, 1),
      uses: [ServiceUse.readWrite(artifacts)],
      priorityClassName: priorities.batch,
    });

    new DataProcessingJob(this, 'prepare-features', {
      namespace: teams.data,
      image: `ghcr.io/acme/prepare-features:${version}`,
      schedule: '15 2 * * *',
      uses: [ServiceUse.read(database), ServiceUse.readWrite(artifacts)],
      priorityClassName: priorities.batch,
    });
  }
}
