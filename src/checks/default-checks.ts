import { ICheck } from './check';
import { CustomResourceCheck } from './custom-resource-check';
import { DuplicateObjectCheck } from './duplicate-object-check';
import { ImageTagCheck } from './image-tag-check';
import { NetworkPolicyCheck } from './network-policy-check';
import { PodSecurityCheck } from './pod-security-check';
import { ReferencesCheck } from './references-check';
import { ResourcesCheck } from './resources-check';

/** The checks that every environment runs. A new check is a file of its own and one line here. */
export function defaultChecks(): ICheck[] {
  return [
    new DuplicateObjectCheck(),
    new ReferencesCheck(),
    new CustomResourceCheck(),
    new ImageTagCheck(),
    new ResourcesCheck(),
    new PodSecurityCheck(),
    new NetworkPolicyCheck(),
  ];
}
