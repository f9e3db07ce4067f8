import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { apiVersionOf } from '../../api/schema/schema';
import { VERIFIED_IMAGES } from '../../components/kyverno';
import { gateVerdictType } from '../../contracts/gate-verdict';
import { ImageSigner } from '../../contracts/image-signer';
import { Tier } from '../../contracts/tier';
import { ownLabel } from '../child-names';
import {
  BREAK_GLASS,
  BREAK_GLASS_BY,
  BREAK_GLASS_HOURS,
  BREAK_GLASS_TIME,
  BREAK_GLASS_UNTIL,
} from '../model-deployment/break-glass';

/** Public log of the signatures of identities. */
const REKOR = 'https://rekor.sigstore.dev';

/** What images are verified with. */
export interface ImageVerification {
  /** Who signs. */
  readonly signers: readonly ImageSigner[];
  /** Tier of the environment, by whose bounds the verdict must be. */
  readonly tier: Tier;
  /** Images of pods that are not verified. */
  readonly platformImages: readonly string[];
  /** Secret in Kyverno's namespace by which the registry is read. */
  readonly registrySecretName?: string;
  /** Whether the registry is read over HTTP. */
  readonly insecureRegistry: boolean;
}

type Spec = { readonly [key: string]: unknown };

interface Condition {
  readonly name: string;
  readonly expression: string;
}

interface Validation {
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

/**
 * The image of a ModelDeployment is signed, the gate's verdict on its model is attested of it, and what the manifest says of the model is
 * what the gate saw. One without an image serves nothing, and is let pass.
 */
export function deploymentPolicy(verification: ImageVerification): Spec {
  const each = (holds: string): string => `images.serving.all(image, ${holds})`;
  return {
    ...common(verification),
    matchConstraints: {
      namespaceSelector: { matchLabels: { [VERIFIED_IMAGES.key]: VERIFIED_IMAGES.value } },
      resourceRules: [rule(MODEL_DEPLOYMENT.group, MODEL_DEPLOYMENT.version, [MODEL_DEPLOYMENT.plural])],
    },
    matchConditions: [...CHANGES, { name: 'not-past-the-policies', expression: `!(${isGranted('object')})` }],
    images: [{ name: 'serving', expression: 'object.spec.?serving.?image.optMap(image, [image]).orValue([])' }],
    variables: [{ name: 'verdict', expression: 'extractPayload(images.serving[0], attestations.verdict).predicate' }],
    validations: [
      signed(each(isSigned(verification)), 'spec.serving.image', 'images.serving'),
      attested(each(isAttested(verification)), 'spec.serving.image', 'images.serving'),
      ...AS_ATTESTED.map(({ field, same }) => ({
        expression: `size(images.serving) == 0 || (${same})`,
        message: `${field}: is not what was attested of the image: deploy the manifest that the workflow judged, or have the workflow judge this one`,
      })),
    ],
  };
}

/** Every image of a pod is signed, and the gate's verdict on its model is attested of it. */
export function podPolicy(verification: ImageVerification): Spec {
  const all = '(images.containers + images.initContainers + images.ephemeralContainers)';
  const each = (holds: string): string => `${all}.all(image, ${holds})`;
  const { platformImages } = verification;
  return {
    ...common(verification),
    ...(platformImages.length > 0
      ? { matchImageReferences: [{ expression: `!(ref in ${texts(platformImages)})` }] }
      : {}),
    matchConstraints: {
      namespaceSelector: { matchLabels: { [VERIFIED_IMAGES.key]: VERIFIED_IMAGES.value } },
      resourceRules: [rule('', 'v1', ['pods', 'pods/ephemeralcontainers'])],
    },
    matchConditions: [...CHANGES, { name: 'not-past-the-policies', expression: `!(${isOfGranted(platformImages)})` }],
    validations: [
      signed(each(isSigned(verification)), 'spec', all),
      attested(each(isAttested(verification)), 'spec', all),
      {
        expression: each('extractPayload(image, attestations.verdict).predicate.allowed == true'),
        message: 'spec: the gate has refused the model of an image: have a manifest judged that keeps the policies',
      },
    ],
  };
}

function common({ signers, tier, registrySecretName, insecureRegistry }: ImageVerification): Spec {
  const credentials = {
    ...(registrySecretName === undefined ? {} : { secrets: [registrySecretName] }),
    ...(insecureRegistry ? { allowInsecureRegistry: true } : {}),
  };
  return {
    failurePolicy: 'Fail',
    validationActions: ['Deny'],
    evaluation: { admission: { enabled: true }, background: { enabled: false } },
    // pods are judged themselves
    autogen: { podControllers: { controllers: [] } },
    webhookConfiguration: { timeoutSeconds: 20 },
    // what is not pinned is refused, and not pinned to what a tag is now
    validationConfigurations: { mutateDigest: false, required: true, verifyDigest: true },
    matchImageReferences: [{ glob: '*' }],
    ...(Object.keys(credentials).length > 0 ? { credentials } : {}),
    attestors: signers.map((signer, at) => ({ name: nameOf(at), cosign: attestor(signer) })),
    attestations: [{ name: 'verdict', intoto: { type: gateVerdictType(tier) } }],
  };
}

function nameOf(signer: number): string {
  return `signer${signer}`;
}

function attestor({ publicKey, issuer, subject }: ImageSigner): Spec {
  return publicKey === undefined
    ? { keyless: { identities: [{ issuer, subject }] }, ctlog: { url: REKOR } }
    : // a key of the organization, of whose signatures no public log tells
      { key: { data: publicKey }, ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true } };
}

function attestors({ signers }: ImageVerification): string {
  return `[${signers.map((_, at) => `attestors.${nameOf(at)}`).join(', ')}]`;
}

function isSigned(verification: ImageVerification): string {
  return `verifyImageSignatures(image, ${attestors(verification)}) > 0`;
}

function isAttested(verification: ImageVerification): string {
  return `verifyAttestationSignatures(image, attestations.verdict, ${attestors(verification)}) > 0`;
}

function signed(expression: string, field: string, images: string): Validation {
  const message = `'${field}: no signer of the platform has signed ' + ${images}.join(', ') + ': deploy an image that the workflow has pushed'`;
  return { expression, messageExpression: message };
}

function attested(expression: string, field: string, images: string): Validation {
  const message = `'${field}: no signer of the platform has attested the verdict of the gate of ' + ${images}.join(', ') + ': deploy an image that the workflow has pushed'`;
  return { expression, messageExpression: message };
}

/** A field, and whether it is what the gate saw. */
interface AsAttested {
  readonly field: string;
  readonly same: string;
}

const AS_ATTESTED: readonly AsAttested[] = [
  { field: 'spec', same: 'variables.verdict.allowed == true' },
  {
    field: 'spec.model',
    same: 'variables.verdict.model.name == object.spec.model.name && variables.verdict.model.version == object.spec.model.version',
  },
  { field: 'spec.metrics', same: 'variables.verdict.metrics == object.spec.metrics' },
  ...['fairness', 'drift'].map((block) => ({
    field: `spec.${block}`,
    same: `variables.verdict.?${block}.orValue({}) == object.spec.?${block}.orValue({})`,
  })),
  { field: 'spec.dependencies', same: sameList('variables.verdict.?dependencies', 'object.spec.?dependencies') },
  {
    field: 'spec.model.artifact.sha256',
    same: `variables.verdict.?sha256.orValue('') == object.spec.model.?artifact.?sha256.orValue('')`,
  },
];

/** In any order: the API server keeps that of whoever wrote the list first. */
function sameList(a: string, b: string): string {
  const [left, right] = [a, b].map((list) => `${list}.orValue([])`);
  return `size(${left}) == size(${right}) && ${left}.all(one, ${right}.exists(other, other == one))`;
}

/** New, or with another spec: metadata and what is being deleted are let pass. */
const CHANGES: readonly Condition[] = [
  { name: 'not-being-deleted', expression: '!has(object.metadata.deletionTimestamp)' },
  { name: 'spec-changes', expression: `request.operation == 'CREATE' || object.spec != oldObject.spec` },
];

/** Whether a ModelDeployment has a grant that counts now; who may give one is said by another policy. */
function isGranted(object: string): string {
  const value = (key: string): string => `${object}.metadata.annotations['${key}']`;
  const keys = [BREAK_GLASS, BREAK_GLASS_UNTIL, BREAK_GLASS_BY];
  const end = `timestamp(${value(BREAK_GLASS_UNTIL)})`;
  return [
    `has(${object}.metadata.annotations)`,
    ...keys.map((key) => `'${key}' in ${object}.metadata.annotations`),
    `${value(BREAK_GLASS_UNTIL)}.matches('${BREAK_GLASS_TIME}')`,
    `${end} > time.now()`,
    `${end} - time.now() <= duration('${BREAK_GLASS_HOURS}h')`,
  ].join(' && ');
}

/** Whether a pod is one of a ModelDeployment with such a grant, and runs its image. */
function isOfGranted(platformImages: readonly string[]): string {
  const [label] = Object.keys(ownLabel('model-deployment', ''));
  const labels = 'object.metadata.labels';
  const get = `resource.Get('${apiVersionOf(MODEL_DEPLOYMENT)}', '${MODEL_DEPLOYMENT.plural}', request.namespace, ${labels}['${label}'])`;
  const images = ['containers', 'initContainers', 'ephemeralContainers']
    .map((list) => `object.spec.?${list}.orValue([])`)
    .join(' + ');
  const runs = `(${images}).all(c, c.image in ${texts(platformImages)} || c.image == owner.spec.?serving.?image.orValue(''))`;
  return `has(${labels}) && '${label}' in ${labels} && [${get}].exists(owner, ${isGranted('owner')} && ${runs})`;
}

function rule(apiGroup: string, apiVersion: string, resources: readonly string[]): Spec {
  return { apiGroups: [apiGroup], apiVersions: [apiVersion], operations: ['CREATE', 'UPDATE'], resources };
}

function texts(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(', ')}]`;
}
