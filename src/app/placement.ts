import { ApiObject, Chart } from 'cdk8s';
import { TerraformElement, TerraformStack } from 'cdktf';
import { IConstruct } from 'constructs';
import { findEnvironment } from '../contracts/environment-scope';
import { fail } from '../contracts/errors';
import { IEnvironment } from '../contracts/environment';

/**
 * Constructs that no file would hold, since they are in the wrong tree or in no environment: Terraform's belong in the stacks,
 * objects of Kubernetes in the charts.
 *
 * @param environments those that are synthesized; what is in another one is left for its own synthesis
 * @returns what is wrong, with the path of the construct
 */
export function misplacedConstructs(
  kubernetes: IConstruct,
  terraform: IConstruct,
  environments: readonly IEnvironment[],
): string[] {
  return [...misplacedIn(kubernetes, kubernetesProblem), ...misplacedIn(terraform, terraformProblem)].flatMap(
    ({ construct, problem }) => {
      const environment = findEnvironment(construct);
      if (environment && !environments.includes(environment)) return [];
      return [`[${construct.node.path}] ${nameOf(construct)}: ${problem}`];
    },
  );
}

interface Misplaced {
  readonly construct: IConstruct;
  readonly problem: string;
}

type ProblemOf = (construct: IConstruct) => string | undefined;

/** The topmost constructs that are wrong where they are. */
function misplacedIn(construct: IConstruct, problemOf: ProblemOf): Misplaced[] {
  const problem = problemOf(construct);
  if (problem !== undefined) return [{ construct, problem }];
  return construct.node.children.flatMap((child) => misplacedIn(child, problemOf));
}

function kubernetesProblem(construct: IConstruct): string | undefined {
  if (isTerraform(construct)) {
    return 'is among Kubernetes objects, which Terraform does not see; make it in environment.infrastructure, or in environment.bootstrap';
  }
  if (!isKubernetes(construct) || findEnvironment(construct)) return undefined;
  return 'is in no environment, so that nothing writes it; make it with environment.addChart(), or below a chart of that';
}

function terraformProblem(construct: IConstruct): string | undefined {
  if (isKubernetes(construct)) {
    return 'is in a Terraform stack, which does not write it; make it with environment.addChart(), or give it to environment.addBootstrapManifest()';
  }
  if (!isTerraform(construct) || findEnvironment(construct)) return undefined;
  return 'is in no environment, so that nothing writes it; make what is in it in environment.infrastructure, or write it with an App of its own';
}

function isTerraform(construct: IConstruct): boolean {
  return TerraformElement.isTerraformElement(construct) || TerraformStack.isStack(construct);
}

function isKubernetes(construct: IConstruct): boolean {
  return ApiObject.isApiObject(construct) || Chart.isChart(construct);
}

function nameOf(construct: IConstruct): string {
  const { terraformResourceType } = construct as { terraformResourceType?: string };
  return terraformResourceType ?? construct.constructor.name;
}

/** Trees whose objects are told where they belong. */
const EXPLAINED = new WeakSet<IConstruct>();

/**
 * Has objects that are made in no chart refused with their path and with what to do, in two trees. Otherwise cdk8s throws, from within
 * the object's constructor, an error that says neither.
 */
export function explainMissingCharts(...roots: IConstruct[]): void {
  roots.forEach((root) => EXPLAINED.add(root));
  if (Chart.of === chartOf) return;
  cdk8sChartOf = Chart.of.bind(Chart);
  // cdk8s has no other place to hook in: an object asks for its chart before anybody else sees it
  Chart.of = chartOf;
}

let cdk8sChartOf: typeof Chart.of;

function chartOf(construct: IConstruct): Chart {
  const { scopes, root } = construct.node;
  if (!EXPLAINED.has(root) || scopes.some((scope) => Chart.isChart(scope))) return cdk8sChartOf(construct);
  // a user made the topmost of those that are below the environment or the stack
  const below = scopes.findIndex((scope) => findEnvironment(scope)) + 1;
  const made = scopes[below === 0 ? 1 : below] ?? construct;
  return fail(
    made,
    'scope',
    'must be a chart, or in one',
    made.node.scope === root ? 'the app' : made.node.scope?.node.path,
    'make it in a chart of environment.addChart(id)',
  );
}
