import type { RestClient } from './client';

/** Who wants to do what. */
export interface AccessQuestion {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly verb: string;
  /** API group of the resource. @default - the core group */
  readonly group?: string;
  /** Plural name, such as `pods`. */
  readonly resource: string;
  readonly subresource?: string;
  /** @default - all namespaces */
  readonly namespace?: string;
  /** @default - any name */
  readonly name?: string;
}

/** Whether the authorizer (RBAC) lets that user do it. Admission is not asked. */
export async function isAllowed(client: RestClient, question: AccessQuestion): Promise<boolean> {
  const { user, groups, ...resourceAttributes } = question;
  const review = await client.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    body: JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, resourceAttributes },
    }),
  });
  return review.status?.allowed === true;
}
