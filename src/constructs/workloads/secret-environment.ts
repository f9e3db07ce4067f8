import { SecretVariable } from '../../contracts/backing-service';
import { Json } from './pod-template';

/** Variables of Secrets, as the JSON of a container has them. */
export function secretEnvironment(variables: readonly SecretVariable[] = []): Json[] {
  return variables.map(({ name, secretName, key, optional }) => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key, ...(optional ? { optional } : {}) } },
  }));
}
