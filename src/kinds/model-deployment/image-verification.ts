import { Construct } from 'constructs';
import { publicAddresses } from '../../contracts/addresses';
import { canonicalJson } from '../../contracts/canonical-json';
import { gateVerdictType } from '../../contracts/gate-verdict';
import { ImageSigner } from '../../contracts/image-signer';
import { programFiles } from '../../contracts/programs';
import { Tier } from '../../contracts/tier';
import { inVariableOrder } from '../../contracts/variable-order';
import { CHILD, contentName } from '../child-names';
import { attestedPart, AttestedManifest, libraries } from './evidence';
import { addJob, addJobPolicy, IMAGE_VERIFICATION, JOB_CONTAINER } from './jobs';
import { DEPLOYMENT_IMAGES, ModelDeploymentSettings } from './settings';

type Json = { [key: string]: unknown };

/** Options of the verification of an image. */
export interface ImageVerificationProps {
  /** Name of the ModelDeployment. */
  readonly name: string;
  /** Namespace of the ModelDeployment. */
  readonly namespace: string;
  /** The image, with its digest. */
  readonly image: string;
  /** The manifest. */
  readonly manifest: AttestedManifest;
  /** The platform, with its signers. */
  readonly settings: ModelDeploymentSettings;
}

/** Containers of the verification, in their order, with what each shows. */
export const VERIFICATION_STEPS = {
  signature: 'is signed',
  sbom: 'has a signed SBOM',
  scan: 'has a signed scan for vulnerabilities',
  verdict: 'has a signed verdict of the policy gate',
  evidence: 'has a verdict of the evidence in the manifest',
} as const;

/** The user of cosign's image, `nonroot`. */
const USER = 65_532;
const REGISTRY_CONFIG = '/registry';
const STATEMENTS = '/tmp/verdict.json';

/** A minute and a half at most between two attempts at first, five minutes at last. */
const ATTEMPTS = { backoffLimit: 100, activeDeadlineSeconds: 3 * 3600 };

/**
 * Jobs that verify an image before it is deployed, one for each signer: one of them has to succeed. Sigstore's cosign verifies the signatures
 * of the image, of its SBOM, of its scan and of the gate's verdict; a program compares the verdict with the manifest. An image may be
 * signed a little after its manifest is applied, and a registry may be away, so a Job goes on trying for three hours.
 *
 * Everything that decides is in the template of the Job, which nobody can change: no ConfigMap that another could take the place of.
 */
export class ImageVerification extends Construct {
  /** Names of the Jobs, in the order of the signers. */
  public readonly jobNames: string[];

  public constructor(scope: Construct, id: string, props: ImageVerificationProps) {
    super(scope, id);
    const { name: deployment, namespace, settings } = props;
    const { signers = [], registry = {} } = settings;
    const egress = registry.egress ?? [publicAddresses([443])];
    // the roots of Sigstore
    const keyless = registry.egress !== undefined && signers.some(({ publicKey }) => publicKey === undefined);
    addJobPolicy(
      this,
      { deployment, namespace, component: IMAGE_VERIFICATION, ending: CHILD.DEPLOYMENT_VERIFICATION },
      [...egress, ...(keyless ? [publicAddresses([443])] : [])],
    );
    this.jobNames = signers.map((signer, at) => {
      const content = { ...ATTEMPTS, ...this.pod(props, signer) };
      const name = contentName(deployment, CHILD.DEPLOYMENT_VERIFICATION, [canonicalJson(content)]);
      addJob(this, `Job${at}`, {
        deployment,
        namespace,
        name,
        component: IMAGE_VERIFICATION,
        attempts: ATTEMPTS,
        restartPolicy: 'OnFailure',
        runAsUser: USER,
        tmpSize: '1Gi',
        ...this.pod(props, signer),
      });
      return name;
    });
  }

  private pod({ image, manifest, settings }: ImageVerificationProps, signer: ImageSigner) {
    const { registry = {}, cosignImage, pythonImage } = settings;
    const { secretName, serviceAccountName } = registry;
    const env = inVariableOrder(
      Object.entries({
        HOME: '/tmp',
        ...(signer.publicKey === undefined ? {} : { COSIGN_PUBLIC_KEY: signer.publicKey }),
        ...(secretName === undefined ? {} : { DOCKER_CONFIG: REGISTRY_CONFIG }),
      }).map(([name, value]) => ({ name, value })),
    );
    const mount = { name: 'registry', mountPath: REGISTRY_CONFIG, readOnly: true };
    const cosign = (name: string, ...args: string[]): Json => ({
      name,
      image: cosignImage ?? DEPLOYMENT_IMAGES.cosign,
      args: [...args, ...flagsOf(signer, settings), image],
      env,
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      ...JOB_CONTAINER,
      volumeMounts: [...JOB_CONTAINER.volumeMounts, ...(secretName === undefined ? [] : [mount])],
    });
    const attested = (name: string, type: string, file: string): Json =>
      cosign(name, 'verify-attestation', `--type=${type}`, `--output-file=${file}`);
    return {
      serviceAccountName,
      initContainers: [
        cosign('signature', 'verify', '--output-file=/tmp/signature.json'),
        attested('sbom', 'spdxjson', '/tmp/sbom.json'),
        attested('scan', 'vuln', '/tmp/scan.json'),
        attested('verdict', gateVerdictType(settings.tier ?? Tier.PRODUCTION), STATEMENTS),
      ],
      container: {
        name: 'evidence',
        image: pythonImage ?? DEPLOYMENT_IMAGES.python,
        command: ['python3', '-c', programFiles('model-jobs')['attested_evidence.py']],
        args: [STATEMENTS, canonicalJson(attestedPart(manifest)), ...libraries(manifest)],
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        ...JOB_CONTAINER,
      },
      volumes:
        secretName === undefined
          ? []
          : [
              {
                name: 'registry',
                secret: { secretName, items: [{ key: '.dockerconfigjson', path: 'config.json' }] },
              },
            ],
    };
  }
}

/** How cosign is told whose signature counts, and how the registry is reached. */
function flagsOf({ publicKey, issuer, subject }: ImageSigner, { registry = {} }: ModelDeploymentSettings): string[] {
  const who =
    publicKey === undefined
      ? [`--certificate-oidc-issuer=${issuer ?? ''}`, `--certificate-identity=${subject ?? ''}`]
      : // who holds the key need not publish what is signed
        ['--key=env://COSIGN_PUBLIC_KEY', '--insecure-ignore-tlog=true'];
  // logins of clouds, by the identity of the ServiceAccount; it asks no API server
  const login = registry.serviceAccountName === undefined ? [] : ['--k8s-keychain'];
  return [...who, ...login, ...((registry.plainHttp ?? false) ? ['--allow-http-registry'] : [])];
}
