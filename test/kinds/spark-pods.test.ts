import * as pipelines from './data-pipeline/support';
import * as features from './feature-store/support';
import * as workflows from './ml-workflow/support';

type Json = { readonly [key: string]: unknown };

/** Each kind that runs programs on Spark. */
const KINDS: [string, () => unknown][] = [
  ['a pipeline', () => Object.values(pipelines.objects({ source: pipelines.DATABASE, sink: pipelines.LAKE }))],
  [
    'a pipeline with a schedule',
    () => Object.values(pipelines.objects({ source: pipelines.DATABASE, sink: pipelines.LAKE, schedule: '0 2 * * *' })),
  ],
  ['a feature store', () => features.items()],
  [
    'a workflow',
    () =>
      new workflows.Synthesized(
        workflows.specOf([{ name: 'prepare', type: 'spark-job', config: { mainClass: 'com.acme.Prepare' } }]),
      ).objects,
  ],
];

test.each(KINDS)('drivers of %s have a token, executors have none, and both run as the account of Spark', (_, make) => {
  const applications = sparkApplications(make());
  expect(applications).toHaveLength(1);
  expect(applications).toMatchObject([
    {
      driver: { serviceAccount: 'spark', template: { spec: { automountServiceAccountToken: true } } },
      executor: { serviceAccount: 'spark', template: { spec: { automountServiceAccountToken: false } } },
      // the account has no right to these
      sparkConf: {
        'spark.kubernetes.driver.service.deleteOnTermination': 'false',
        'spark.kubernetes.driver.ownPersistentVolumeClaim': 'false',
      },
    },
  ]);
});

/** The specs of all Spark applications, wherever they are in an object. */
function sparkApplications(value: unknown): Json[] {
  if (typeof value === 'string') return value.startsWith('{"apiVersion"') ? sparkApplications(JSON.parse(value)) : [];
  if (Array.isArray(value)) return value.flatMap(sparkApplications);
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Json;
  return [...(object.driver && object.executor ? [object] : []), ...Object.values(object).flatMap(sparkApplications)];
}
