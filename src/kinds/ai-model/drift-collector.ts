import { k8s } from 'cdk8s-plus-28';
import { ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { PLATFORM_GROUP } from '../../contracts/names';
import { programFiles } from '../../contracts/programs';
import { zoneTolerations } from '../ai-zone/placement';
import { CHILD, childName, contentName, ownLabel } from '../child-names';
import { BASELINE_KEY, baselineName, watchesDrift } from './drift-baseline';
import { externalAddress, MESH_PORT, MESH_PROBES } from './network';
import { Json, ModelPlan } from './plan';
import { MODEL_IMAGES } from './settings';
import { RESTRICTED_CONTAINER, TMP_MOUNT } from './storage';

/*
 * Stock servers say nothing of the values that they are asked with. The Gateway sends a copy of each request to a program that counts them,
 * and waits for no answer: no request is slower for it, whatever becomes of the program.
 */

/** The value of the label `nstarx.io/component` of the pods that count the values; `PlatformMonitors` looks for it. */
export const DRIFT_COLLECTOR = 'drift-collector';

const PORT = 8080;
const METRICS_PORT = 9090;
const PROGRAM = 'feature_collector.py';

/**
 * Whether the values of requests are counted beside the server: drift is watched and the baseline known, requests come by the Gateway, and are
 * written in a protocol of the stock servers. A server of the user's own has its histogram itself.
 */
export function countsFeatures(plan: ModelPlan): boolean {
  const { spec, driftBaseline, runtime } = plan;
  return (
    watchesDrift(spec) &&
    driftBaseline !== undefined &&
    runtime.protocol !== undefined &&
    externalAddress(plan) !== undefined
  );
}

function nameOf({ name }: ModelPlan): string {
  return childName(name, CHILD.MODEL_DRIFT);
}

function selectorOf({ name }: ModelPlan): { readonly [label: string]: string } {
  return { [`${PLATFORM_GROUP}/component`]: DRIFT_COLLECTOR, ...ownLabel('ai-model', name) };
}

/** A filter of the route's rules by which the Gateway copies requests. */
export function copyFilter(plan: ModelPlan): Json[] {
  if (!countsFeatures(plan)) return [];
  const backendRef = { name: nameOf(plan), port: PORT };
  return [{ type: 'RequestMirror', requestMirror: { backendRef } }];
}

function programName(model: string): string {
  return contentName(model, 'drift-program', [programFiles('model-jobs')[PROGRAM]]);
}

/** The program, as a file. */
export function collectorProgram(plan: ModelPlan): Json | undefined {
  if (!countsFeatures(plan)) return undefined;
  const { name, namespace, labels } = plan;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: programName(name), namespace, labels },
    immutable: true,
    data: { [PROGRAM]: programFiles('model-jobs')[PROGRAM] },
  };
}

/** The program that counts; one of it, since it drops what is too much. */
export function collector(plan: ModelPlan): Json | undefined {
  if (!countsFeatures(plan)) return undefined;
  const { name, namespace, labels, spec, settings, zone } = plan;
  const tolerations = zoneTolerations(zone, []);
  const selector = selectorOf(plan);
  const podLabels = {
    ...labels,
    ...selector,
    'app.kubernetes.io/component': DRIFT_COLLECTOR,
    ...(zone ? { [`${PLATFORM_GROUP}/zone`]: zone.name } : {}),
    ...(zone?.mesh ? { 'istio.io/dataplane-mode': 'ambient' } : {}),
  };
  const variables = { MODEL_NAME: name, MODEL_VERSION: spec.version, PORT, METRICS_PORT };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: nameOf(plan), namespace, labels },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 2,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: podLabels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
          ...(zone?.nodeSelector ? { nodeSelector: zone.nodeSelector } : {}),
          ...(tolerations.length > 0 ? { tolerations } : {}),
          terminationGracePeriodSeconds: 10,
          containers: [
            {
              name: 'collector',
              image: settings.collectorImage ?? MODEL_IMAGES.collector,
              imagePullPolicy: 'IfNotPresent',
              command: ['python3', `/program/${PROGRAM}`, `/baseline/${BASELINE_KEY}`],
              env: Object.entries(variables).map(([variable, value]) => ({ name: variable, value: String(value) })),
              ports: [
                { name: 'copies', containerPort: PORT, protocol: 'TCP' },
                { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
              ],
              readinessProbe: { httpGet: { path: '/metrics', port: METRICS_PORT }, periodSeconds: 10 },
              livenessProbe: {
                httpGet: { path: '/metrics', port: METRICS_PORT },
                periodSeconds: 30,
                timeoutSeconds: 10,
              },
              resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '192Mi' } },
              securityContext: RESTRICTED_CONTAINER,
              volumeMounts: [
                TMP_MOUNT,
                { name: 'program', mountPath: '/program', readOnly: true },
                { name: 'baseline', mountPath: '/baseline', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
            { name: 'program', configMap: { name: programName(name) } },
            { name: 'baseline', configMap: { name: baselineName(name, spec, settings) } },
          ],
        },
      },
    },
  };
}

/** The Service that the Gateway copies to, and that is scraped. */
export function collectorService(plan: ModelPlan): Json | undefined {
  if (!countsFeatures(plan)) return undefined;
  const selector = selectorOf(plan);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: nameOf(plan), namespace: plan.namespace, labels: { ...plan.labels, ...selector } },
    spec: {
      selector,
      ports: [
        { name: 'http', port: PORT, targetPort: 'copies', protocol: 'TCP' },
        { name: 'metrics', port: METRICS_PORT, targetPort: 'metrics', protocol: 'TCP' },
      ],
    },
  };
}

/** Lets in the copies of the Gateway, from nobody else, and what scrapes; lets nothing out. */
export function collectorPolicy(plan: ModelPlan): Json | undefined {
  const { settings, zone } = plan;
  const { gateway, scraper } = settings;
  if (!countsFeatures(plan) || !gateway) return undefined;
  const mesh = zone?.mesh ?? false;
  const tcp = (port: number) => tcpPorts([port, ...(mesh ? [MESH_PORT] : [])]);
  const pods = (namespace: string, podLabels: { readonly [key: string]: string }) =>
    ruleSide({ namespace, podLabels: { ...podLabels } });
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: nameOf(plan), namespace: plan.namespace, labels: plan.labels },
    spec: k8s.toJson_NetworkPolicySpec({
      podSelector: { matchLabels: selectorOf(plan) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: pods(gateway.podNamespace, gateway.podLabels), ports: tcp(PORT) },
        ...(scraper ? [{ from: pods(scraper.namespace, scraper.podLabels), ports: tcp(METRICS_PORT) }] : []),
        ...(mesh ? [{ from: [{ ipBlock: { cidr: MESH_PROBES } }] }] : []),
      ],
    }) as Json,
  };
}

/** Scrapes it, for platforms without `PlatformMonitors`. */
export function collectorMonitor(plan: ModelPlan): Json | undefined {
  if (!countsFeatures(plan) || !(plan.settings.serviceMonitors ?? false)) return undefined;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: nameOf(plan), namespace: plan.namespace, labels: plan.labels },
    spec: {
      selector: { matchLabels: selectorOf(plan) },
      endpoints: [{ port: 'metrics', interval: '30s', path: '/metrics' }],
    },
  };
}
