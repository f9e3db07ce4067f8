import { Construct } from 'constructs';
import { MLWorkflowSpec, StageType } from '../../api/generated/ml-workflow';
import { fail } from '../../contracts/errors';

/*
 * Argo Workflows looks for `{{...}}` in every text of a template, keys of maps and manifests included, and computes what begins with
 * `{{=`: in its controller, which all tenants share. What a variable gives is put into the text as it is. So a text of a spec holds
 * none but the few below, whose values are names and times that Kubernetes has checked, and none where the text is part of a manifest.
 *
 * Source: https://argo-workflows.readthedocs.io/en/latest/variables/
 */

/** The name of the run, where Argo fills it in. */
export const RUN_NAME = '{{workflow.name}}';

/** Variables that commands, arguments and environments of containers may hold. */
export const USER_VARIABLES = [
  'workflow.name',
  'workflow.namespace',
  'workflow.uid',
  'workflow.creationTimestamp',
] as const;

/** Stages whose containers are those of an Argo template: what they say is in no manifest. */
const CONTAINERS: readonly StageType[] = [StageType.PYTHON_JOB, StageType.CONTAINER, StageType.EVALUATION];

/** Fields of a stage that may hold them. */
const OPEN_FIELDS = /^config\.(command|arguments|environment)[.[]/;

/**
 * Refuses a spec with a text that Argo would fill in or compute. Scripts are files, which Argo does not read.
 *
 * @throws InvalidInputError naming the field
 */
export function checkVariables(scope: Construct, spec: MLWorkflowSpec): void {
  const { stages, ...rest } = spec;
  for (const { prop, text } of textsOf(rest, '')) if (text.includes('{{')) refuse(scope, prop, text);
  for (const [index, stage] of stages.entries()) {
    for (const { prop, text, isKey } of textsOf(stage, '')) {
      if (prop === 'config.script') continue;
      const isOpen = !isKey && CONTAINERS.includes(stage.type) && OPEN_FIELDS.test(prop);
      const left = isOpen ? withoutVariables(text) : text;
      if (left.includes('{{')) refuse(scope, `stages[${index}].${prop}`, text, isOpen);
    }
  }
}

/**
 * The figures of a stage, as an argument for the next. Its program wrote them; in letters and digits they cannot be taken for a
 * variable when Argo fills in the template that they are given to.
 */
export function figuresOf(stage: string): string {
  return `{{=toBase64(tasks['${stage}'].outputs.parameters.metrics)}}`;
}

function refuse(scope: Construct, prop: string, text: string, isOpen = false): never {
  const known = USER_VARIABLES.map((name) => `{{${name}}}`).join(', ');
  const rule = isOpen ? `must have no variable of Argo but ${known}` : "must have no '{{'";
  const fix = isOpen
    ? 'leave others out, and have the program compute what it needs'
    : 'use the environment of the program, such as WORKFLOW_RUN';
  fail(scope, prop, `${rule}: Argo would fill it in, or compute it`, text, fix);
}

/** A brace before a variable stays one of two: there the name would begin with it. */
function withoutVariables(text: string): string {
  return USER_VARIABLES.reduce((left, name) => left.replaceAll(`{{${name}}}`, '\0'), text).replaceAll('{\0', '{{');
}

/** A text of a spec, or a key of a map. */
interface Text {
  readonly prop: string;
  readonly text: string;
  readonly isKey?: true;
}

function textsOf(value: unknown, prop: string): Text[] {
  if (typeof value === 'string') return [{ prop, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsOf(item, `${prop}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const at = prop === '' ? key : `${prop}.${key}`;
    return [{ prop: at, text: key, isKey: true as const }, ...textsOf(field, at)];
  });
}
