import { readFileSync } from 'fs';
import { join } from 'path';
import { Construct } from 'constructs';
import {
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
} from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { ClusterProps, ICluster } from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IMessageBus, MessageBusProps } from '../../contracts/message-bus';
import { IProvider } from '../../contracts/provider';
import { StateBackend } from '../state-backend';
import type { AwsEnvironment } from './aws-environment';
import { AwsProviderProps, AwsSettings, checkedSettings } from './settings';

/** The package with AWS's resources: an optional peer, since it is larger than everything else together. */
const PROVIDER_AWS = '@cdktf/provider-aws';

/**
 * AWS as the home of an environment: VPC, EKS, RDS, ElastiCache and S3 in one region.
 *
 * It needs the package `@cdktf/provider-aws`, which is not installed with this library.
 */
@checked('AwsProvider')
export class AwsProvider implements IProvider {
  /**
   * AWS in one region.
   *
   * @param region name of the region, such as `eu-west-1`; China and isolated regions are not supported
   * @throws InvalidInputError when the region or a prop is malformed, or `@cdktf/provider-aws` is not installed
   */
  public static inRegion(region: string, props: AwsProviderProps = {}): AwsProvider {
    requireInstalled();
    const settings = checkedSettings(region, props);
    const state =
      props.stateBucket === undefined
        ? StateBackend.local()
        : StateBackend.s3({
            bucket: props.stateBucket,
            region: props.stateRegion ?? region,
            keyPrefix: props.stateKeyPrefix,
            kmsKeyId: props.stateKmsKeyId,
          });
    return new AwsProvider(settings, state);
  }

  public readonly displayName: string;
  private readonly environments = new WeakMap<IEnvironment, AwsEnvironment>();

  private constructor(
    private readonly settings: AwsSettings,
    private readonly state: StateBackend,
  ) {
    this.displayName = `aws ${settings.region}`;
  }

  public configureStack(stack: Construct, _environment: IEnvironment): void {
    // the AWS provider itself is added with the first resource: only one of the stacks has any
    this.state.configure(stack);
  }

  public createCluster(environment: IEnvironment, id: string, props: ClusterProps): ICluster {
    return this.on(environment).createCluster(id, props);
  }

  public createDatabase(environment: IEnvironment, id: string, cluster: ICluster, props: DatabaseProps): IDatabase {
    return this.on(environment).createDatabase(id, cluster, props);
  }

  public createCache(environment: IEnvironment, id: string, cluster: ICluster, props: CacheProps): ICache {
    return this.on(environment).createCache(id, cluster, props);
  }

  public createObjectStore(
    environment: IEnvironment,
    id: string,
    cluster: ICluster,
    props: ObjectStoreProps,
  ): IObjectStore {
    return this.on(environment).createObjectStore(id, cluster, props);
  }

  public createMessageBus(
    environment: IEnvironment,
    id: string,
    cluster: ICluster,
    props: MessageBusProps,
  ): IMessageBus {
    return this.on(environment).createMessageBus(id, cluster, props);
  }

  private on(environment: IEnvironment): AwsEnvironment {
    const known = this.environments.get(environment);
    if (known) return known;
    // eslint-disable-next-line no-restricted-syntax, @typescript-eslint/no-require-imports -- it imports an optional peer, which must not be loaded with this class: Python and ES modules load every class of the library
    const loaded = require('./aws-environment') as { AwsEnvironment: typeof AwsEnvironment };
    const made = new loaded.AwsEnvironment(environment, this.settings);
    this.environments.set(environment, made);
    return made;
  }
}

/** Refuses to go on without the package of AWS's resources, and says how to get the version that fits. */
function requireInstalled(): void {
  try {
    require.resolve(`${PROVIDER_AWS}/lib/provider`);
  } catch {
    // three folders up from here in src as in lib
    const { peerDependencies } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {
      peerDependencies: { [name: string]: string };
    };
    fail(
      'AwsProvider.inRegion',
      PROVIDER_AWS,
      'must be installed',
      undefined,
      `run \`npm install ${PROVIDER_AWS}@${peerDependencies[PROVIDER_AWS]}\`, which only AWS needs`,
    );
  }
}
