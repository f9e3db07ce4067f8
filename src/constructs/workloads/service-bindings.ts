import { IConstruct } from 'constructs';
import { SecretVariable, ServiceBinding } from '../../contracts/backing-service';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { ServiceUse } from './service-use';

/** Environment variables that the user of a workload gives. */
export interface OwnVariables {
  readonly variables?: { [name: string]: string };
  readonly secretVariables?: SecretVariable[];
}

/**
 * Binds a workload to services and joins what they give with the workload's own variables, which come last.
 *
 * @throws InvalidInputError when a variable is malformed, or would have two values
 */
export function bindServices(
  owner: IConstruct,
  identity: IWorkloadIdentity,
  uses: ServiceUse[],
  own: OwnVariables,
): ServiceBinding {
  const variables = new Map<string, string>();
  const secretVariables = new Map<string, SecretVariable>();
  const sources = new Map<string, string>();
  const egress = [];
  const namespaceLabels: { [key: string]: string } = {};

  const claim = (name: string, value: string, source: string): void => {
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
      fail(owner, 'variables', 'must have names of letters, digits and underscores', name, 'rename the variable');
    }
    const before = sources.get(name);
    if (before !== undefined && before !== value) {
      fail(owner, 'variables', 'must have one value each', name, `rename your variable; ${source} sets it too`);
    }
    sources.set(name, value);
  };
  const add = (binding: Pick<ServiceBinding, 'variables' | 'secretVariables'>, source: string): void => {
    for (const [name, value] of Object.entries(binding.variables)) {
      claim(name, JSON.stringify(value), source);
      variables.set(name, value);
    }
    for (const variable of binding.secretVariables) {
      claim(variable.name, JSON.stringify([variable.secretName, variable.key]), source);
      secretVariables.set(variable.name, variable);
    }
  };

  add({ variables: own.variables ?? {}, secretVariables: own.secretVariables ?? [] }, 'secretVariables');
  const ownNames = [...variables.keys()];
  for (const { service, access } of uses) {
    const binding = service.bind(identity, access);
    add(binding, `the backing service "${service.serviceName}"`);
    egress.push(...binding.egress);
    for (const [key, value] of Object.entries(binding.namespaceLabels)) namespaceLabels[key] = value;
  }
  // a variable can refer to those before it: the user's own to the bound ones
  const ordered = [
    ...[...variables].filter(([name]) => !ownNames.includes(name)),
    ...[...variables].filter(([name]) => ownNames.includes(name)),
  ];
  return {
    variables: Object.fromEntries(ordered),
    secretVariables: [...secretVariables.values()],
    egress,
    namespaceLabels,
  };
}
