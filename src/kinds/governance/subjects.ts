import { IConstruct } from 'constructs';
import { fail } from '../../contracts/errors';

/** API group of roles and bindings. */
export const RBAC = 'rbac.authorization.k8s.io';

/** Refuses a group that cannot be one of the identity provider. */
export function checkGroup(where: IConstruct, prop: string, name: string): string {
  if (name.trim() === '' || name.startsWith('system:')) {
    fail(
      where,
      prop,
      'must be a group of the identity provider',
      name,
      'name a group of your own; those that start with system: are built in',
    );
  }
  return name;
}
