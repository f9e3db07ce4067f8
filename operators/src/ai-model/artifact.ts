import { ModelArtifactCheck } from '../../../src/kinds/ai-model/artifact-check';
import { ConditionReport } from '../runtime/conditions';
import { Preflight, Problems } from '../runtime/operator';
import { render } from '../runtime/render';
import { lastWordOf, stateOf } from './jobs';
import { ModelContext, servingSettings } from './model-context';

/** Ends of the check's container: see `artifact-check.ts`. */
const NOTHING_THERE = 3;

/**
 * Looks whether the model is where the spec says, before the objects of a new spec are made. A Job does it, since a hook reaches
 * nothing and the operator may read none of the tenant's buckets.
 */
export function checkArtifact(context: ModelContext): Preflight {
  const { name, namespace, spec, settings } = context;
  const { location } = spec.storage;
  const serving = servingSettings(settings);
  const unchecked = (reason: string, message: string): Preflight => ({
    objects: [],
    passed: true,
    condition: condition('Unknown', reason, message),
  });
  if (spec.rollbackTo !== undefined) {
    return unchecked('RolledBack', 'The location of the spec is not looked at while an older version is served');
  }
  if (!(serving.storage?.checkArtifacts ?? true)) {
    return unchecked('ChecksAreOff', 'The platform does not look whether models are there before it serves them');
  }
  if (!ModelArtifactCheck.canCheck(location)) {
    return unchecked('CannotBeChecked', `Whether there is something at ${location} shows when the server starts`);
  }
  let job = '';
  // a name that makes no objects is a problem of the spec, which is told by its own objects
  const objects = render(namespace, new Problems(), (chart) => {
    job = new ModelArtifactCheck(chart, 'check', { name, namespace, spec, settings: serving }).jobName;
  });
  const said = lastWordOf(context, job);
  const message = said?.message ? ` (${said.message})` : '';
  const state = stateOf(context.children.find('batch/v1', 'Job', job, namespace));
  if (state === 'Complete') {
    return { objects, passed: true, condition: condition('True', 'Found', `There is something at ${location}`) };
  }
  const again = state === 'Failed' ? `delete the Job ${job} to look again` : 'it is looked for again every few minutes';
  if (said?.exitCode === NOTHING_THERE) {
    const text = `There is nothing at ${location}: upload the model or correct spec.storage.location; ${again}`;
    return { objects, passed: false, condition: condition('False', 'NotFound', text) };
  }
  if (state === 'Failed' || (said?.exitCode !== undefined && said.exitCode !== 0)) {
    const text = `${location} cannot be read${message}: see that the bucket exists and that the ServiceAccount or spec.storage.secretRef may read it; ${again}`;
    return { objects, passed: false, condition: condition('False', 'CannotBeRead', text) };
  }
  const text = `The Job ${job} looks whether there is something at ${location}`;
  return { objects, passed: false, condition: condition('Unknown', 'Checking', text) };
}

function condition(status: ConditionReport['status'], reason: string, message: string): ConditionReport {
  return { type: 'ArtifactAvailable', status, reason, message };
}
