import { ApiObject, Chart, Lazy } from 'cdk8s';
import { externalSecrets, EXTERNAL_SECRETS_IDENTITY } from '../../components/external-secrets';
import { Access } from '../../contracts/backing-service';
import { ComponentRegistry } from '../../contracts/component-registry';
import type { AwsEnvironment } from './aws-environment';
import type { EksCluster } from './eks-cluster';

const STORE = 'aws-secrets-manager';

/** A password that RDS manages, and where it is to be copied. */
export interface DatabaseCredentialsProps {
  /** Name of the database. */
  readonly serviceName: string;
  /** Name of the Secret in each namespace. */
  readonly secretName: string;
  /** Label of the namespaces that get it. */
  readonly namespaceLabels: { [key: string]: string };
  /** ARN of the secret in Secrets Manager. */
  readonly secretArn: string;
  /** ARN of the key that it is encrypted with. */
  readonly keyArn: string;
}

/**
 * Delivers the passwords that RDS keeps in Secrets Manager to the namespaces that are bound to a database. They are in no
 * Terraform state and in no manifest: the External Secrets Operator reads them with a role that may read nothing else.
 *
 * Only namespaces that are bound to some database may use the store at all.
 */
export class DatabaseCredentials {
  private readonly selectors: { matchLabels: { [key: string]: string } }[] = [];

  public constructor(private readonly aws: AwsEnvironment) {
    ComponentRegistry.of(aws.environment).require(externalSecrets());
    const chart = new Chart(aws.environment, 'secret-store', { disableResourceNameHashes: true });
    new ApiObject(chart, 'store', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterSecretStore',
      metadata: {
        name: STORE,
        labels: { 'app.kubernetes.io/name': STORE, 'app.kubernetes.io/part-of': 'ml-platform' },
      },
      spec: {
        // no auth: the operator's own role, which it has through Pod Identity
        provider: { aws: { service: 'SecretsManager', region: aws.region } },
        conditions: Lazy.any({ produce: () => this.selectors.map((namespaceSelector) => ({ namespaceSelector })) }),
      },
    });
  }

  /** Has the credentials of one database copied. */
  public deliver(cluster: EksCluster, props: DatabaseCredentialsProps): void {
    const { serviceName, secretName, secretArn, keyArn, namespaceLabels } = props;
    this.selectors.push({ matchLabels: namespaceLabels });
    this.aws.workloadRoles.of(cluster, EXTERNAL_SECRETS_IDENTITY).grant(`secret-${serviceName}`, Access.READ, [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: secretArn,
      },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: keyArn,
        Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${this.aws.region}.amazonaws.com` } },
      },
    ]);
    this.aws.environment.addBootstrapManifest({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterExternalSecret',
      metadata: {
        name: secretName,
        labels: { 'app.kubernetes.io/name': serviceName, 'app.kubernetes.io/part-of': 'ml-platform' },
      },
      spec: {
        externalSecretName: secretName,
        namespaceSelectors: [{ matchLabels: namespaceLabels }],
        refreshTime: '1m',
        externalSecretSpec: {
          // RDS changes the password every seven days; a pod that starts in these five minutes has to start again
          refreshInterval: '5m',
          secretStoreRef: { kind: 'ClusterSecretStore', name: STORE },
          target: { name: secretName, creationPolicy: 'Owner' },
          data: ['username', 'password'].map((property) => ({
            secretKey: property,
            remoteRef: { key: secretArn, property },
          })),
        },
      },
    });
  }
}
