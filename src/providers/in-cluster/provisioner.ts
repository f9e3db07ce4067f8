import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { labels, metadata } from './backing-services';

/** Properties of Provisioner. */
export interface ProvisionerProps {
  /** Name of its objects. */
  readonly name: string;
  /** Name of its pods in `app.kubernetes.io/name`; provisioners of one sort share it. */
  readonly component: string;
  /** Image with the programs of the script. */
  readonly image: string;
  /** Folder that the volumes are mounted in; the script is `script/provision.sh` there. */
  readonly folder: string;
  /** Files of the folder `script`; may be lazy. */
  readonly script: { [file: string]: string };
  /** Further volumes, by the folder that each is mounted in. What is in them is watched. */
  readonly volumes: { [folder: string]: k8s.Volume };
  /**
   * A command whose output changes when what is outside has lost what is described, such as at a restart; it runs every five seconds.
   *
   * @default - none
   */
  readonly state?: string;
  /** Environment variables. */
  readonly env?: { [name: string]: string };
  /** Where it may connect to. */
  readonly egress: k8s.NetworkPolicyEgressRule[];
}

/** User and group of the pod: no image knows it, nor does a node; the programs need neither a name nor a home. */
const USER = 65532;

/** Seconds after which a script that has not ended is taken to hang, and the container starts anew. */
const HANGS_AFTER = 3600;

/**
 * Keeps something outside of Kubernetes as it is described: runs a script when it, or a file that it reads, has changed, and every
 * five minutes. A Deployment and not a Job: a Job cannot be changed when what is described is. It is ready when the script has
 * ended well, and alive while each run of the script ends.
 */
export class Provisioner extends Construct {
  /** Labels of its pod. */
  public readonly podLabels: { [key: string]: string };

  public constructor(scope: Construct, id: string, props: ProvisionerProps) {
    super(scope, id);
    const { name, component } = props;
    this.podLabels = { ...labels(component), ...(name === component ? {} : { 'app.kubernetes.io/instance': name }) };
    new k8s.KubeConfigMap(this, 'script', { metadata: metadata(this, name, component), data: props.script });
    new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadata(this, name, component),
      automountServiceAccountToken: false,
    });
    this.addDeployment(props);
    new k8s.KubeNetworkPolicy(this, 'network-policy', {
      metadata: metadata(this, name, component),
      spec: { podSelector: { matchLabels: this.podLabels }, policyTypes: ['Egress'], egress: props.egress },
    });
  }

  private addDeployment(props: ProvisionerProps): void {
    const { name, component, folder } = props;
    const volumes = Object.entries(props.volumes);
    const env = Object.entries(props.env ?? {}).map(([variable, value]) => ({ name: variable, value }));
    new k8s.KubeDeployment(this, 'Resource', {
      metadata: metadata(this, name, component),
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: this.podLabels },
        template: {
          metadata: { labels: this.podLabels },
          spec: {
            serviceAccountName: name,
            automountServiceAccountToken: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: USER,
              runAsGroup: USER,
              fsGroup: USER,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [
              {
                name: 'provisioner',
                image: props.image,
                command: ['/bin/sh', '-c', loop(props)],
                ...(env.length > 0 ? { env } : {}),
                // ready when what is described is there
                readinessProbe: { exec: { command: ['test', '-f', '/tmp/provisioned'] }, periodSeconds: 5 },
                livenessProbe: {
                  exec: { command: ['/bin/sh', '-c', ALIVE] },
                  initialDelaySeconds: 60,
                  periodSeconds: 60,
                },
                resources: {
                  requests: { cpu: k8s.Quantity.fromString('10m'), memory: k8s.Quantity.fromString('64Mi') },
                  limits: { memory: k8s.Quantity.fromString('256Mi') },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
                volumeMounts: [
                  { name: 'script', mountPath: `${folder}/script`, readOnly: true },
                  ...volumes.map(([at]) => ({ name: at, mountPath: `${folder}/${at}`, readOnly: true })),
                  { name: 'tmp', mountPath: '/tmp' },
                ],
              },
            ],
            volumes: [
              { name: 'script', configMap: { name } },
              ...volumes.map(([at, volume]) => ({ ...volume, name: at })),
              { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('16Mi') } },
            ],
          },
        },
      },
    });
  }
}

/** Whether the loop has gone round lately. */
const ALIVE = `test $(($(date +%s) - $(cat /tmp/alive))) -lt ${HANGS_AFTER}`;

function loop({ folder, volumes, state = 'true' }: ProvisionerProps): string {
  const files = ['script', ...Object.keys(volumes)].map((at) => `${folder}/${at}/*`).join(' ');
  return `set -u
trap 'exit 0' TERM
applied=''
seconds=0
while true; do
  date +%s > /tmp/alive
  wanted=$({ cat ${files}; ${state}; } | sha256sum)
  if [ "$wanted" != "$applied" ] || [ "$seconds" -ge 300 ]; then
    seconds=0
    # a shell heeds a signal only while it waits
    sh -e ${folder}/script/provision.sh &
    if wait $!; then
      applied=$wanted
      touch /tmp/provisioned
    else
      applied=''
    fi
  fi
  sleep 5 &
  wait $!
  seconds=$((seconds + 5))
done
`;
}
