import { argoWorkflows } from '../../src/components/argo-workflows';
import { feastOperator } from '../../src/components/feast-operator';
import { flinkKubernetesOperator } from '../../src/components/flink-kubernetes-operator';
import { istioAmbient } from '../../src/components/istio-ambient';
import { jobset } from '../../src/components/jobset';
import { kserve } from '../../src/components/kserve';
import { kubeflowTrainer } from '../../src/components/kubeflow-trainer';
import { sparkOperator } from '../../src/components/spark-operator';
import { Component } from '../../src/contracts/component';

interface Json {
  readonly [key: string]: Json;
}

function values(component: Component): Json {
  return component.values as unknown as Json;
}

function withRequired(component: Component): Component[] {
  return [...component.requires.flatMap(withRequired), component];
}

const SERVING = kserve({ domain: 'ml.acme.example', gateway: 'gateways/platform' });

test('charts and versions are those that were looked up', () => {
  const charts = [
    SERVING,
    sparkOperator(),
    flinkKubernetesOperator(),
    argoWorkflows(),
    kubeflowTrainer(),
    istioAmbient(),
  ]
    .flatMap(withRequired)
    .map(({ chart }) => `${chart?.repository} ${chart?.name} ${chart?.version}`);
  expect([...new Set(charts)].filter((one) => !one.includes('jetstack')).sort()).toEqual([
    'https://argoproj.github.io/argo-helm argo-workflows 1.0.18',
    'https://downloads.apache.org/flink/flink-kubernetes-operator-1.15.0 flink-kubernetes-operator 1.15.0',
    'https://istio-release.storage.googleapis.com/charts base 1.30.3',
    'https://istio-release.storage.googleapis.com/charts cni 1.30.3',
    'https://istio-release.storage.googleapis.com/charts istiod 1.30.3',
    'https://istio-release.storage.googleapis.com/charts ztunnel 1.30.3',
    'https://kubeflow.github.io/spark-operator spark-operator 2.5.2',
    'oci://ghcr.io/kserve/charts kserve-crd v0.20.0',
    'oci://ghcr.io/kserve/charts kserve-resources v0.20.0',
    'oci://ghcr.io/kserve/charts kserve-runtime-configs v0.20.0',
    'oci://ghcr.io/kubeflow/charts kubeflow-trainer 2.3.0',
    'oci://registry.k8s.io/jobset/charts jobset 0.12.0',
  ]);
});

test('KServe: CRDs before the controller, the controller before the runtimes that it checks', () => {
  expect(withRequired(SERVING).map(({ name }) => name)).toEqual([
    'kserve-crd',
    'cert-manager',
    'kserve',
    'kserve-runtimes',
  ]);
});

test('KServe makes Deployments and HTTPRoutes of the gateway, with names that a wildcard certificate covers', () => {
  const { controller } = values(SERVING.requires[0]).kserve;
  expect(controller.deploymentMode).toBe('Standard');
  expect(controller.gateway).toMatchObject({
    domain: 'ml.acme.example',
    domainTemplate: '{{ .Name }}--{{ .Namespace }}.{{ .IngressDomain }}',
    urlScheme: 'https',
    disableIstioVirtualHost: true,
    ingressGateway: { enableGatewayApi: true, createGateway: false, kserveGateway: 'gateways/platform' },
  });
});

test('KServe is told of a store that is not AWS, and of nothing otherwise', () => {
  expect(values(SERVING.requires[0]).kserve.storage).toBeUndefined();
  const s3 = {
    endpoint: 's3.backing-services.svc:8333',
    tls: false,
    region: 'us-east-1',
    accessKeyIdKey: 'access-key-id',
    secretAccessKeyKey: 'secret-access-key',
  };
  const component = kserve({ domain: 'ml.acme.example', gateway: 'gateways/platform', s3 });
  expect(values(component.requires[0]).kserve.storage.s3).toEqual({
    endpoint: 's3.backing-services.svc:8333',
    useHttps: '0',
    region: 'us-east-1',
    useVirtualBucket: 'false',
    accessKeyIdName: 'access-key-id',
    secretAccessKeyName: 'secret-access-key',
  });
});

test('engines work in every namespace, and make no account in namespaces that come later', () => {
  // the chart makes an account for each name that is not empty
  expect(values(sparkOperator()).spark).toEqual({ jobNamespaces: [''] });
  expect(values(flinkKubernetesOperator())).toMatchObject({
    watchNamespaces: [],
    jobServiceAccount: { create: false },
    rbac: { jobRole: { create: false }, jobRoleBinding: { create: false } },
  });
  expect(values(argoWorkflows())).toMatchObject({
    workflow: { serviceAccount: { create: false }, rbac: { create: false } },
    server: { enabled: false },
  });
});

test('pods of charts that say too little for Pod Security restricted are told to say it', () => {
  const container = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const pod = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  const flink = flinkKubernetesOperator();
  expect(flink.podSecurity).toBe('restricted');
  expect(values(flink).podSecurityContext).toMatchObject(pod);
  expect(values(flink).operatorSecurityContext).toEqual(container);
  expect(values(flink).webhookSecurityContext).toEqual(container);
  const argo = values(argoWorkflows());
  expect(argo.controller.podSecurityContext).toEqual(pod);
  expect(argo.controller.workflowDefaults.spec.securityContext).toEqual(pod);
  expect(argo.executor.securityContext).toEqual(container);
});

test('two workflow controllers have a budget, one has none', () => {
  expect(values(argoWorkflows({ replicas: 2 })).controller).toMatchObject({ replicas: 2, pdb: { enabled: true } });
  expect(values(argoWorkflows()).controller.pdb).toBeUndefined();
});

test('the trainer uses a JobSet of its own release, and not the runtimes that a root Job installs', () => {
  const trainer = kubeflowTrainer();
  expect(trainer.requires.map(({ name }) => name)).toEqual(['jobset']);
  expect(values(trainer).jobset).toEqual({ install: false });
  expect(values(trainer).runtimes).toBeUndefined();
  expect(values(jobset()).image).toEqual({
    repository: 'registry.k8s.io/jobset/jobset',
    tag: 'v0.12.0',
    pullPolicy: 'IfNotPresent',
  });
});

test('Istio is ambient, in order, and may touch the nodes', () => {
  const releases = [...new Set(withRequired(istioAmbient()).map(({ name }) => name))];
  expect(releases).toEqual(['istio-base', 'istiod', 'istio-cni', 'ztunnel']);
  const [control, plugin] = istioAmbient().requires;
  expect(values(control).profile).toBe('ambient');
  expect(values(plugin).profile).toBe('ambient');
  expect(plugin.podSecurity).toBe('privileged');
});

test('the Feast operator is a folder at a release, hardened, without the namespace that Terraform makes', () => {
  const operator = feastOperator();
  expect(operator.chart).toBeUndefined();
  expect(operator.kustomize).toMatchObject({
    repository: 'https://github.com/feast-dev/feast',
    path: 'infra/feast-operator/config/default',
    revision: 'v0.66.0',
  });
  expect(operator.namespace).toBe('feast-operator-system');
  expect(operator.podSecurity).toBe('restricted');
  expect(operator.customResources).toEqual(['FeatureStore.feast.dev']);
  const [namespace, deployment] = operator.kustomize?.patches as unknown as Json[];
  expect(namespace).toMatchObject({ kind: 'Namespace', $patch: 'delete' });
  const { template } = deployment.spec;
  expect(template.spec).toMatchObject({
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'manager',
        securityContext: { readOnlyRootFilesystem: true },
        env: [{ name: 'RELATED_IMAGE_CRON_JOB', value: 'docker.io/alpine/k8s:1.34.1' }],
      },
    ],
  });
});

test('the Flink operator runs the image of its release, whatever the chart names', () => {
  expect(values(flinkKubernetesOperator()).image).toEqual({
    repository: 'docker.io/apache/flink-kubernetes-operator',
    tag: '1.15.0',
  });
});
