import { parse } from 'yaml';
import { FakeProvider, exampleChart } from '../support/fake-provider';
import { isPlain, texts } from '../support/chart-texts';
import { readStack, temporaryApp } from '../support/synth';
import { InvalidInputError } from '../../src/contracts/errors';
import {
  AwsProvider,
  Component,
  DataPlatform,
  Delivery,
  ExistingClusterProvider,
  GpuModel,
  GpuPool,
  KindProvider,
  NeuralPlatform,
  NodeScaling,
  PlatformApp,
  Tier,
} from '../../src';

/** In every text that the programs below give, which are as odd as the library takes them. */
const MARK = 'zq';
const ODD = `${MARK} a: b #c "d" 'e' {{f}} %g \\`;
const TAG_KEY = `${MARK} _.:/+@- x`;

type Found = readonly [path: string, text: string];

function found(components: readonly Component[]): Found[] {
  return components.flatMap(({ name, values }) =>
    texts(values, '')
      .filter(([, text]) => text.includes(MARK))
      .map(([path, text]): Found => [`${name} ${path}`, text]),
  );
}

/** The values of what Argo CD starts from. */
function rootValues(name: string, repository: string, revision: string, path: string): Found[] {
  const { app, folder } = temporaryApp();
  const application = { name: `${MARK}-app`, namespace: 'example', kinds: ['ConfigMap'] };
  const applications = [{ ...application, repository, revision, path }];
  const delivery = Delivery.argoCd({ repository, revision, path, applications });
  const environment = app.environment(name, { provider: new FakeProvider(), delivery });
  environment.addCluster();
  exampleChart(environment);
  app.synth();
  const [values] = readStack(folder, `${name}-bootstrap`).resource!.helm_release['argo-cd-apps'].values as string[];
  // Terraform reads $${ as ${
  return texts(parse(values.replace(/\$\$\{/g, '${').replace(/%%\{/g, '%{')), '')
    .filter(([, text]) => text.includes(MARK))
    .map(([at, text]): Found => [`argo-cd-apps ${at}`, text]);
}

function everything(): Found[] {
  const app = new PlatformApp();
  const gpuPools = [GpuPool.of(GpuModel.T4, { name: `${MARK}-1e3` })];
  const tags = { [TAG_KEY]: `${MARK} =_.:/+@- x` };
  const aws = (nodeScaling: NodeScaling) =>
    AwsProvider.inRegion('eu-west-1', { account: '123456789012', nodeScaling, tags });
  const existing = ExistingClusterProvider.fromKubeconfig({
    context: `${MARK}:#"{{d}}%`,
    clusterName: ODD,
    kubernetesVersion: '1.35',
    defaultStorageClass: `${MARK}.1e3`,
    networkPolicy: true,
    gpus: [{ pool: 'g', resourceName: 'nvidia.com/gpu', productLabel: 'Tesla-T4', perNode: 1, total: 2 }],
  });
  const environments = [
    app.environment(`${MARK}-kind`, { provider: KindProvider.local(), tier: Tier.LOCAL }),
    app.environment(`${MARK}-ca`, { provider: aws(NodeScaling.CLUSTER_AUTOSCALER), tier: Tier.DEVELOPMENT, tags }),
    app.environment(`${MARK}-kp`, { provider: aws(NodeScaling.KARPENTER), tier: Tier.STAGING, tags }),
    app.environment(`${MARK}-old`, { provider: existing }),
  ];
  for (const environment of environments) {
    const isExisting = environment.environmentName === `${MARK}-old`;
    new DataPlatform(environment, `${MARK}-platform`, {
      domain: `${MARK}.1e3.example`,
      gpuPools: isExisting ? undefined : gpuPools,
    });
    new NeuralPlatform(environment, `${MARK}-neural`, { serviceMesh: true, selfServiceGroups: [ODD] });
    environment.addCache(`${MARK}-1e3`);
    environment.addDatabase(`${MARK}-db`);
    environment.addObjectStore(`${MARK}-store`);
  }
  return [
    ...environments.flatMap(({ components }) => found(components.sorted())),
    ...rootValues(`${MARK}-argo`, `https://${MARK}/"#{{a}}%:'.git`, ODD, `${MARK} a: b #c "d" {{e}} %`),
  ];
}

/**
 * Every value with a text of a user, and what the template does with it. Looked up in the charts in November 2026, at the versions that the
 * components have. What is `plain` is printed as it is.
 */
const REACHED: { readonly [path: string]: string } = {
  'argo-cd-apps applications.* (key)': 'plain',
  'argo-cd-apps applications.*.additionalAnnotations.nstarx.io/construct-path': 'quote',
  'argo-cd-apps applications.*.additionalLabels.nstarx.io/environment': 'toYaml',
  'argo-cd-apps applications.*.source.path': 'toYaml',
  'argo-cd-apps applications.*.source.repoURL': 'toYaml',
  'argo-cd-apps applications.*.source.targetRevision': 'toYaml',
  'argo-cd-apps applications.*.project': 'plain',
  'argo-cd-apps projects.* (key)': 'plain',
  'argo-cd-apps projects.*.additionalAnnotations.nstarx.io/construct-path': 'quote',
  'argo-cd-apps projects.*.additionalLabels.nstarx.io/environment': 'toYaml',
  'argo-cd-apps projects.*.description': 'quote',
  'argo-cd-apps projects.*.sourceRepos[]': 'toYaml',
  'argo-cd-apps projects.platform.additionalAnnotations.nstarx.io/construct-path': 'quote',
  'argo-cd-apps projects.platform.additionalLabels.nstarx.io/environment': 'toYaml',
  'argo-cd-apps projects.platform.sourceRepos[]': 'toYaml',
  'aws-load-balancer-controller clusterName': 'plain',
  'aws-load-balancer-controller defaultTags.*': 'plain',
  'aws-load-balancer-controller defaultTags.* (key)': 'plain',
  'aws-load-balancer-controller defaultTags.environment': 'plain',
  'capsule manager.options.users[].name': 'toYaml',
  'cluster-autoscaler autoDiscovery.clusterName': 'plain',
  'fake-gpu-operator topology.nodePools.* (key)': 'toYaml',
  'karpenter settings.clusterName': 'plain',
  'kserve kserve.controller.gateway.domain': 'in the quotes of JSON, in a block',
  'kube-prometheus-stack alertmanager.alertmanagerSpec.storage.volumeClaimTemplate.spec.storageClassName': 'toYaml',
  'kube-prometheus-stack prometheus.prometheusSpec.storageSpec.volumeClaimTemplate.spec.storageClassName': 'toYaml',
  'seaweedfs allInOne.data.storageClass': 'plain',
  'valkey-* auth.usersExistingSecret': 'plain',
  'valkey-* fullnameOverride': 'plain',
  'velero configuration.backupStorageLocation[].bucket': 'plain',
};

const withoutNames = (path: string): string => path.replace(TAG_KEY, '*').replace(/zq[^.\s]*/g, '*');

test('every text of a user that reaches a chart is plain, or the chart quotes it', () => {
  const all = everything().map(([path, text]) => [withoutNames(path), text] as const);
  expect([...new Set(all.map(([path]) => path))].sort()).toEqual(Object.keys(REACHED).sort());
  expect(all.filter(([path, text]) => REACHED[path] === 'plain' && !isPlain(text))).toEqual([]);
});

/** Texts that YAML takes for something else, or that templates of Helm and flags of programs do. */
const HOSTILE = [
  ...['a: b', 'a:', ':', 'a #b', '#a', '"d"', "'e'", '{{f}}', '%g', '*h', '&i', '!j', '|', '>', '- k', '-', '?', '? l'],
  ...['[m', '{n', '@o', '`p', 'a\nb: c', ' a', 'a ', '\\', '=', '<<', ',', 'a,b', '~', 'true', 'Yes', 'no', 'off', 'y'],
  ...[
    'null',
    '1',
    '007',
    '1.5',
    '1e3',
    '1.5e3',
    '1_000',
    '0x1f',
    '0b1',
    '0o17',
    '.inf',
    '2026-11-28',
    '12:30:45',
    'é',
    '',
  ],
];

const existing = (defaultStorageClass: string) =>
  ExistingClusterProvider.fromKubeconfig({ context: 'a', kubernetesVersion: '1.35', defaultStorageClass });

const onAws = (tags: { [key: string]: string }) => AwsProvider.inRegion('eu-west-1', { tags });

/** Props that are printed without quotes: takes a text, and says what is printed. */
const PLAIN_PROPS: { readonly [prop: string]: (text: string) => string } = {
  'the name of an environment': (text) => {
    new PlatformApp().environment(text, { provider: KindProvider.local() });
    return text;
  },
  'the name of a cache': (text) => {
    const environment = new PlatformApp().environment('local', { provider: KindProvider.local() });
    environment.addCluster();
    environment.addCache(text);
    return text;
  },
  'the default class of an existing cluster': (text) => {
    existing(text);
    return text;
  },
  'the value of a tag': (text) => {
    onAws({ a: text });
    return `--default-tags=a=${text},b=c`;
  },
  'the value of the last tag': (text) => {
    onAws({ a: text });
    return `--default-tags=a=${text}`;
  },
  'the key of a tag': (text) => {
    onAws({ [text]: 'a' });
    return `--default-tags=${text}=a`;
  },
};

test.each(Object.entries(PLAIN_PROPS))('%s is refused, or plain where a chart prints it', (_prop, print) => {
  const odd = HOSTILE.filter((text) => {
    try {
      return !isPlain(print(text));
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInputError);
      return false;
    }
  });
  expect(odd).toEqual([]);
});
