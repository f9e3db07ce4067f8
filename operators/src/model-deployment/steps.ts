import { parseImage } from '../../../src/contracts/image-reference';
import { ImageVerification, VERIFICATION_STEPS } from '../../../src/kinds/model-deployment/image-verification';
import { FINAL } from '../../../src/kinds/model-deployment/jobs';
import { ModelRegistration, registeredName } from '../../../src/kinds/model-deployment/registration';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { memoized } from '../runtime/observed';
import { Preflight, Problems } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { render } from '../runtime/render';
import { gateCondition, grantedBy, grantOf, PAST_THE_POLICIES } from './gate';
import { jobNamed, JobSeen } from './jobs';
import { DeploymentContext, isServiceName } from './spec';
import { modelDeploymentSettings } from '../../../src/kinds/operators/kind-settings';

/** What comes before a version is deployed, and how far it is. */
export interface Steps {
  readonly image: ConditionReport;
  readonly gate: ConditionReport;
  readonly verified: Step;
  readonly registered: Step;
  /** What MLflow has of the model. */
  readonly registration?: Registration;
  /** What does the work. */
  readonly objects: readonly KubernetesObject[];
}

/** A step that is done, is being done, cannot be done as things are, or is refused for good. */
export interface Step {
  readonly state: 'Done' | 'Waits' | 'Runs' | 'Refused';
  readonly condition: ConditionReport;
}

/** A model in the registry, as the program that registered it says. */
export interface Registration {
  readonly name: string;
  readonly version: string;
  readonly run?: string;
  readonly url: string;
}

/** How far a manifest is on its way to being deployed. Each step waits for the one before; it is asked once a request. */
export const stepsOf: (context: Context) => Steps = memoized(findSteps, ({ children }) => children);

type Context = Omit<DeploymentContext, 'revisions'>;

function findSteps(context: Context): Steps {
  const image = imageCondition(context);
  const gate = gateCondition(context);
  const before = image.status === true && gate.status === true && isServiceName(context.name);
  const verified = before ? verification(context) : waits(VERIFIED, 'the image and the gate');
  const registered = isDone(verified) ? registration(context) : waits(REGISTERED, 'the verification of the image');
  return {
    image,
    gate,
    verified,
    registered,
    registration: registered.registration,
    objects: [...(verified.objects ?? []), ...(registered.objects ?? [])],
  };
}

/** A version is deployed when all steps are done. */
export function preflight(context: Context): Preflight {
  const { image, verified, registered, objects } = stepsOf(context);
  return { objects, passed: isDone(verified) && isDone(registered), condition: image };
}

function isDone({ state }: Step): boolean {
  return state === 'Done';
}

const VERIFIED = 'ImageVerified';
const REGISTERED = 'Registered';

interface StepWithObjects extends Step {
  readonly objects?: readonly KubernetesObject[];
  readonly registration?: Registration;
}

function waits(type: string, what: string): StepWithObjects {
  const message = `Waits for ${what}`;
  return { state: 'Waits', condition: { type, status: 'Unknown', reason: 'Waiting', message } };
}

function imageCondition({ spec }: Context): ConditionReport {
  const image = spec.serving?.image;
  return image === undefined
    ? {
        type: 'ImageAvailable',
        status: false,
        reason: 'NotBuilt',
        message: 'spec.serving.image is not set yet: the workflow that builds the image sets it',
      }
    : { type: 'ImageAvailable', status: true, reason: 'Given', message: `The image is ${image}` };
}

function verification(context: Context): StepWithObjects {
  const { name, namespace, spec, parent } = context;
  const settings = modelDeploymentSettings(context.settings);
  const image = spec.serving?.image ?? '';
  const type = VERIFIED;
  if ((settings.signers ?? []).length === 0) {
    const message = 'The platform names nobody whose signature an image must have';
    return { state: 'Done', condition: { type, status: true, reason: 'NotRequired', message } };
  }
  const grant = grantOf(context);
  if (grant) {
    return { state: 'Done', condition: { type, status: true, reason: PAST_THE_POLICIES, message: grantedBy(grant) } };
  }
  if (parseImage(image)?.digest === undefined) {
    const message = `spec.serving.image must have a digest, which is what is signed, got "${image}": write <image>@sha256:<digest>`;
    return { state: 'Refused', condition: { type, status: false, reason: 'NoDigest', message } };
  }
  let names: readonly string[] = [];
  const objects = render(namespace, new Problems(), (chart) => {
    names = new ImageVerification(chart, 'verification', { name, namespace, image, manifest: spec, settings }).jobNames;
  });
  const jobs = names.map((job) => jobNamed(context, job));
  const complete = jobs.find(({ state }) => state === 'Complete');
  if (complete) {
    const message = `${image} and what is attested of it are signed, and the evidence is that of the manifest`;
    return { state: 'Done', condition: { type, status: true, reason: 'Verified', message }, objects };
  }
  const said = jobs.map((job) => saidOf(job, image));
  // where there are several signers, each that has not signed says so
  const message = [...new Set(said.map((one) => one.message))].join('; ');
  const goesOn = jobs.some(({ state }) => state !== 'Failed');
  if (said.every(({ refused }) => refused)) {
    const again = goesOn ? 'It is looked at again every few minutes' : `Delete Job ${names.join(', ')} to look again`;
    const condition = { type, status: false, reason: said[0].reason, message: `${message}. ${again}` };
    return { state: 'Refused', condition, objects };
  }
  if (!goesOn) {
    const condition = gaveUp(parent, type, 'The image could not be verified', message, names);
    return { state: 'Refused', condition, objects };
  }
  const { reason } = said.find(({ refused }) => !refused) ?? said[0];
  return { state: 'Runs', condition: { type, status: 'Unknown', reason, message }, objects };
}

/** What a Job has found out so far. */
interface Said {
  readonly refused: boolean;
  readonly reason: string;
  readonly message: string;
}

/** Exit codes of cosign that mean that there is no such signature. */
const NOT_SIGNED = [10, 12, 13];
/** What it says of attestations that are not there; it ends with 1 whatever went wrong. */
const NOT_ATTESTED =
  /none of the attestations matched|no matching attestations|no matching signatures|no signatures found/i;

function saidOf(job: JobSeen, image: string): Said {
  const { last, trouble, name } = job;
  const step = Object.keys(VERIFICATION_STEPS).find((one) => one === last?.container);
  if (last && step !== undefined && last.exitCode !== 0) {
    const what = VERIFICATION_STEPS[step as keyof typeof VERIFICATION_STEPS];
    const why = last.message === '' ? `exit code ${last.exitCode}` : last.message;
    const refused =
      step === 'evidence'
        ? last.exitCode === FINAL
        : NOT_SIGNED.includes(last.exitCode) || NOT_ATTESTED.test(last.message);
    if (refused && step === 'evidence') return { refused, reason: 'EvidenceDiffers', message: why };
    if (refused) {
      const reason = step === 'signature' ? 'NotSigned' : 'NotAttested';
      return { refused, reason, message: `It cannot be shown that ${image} ${what}: ${why}` };
    }
    const message = `Whether ${image} ${what} cannot be seen now and is tried again: ${why}`;
    return { refused, reason: 'CannotBeVerified', message };
  }
  if (trouble)
    return { refused: false, reason: trouble.reason, message: `Job ${name} does not run: ${trouble.message}` };
  return { refused: false, reason: 'Verifying', message: `Job ${name} verifies ${image}` };
}

function registration(context: Context): StepWithObjects {
  const { name, namespace, spec, parent } = context;
  const settings = modelDeploymentSettings(context.settings);
  const type = REGISTERED;
  const { mlflowUrl } = settings;
  if (mlflowUrl === undefined) {
    const message = 'The platform has no MLflow';
    return { state: 'Done', condition: { type, status: true, reason: 'NotRequired', message } };
  }
  let jobName = '';
  const image = spec.serving?.image ?? '';
  const objects = render(namespace, new Problems(), (chart) => {
    const props = { name, namespace, image, manifest: spec, mlflowUrl, settings };
    jobName = new ModelRegistration(chart, 'registration', props).jobName;
  });
  const job = jobNamed(context, jobName);
  const { state, last, trouble } = job;
  if (state === 'Complete') {
    // the pod goes some day, and the message with it
    const found = registrationIn(context, mlflowUrl, last?.message) ?? registrationBefore(parent);
    const message = found
      ? `The model is version ${found.version} of ${found.name} in MLflow`
      : 'The model is registered in MLflow';
    const condition = { type, status: true, reason: 'Registered', message };
    return { state: 'Done', condition, objects, registration: found };
  }
  const why = last && last.exitCode !== 0 ? last.message : undefined;
  if (last?.exitCode === FINAL) {
    const condition = { type, status: false, reason: 'Clash', message: why || 'The version is registered already' };
    return { state: 'Refused', condition, objects };
  }
  if (state === 'Failed') {
    const said = why || job.failure || 'nothing says why';
    const condition = gaveUp(parent, type, 'The model could not be registered', said, [jobName]);
    return { state: 'Refused', condition, objects };
  }
  const runs = (reason: string, message: string): StepWithObjects => ({
    state: 'Runs',
    condition: { type, status: 'Unknown', reason, message },
    objects,
  });
  if (why) return runs('CannotBeRegistered', `${why}; it is tried again`);
  if (trouble) return runs(trouble.reason, `Job ${jobName} does not run: ${trouble.message}`);
  return runs('Registering', `Job ${jobName} registers the model`);
}

/** Of what the program says, the numbers; the rest is known. */
function registrationIn(
  { namespace, spec }: Context,
  mlflowUrl: string,
  message: string | undefined,
): Registration | undefined {
  try {
    const { version, run } = JSON.parse(message ?? '') as { readonly version?: unknown; readonly run?: unknown };
    if (typeof version !== 'string' || !/^[1-9][0-9]{0,15}$/.test(version)) return undefined;
    const name = registeredName(namespace, spec.model.name);
    const url = `${mlflowUrl.replace(/\/+$/, '')}/#/models/${encodeURIComponent(name)}/versions/${version}`;
    return { name, version, ...(typeof run === 'string' && /^[0-9a-f]{32}$/.test(run) ? { run } : {}), url };
  } catch {
    // it is cut, or something else
    return undefined;
  }
}

/** What the last report had, if it was of this spec. */
function registrationBefore({ status, metadata }: KubernetesObject): Registration | undefined {
  const before = status?.registration as Registration | undefined;
  return status?.observedGeneration === metadata.generation ? before : undefined;
}

const GAVE_UP = 'GaveUp';

/** The pod of a Job goes some day, or with the Job's end, and its message with it: what was said before it gave up stays. */
function gaveUp(
  parent: KubernetesObject,
  type: string,
  what: string,
  why: string,
  jobs: readonly string[],
): ConditionReport {
  const before = conditionOf(parent, type);
  const said = before?.observedGeneration === parent.metadata.generation ? before : undefined;
  const again = `Delete Job ${jobs.join(', ')} to try again`;
  const message =
    said?.reason === GAVE_UP && said.message !== undefined
      ? said.message
      : `${what}: ${said?.message ?? why}. ${again}`;
  return { type, status: false, reason: GAVE_UP, message };
}
