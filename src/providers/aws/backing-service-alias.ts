import { PodSecurityLevel } from '../../contracts/component';
import { BACKING_SERVICES_NAMESPACE } from '../../contracts/names';
import type { AwsEnvironment } from './aws-environment';

/**
 * Gives a service outside the cluster the DNS name `<name>.backing-services.svc.cluster.local`, which it has on every
 * provider, and publishes its real one as `<name>.endpoint`.
 *
 * Certificates name the real host only, so that clients can check who signed one, but not whom it was given to.
 *
 * @returns the name
 */
export function addAlias(aws: AwsEnvironment, name: string, endpoint: string): string {
  aws.environment.requireNamespace(BACKING_SERVICES_NAMESPACE, PodSecurityLevel.RESTRICTED);
  aws.environment.addBootstrapManifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: BACKING_SERVICES_NAMESPACE,
      labels: {
        'app.kubernetes.io/name': name,
        'app.kubernetes.io/component': 'backing-service',
        'app.kubernetes.io/part-of': 'ml-platform',
      },
    },
    spec: { type: 'ExternalName', externalName: endpoint },
  });
  aws.environment.publishValue(`${name}.endpoint`, endpoint);
  return `${name}.${BACKING_SERVICES_NAMESPACE}.svc.cluster.local`;
}
