import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { KserveS3 } from '../../components/kserve';
import { Access, IObjectStore, ServiceBinding } from '../../contracts/backing-service';
import { IWorkloadIdentity } from '../../contracts/identity';
import { INamespace } from '../../contracts/namespace';
import { PlatformGateway } from '../gateway/platform-gateway';
import { egressTo, ruleSide, tcpPorts } from '../tenancy/network-rules';

/** Name of the ServiceAccount that model servers run as. */
export const MODEL_SERVER_ACCOUNT = 'model-server';

/** The label with which KServe marks the pods of an InferenceService. */
const INFERENCE_SERVICE_LABEL = 'serving.kserve.io/inferenceservice';

/** Options of the account of model servers. */
export interface ModelServerAccountProps {
  /** The namespace that models are served in. */
  readonly namespace: INamespace;
  /** The bucket that models are loaded from. */
  readonly models: IObjectStore;
  /** The gateway that requests come through. */
  readonly gateway: PlatformGateway;
}

/**
 * What the pods of InferenceServices need in a namespace: the ServiceAccount `model-server`, which may read the bucket of models;
 * the gateway's routes; and network policies with which the gateway reaches their port 8080, and they the bucket.
 *
 * KServe's storage initializer gets the bucket's keys from the Secrets that the ServiceAccount lists, where the cluster has no
 * workload identity. One per namespace.
 */
export class ModelServerAccount extends Construct {
  /** The ServiceAccount's namespace and name. */
  public readonly identity: IWorkloadIdentity;
  /** The ServiceAccount. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy. */
  public readonly networkPolicy: ApiObject;
  /**
   * How KServe reaches the bucket.
   *
   * @default - AWS's S3, with the permissions of the ServiceAccount
   */
  public readonly s3?: KserveS3;
  /** What reading the bucket takes: environment variables and connections. */
  public readonly binding: ServiceBinding;

  public constructor(scope: Construct, id: string, props: ModelServerAccountProps) {
    super(scope, id);
    const namespace = props.namespace.namespaceName;
    this.identity = { namespace, serviceAccountName: MODEL_SERVER_ACCOUNT };
    const binding = props.models.bind(this.identity, Access.READ);
    this.binding = binding;
    this.s3 = s3Of(binding, props.models.region);
    for (const [key, value] of Object.entries(binding.namespaceLabels)) props.namespace.addLabel(key, value);
    props.gateway.admit(props.namespace);
    const secrets = [...new Set(binding.secretEnv.map(({ secretName }) => secretName))].map((name) => ({ name }));
    this.serviceAccount = new k8s.KubeServiceAccount(this, 'Resource', {
      metadata: {
        name: MODEL_SERVER_ACCOUNT,
        namespace,
        labels: {
          'app.kubernetes.io/name': MODEL_SERVER_ACCOUNT,
          'app.kubernetes.io/component': 'serving',
          'app.kubernetes.io/part-of': 'ml-platform',
        },
      },
      automountServiceAccountToken: false,
      ...(secrets.length > 0 ? { secrets } : {}),
    });
    const pods = { matchExpressions: [{ key: INFERENCE_SERVICE_LABEL, operator: 'Exists' }] };
    this.networkPolicy = new k8s.KubeNetworkPolicy(this, 'NetworkPolicy', {
      metadata: { name: 'inference-services', namespace },
      spec: {
        podSelector: pods,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: ruleSide(props.gateway.peer), ports: tcpPorts([8080]) }],
        egress: binding.egress.map(egressTo),
      },
    });
  }
}

/** How KServe reaches a bucket that is not AWS's own; undefined for AWS's S3 with the permissions of the ServiceAccount. */
function s3Of(binding: ServiceBinding, region: string): KserveS3 | undefined {
  const url = binding.env.AWS_ENDPOINT_URL_S3;
  const key = (name: string) => binding.secretEnv.find((variable) => variable.name === name)?.key;
  const accessKeyIdKey = key('AWS_ACCESS_KEY_ID');
  const secretAccessKeyKey = key('AWS_SECRET_ACCESS_KEY');
  if (url === undefined || accessKeyIdKey === undefined || secretAccessKeyKey === undefined) return undefined;
  const { host, protocol } = new URL(url);
  return { endpoint: host, tls: protocol === 'https:', region, accessKeyIdKey, secretAccessKeyKey };
}
