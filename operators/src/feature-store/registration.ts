import { FeatureStoreSpec } from '../../../src/api/generated/feature-store';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { ReportContext } from '../runtime/operator';
import { lastWord } from './last-words';

/** Whether Feast's registry has the definitions, from the Job that applies them. */
export function registrationOf(context: ReportContext<FeatureStoreSpec>): ConditionReport {
  const { active, children, namespace } = context;
  const say = (status: ConditionReport['status'], reason: string, message: string): ConditionReport => ({
    type: 'Registered',
    status,
    reason,
    message,
  });
  const wished = active?.objects.find(({ kind }) => kind === 'Job');
  if (!wished) return say('Unknown', 'NoDefinitions', 'There are no definitions yet: the spec cannot be done');
  const { name } = wished.metadata;
  const job = children.find('batch/v1', 'Job', name, namespace);
  if (conditionOf(job, 'Complete')?.status === 'True') {
    return say(true, 'Registered', "The definitions are in Feast's registry");
  }
  const word = lastWord(context, ({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === name);
  const said = (word?.text ?? '').trim().split('\n').at(-1) ?? '';
  const why = said === '' ? '' : `: ${said.slice(0, 300)}`;
  if (conditionOf(job, 'Failed')?.status === 'True') {
    const mend = `correct the features or what they are kept in, or delete the Job ${name} to try again`;
    return say(false, 'RegistrationFailed', `Feast refuses the definitions, or reaches no registry${why}; ${mend}`);
  }
  const failed = word && word.exitCode !== 0 ? `; it failed so far${why}` : '';
  return say('Unknown', 'Registering', `The Job ${name} registers the definitions${failed}`);
}
