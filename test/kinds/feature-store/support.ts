import { Chart, Testing } from 'cdk8s';
import { FeatureStoreSpec } from '../../../src/api/generated';
import { FEATURE_STORE } from '../../../src/api/kinds/feature-store';
import { FeatureStoreObjects, FeatureStoreObjectsProps } from '../../../src/kinds/feature-store/feature-store-objects';
import { sampleOf } from '../../api/support/samples';

const { monitoring: _monitoring, ...spec } = sampleOf(FEATURE_STORE)!.spec;

/** The documented sample, with the metrics that a store has by itself. */
export const DOCUMENTED = spec as unknown as FeatureStoreSpec;

export type Json = { readonly [field: string]: unknown };

export interface Item {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: { [key: string]: string } };
  readonly data?: { readonly [key: string]: string };
  readonly spec: Json;
}

export const SETTINGS = {
  onlineAddress: 'cache.backing-services:6379',
  streamImage: 'registry.example.com/pyflink:2.1.0',
  bootstrapServers: 'kafka.kafka:9092',
  lake: 's3://lake',
};

export function items(props: Partial<FeatureStoreObjectsProps> = {}): Item[] {
  const chart = new Chart(Testing.app(), 'chart');
  new FeatureStoreObjects(chart, 'Store', {
    name: 'customer-features',
    namespace: 'feature-stores',
    spec: DOCUMENTED,
    settings: SETTINGS,
    ...props,
  });
  return Testing.synth(chart) as Item[];
}

export function find(all: Item[], kind: string, name?: string): Item {
  const found = all.filter((item) => item.kind === kind && (name === undefined || item.metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} of ${kind} ${name ?? ''}`);
  return found[0];
}

export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((child, key) => (child as { [key: string]: unknown } | undefined)?.[key], value);
}

/** Pod specs of everything that we make pods from, with Spark's and Flink's in Kubernetes' own form. */
export function podSpecs(all: Item[]): { name: string; spec: Json }[] {
  return all.flatMap(({ kind, metadata: { name }, spec }) => {
    const plain: { [kind: string]: (string | number)[] } = {
      Deployment: ['template', 'spec'],
      Job: ['template', 'spec'],
      CronJob: ['jobTemplate', 'spec', 'template', 'spec'],
      FlinkDeployment: ['podTemplate', 'spec'],
    };
    if (kind in plain) return [{ name, spec: at(spec, ...plain[kind]) as Json }];
    if (kind !== 'ScheduledSparkApplication') return [];
    return ['driver', 'executor'].map((role) => ({
      name: `${name} ${role}`,
      spec: {
        securityContext: at(spec, 'template', role, 'podSecurityContext'),
        containers: [{ name: role, securityContext: at(spec, 'template', role, 'securityContext') }],
        volumes: at(spec, 'template', 'volumes'),
      },
    }));
  });
}
