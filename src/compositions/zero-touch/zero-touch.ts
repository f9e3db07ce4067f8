import { Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { PlatformCrds } from '../../api';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { Environment } from '../../app/environment';
import { checked } from '../../contracts/checked';
import { ICluster } from '../../contracts/cluster';
import { onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { ImageSigner } from '../../contracts/image-signer';
import { NeuralPriorityClasses } from '../../constructs/scheduling';
import { Namespace, NamespaceQuota, Team } from '../../constructs/tenancy';
import { Personas, TenantPersonas } from '../../kinds/governance/personas';
import { PlatformPolicies } from '../../kinds/governance/platform-policies';
import { ModelPolicies } from '../../kinds/model-deployment/settings';
import { DataPlatform } from '../data-platform';
import { foundationOf, PlatformFoundationProps } from '../data-platform/foundation';
import { addOperators } from '../operators/operators';

/** Options of the zero-touch deployment of models. */
export interface ZeroTouchProps extends PlatformFoundationProps {
  /**
   * What the policy gate asks of a manifest, beside the bounds of the environment's tier in `policies/bounds/`.
   *
   * @default - the bounds of the tier
   */
  readonly modelPolicies?: ModelPolicies;
  /**
   * Who signs the images of models. An image that none of them has signed, or of which none has attested the verdict of the policy gate, is
   * neither admitted nor deployed.
   *
   * @default - images are not verified: in production a finding
   */
  readonly signers?: ImageSigner[];
  /**
   * Quota of `ml-inference`.
   *
   * @default - by tier
   */
  readonly quota?: NamespaceQuota;
  /**
   * URL of an MLflow that is there already, in which models are registered. The platform then installs none.
   *
   * @default - the platform's own
   */
  readonly mlflowUrl?: string;
  /**
   * Image of the hook server; operators/Dockerfile builds it.
   *
   * @default - that of this version of the library
   */
  readonly operatorsImage?: string;
  /**
   * How much the operator logs: `debug`, `info`, `warn` or `error`.
   *
   * @default 'info'
   */
  readonly logLevel?: string;
  /**
   * Group of the identity provider whose members administer the platform's kinds.
   *
   * @default 'platform-admins'
   */
  readonly platformAdminGroup?: string;
}
