import { IConstruct } from 'constructs';
import { Environment } from './environment';

/**
 * What the constructs of some environments find wrong, from both trees, each with the construct's path; every message once.
 */
export function validationErrors(environments: Environment[]): string[] {
  const roots: IConstruct[] = environments.flatMap((environment) => [environment, ...environment._stacks()]);
  const errors = new Set<string>();
  for (const root of roots) {
    for (const construct of root.node.findAll()) {
      for (const message of construct.node.validate()) {
        // findings about another construct begin with its path already
        errors.add(message.startsWith('[') ? message : `[${construct.node.path}] ${message}`);
      }
    }
  }
  return [...errors].sort();
}
