import { KINDS } from '../../../src/api/kinds';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { validObject } from '../../api/support/corpus';
import type { Identity, KubernetesObject } from '../types';
import { ADA, describeGovernance, DORA, FRED, MALIK, OPERATOR, RUTH } from './support';

describeGovernance('approval of deployments', (cluster) => {
  const approved = (observedGeneration?: number): Record<string, unknown> => ({
    conditions: [{ type: 'Approved', status: 'True', reason: 'Reviewed', message: 'fair enough', observedGeneration }],
  });
  let deployment: KubernetesObject;

  beforeAll(async () => {
    const kind = KINDS.find((one) => one.kind === 'ModelDeployment');
    if (!kind) throw new Error('no such kind');
    deployment = {
      ...validObject(kind),
      apiVersion: apiVersionOf(kind),
      metadata: { name: 'a', namespace: 'vision' },
    };
    deployment = await cluster().create(deployment, { asUser: MALIK });
    const ref = { apiVersion: deployment.apiVersion, kind: 'ModelDeployment', name: 'a', namespace: 'vision' };
    const ready = { type: 'Ready', status: 'False', reason: 'Waiting' };
    const status = { phase: 'Validating', conditions: [ready] };
    deployment = await cluster().patch(ref, { status }, { asUser: OPERATOR, subresource: 'status' });
  });

  const approve = async (
    status: Record<string, unknown>,
    asUser: Identity,
  ): Promise<{ message: string; code: number }> => {
    const { apiVersion, kind } = deployment;
    const object = { apiVersion, kind, metadata: { name: 'a', namespace: 'vision' }, status };
    const path = await cluster().rest.objectPath({ apiVersion, kind, name: 'a', namespace: 'vision' });
    const answer = await cluster().rest.request('PATCH', `${path}/status`, {
      body: JSON.stringify(object),
      contentType: 'application/apply-patch+yaml',
      asUser,
      query: { fieldManager: 'review', force: true, dryRun: 'All' },
    });
    return { code: answer.code, message: (answer.body as { message?: string }).message ?? '' };
  };

  test('a reviewer sets the condition beside those of the operator', async () => {
    expect(await approve(approved(1), RUTH)).toEqual({ code: 200, message: '' });
  });

  test('for the object as it is now', async () => {
    for (const generation of [undefined, 2]) {
      const { code, message } = await approve(approved(generation), RUTH);
      expect(code).toBe(403);
      expect(message).toContain(
        'status.conditions: set observedGeneration of the condition Approved to 1, after you have looked at the object as it is now',
      );
    }
  });

  test.each([
    ['phase', { phase: 'Serving' }],
    ['another condition', { conditions: [{ type: 'Ready', status: 'True' }] }],
    ['image', { image: 'registry.example.com/other:1' }],
    ['the gate’s verdict', { policies: [{ name: 'fairness', passed: true }] }],
  ])('and no %s', async (_, status) => {
    const { code, message } = await approve(status, RUTH);
    expect(code).toBe(403);
    expect(message).toContain('status: set the condition Approved and nothing else');
  });

  test('no one else does, and the operator writes what it has observed', async () => {
    for (const other of [DORA, MALIK, FRED, ADA]) {
      const { code, message } = await approve(approved(1), other);
      expect(code).toBe(403);
      expect(message).toContain('cannot patch resource "modeldeployments/status"');
    }
    expect(await approve({ phase: 'Serving' }, OPERATOR)).toEqual({ code: 200, message: '' });
  });
});
