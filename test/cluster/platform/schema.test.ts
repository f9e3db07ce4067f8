import fc from 'fast-check';
import { MetadataCheck } from '../../../src/checks/metadata-check';
import { ManifestGraph } from '../../../src/checks/manifest-graph';
import { SchemaCheck } from '../../../src/checks/schema-check';
import { App } from 'cdk8s';
import { CONTEXT, Json } from '../../checks/graph';
import { FIELD_CASES, NAME_CASES, NOT_SERVED } from '../../checks/schema-cases';
import { goodObjects, Mutation, mutationsOf } from '../../checks/schema-mutations';
import { describeCluster } from '../connect';
import { KubernetesObject } from '../types';

const SEED = Number(process.env.FUZZ_SEED ?? 20261128);
const RUNS = Number(process.env.FUZZ_RUNS ?? 800);

/** What the API server says when it cannot read an object, before it looks at what the object means. */
const NOT_READ =
  /failed to (create typed patch|convert)|unable to (convert|decode)|unknown field|cannot unmarshal|strict decoding/;

/** What the checks find in an object that is applied as it is. */
function found(object: Json): string[] {
  const graph = ManifestGraph.of(new App(), { ...CONTEXT, manifests: [object], kubernetesVersion: '1.35' });
  return [new SchemaCheck(), new MetadataCheck()].flatMap((check) => check.check(graph)).map(({ message }) => message);
}

describeCluster('the schema check agrees with the API server', (cluster) => {
  let namespace: string;

  beforeAll(async () => {
    namespace = await cluster.freshNamespace();
  });

  async function refusal(object: Json): Promise<string> {
    const [result] = await cluster.apply([object as unknown as KubernetesObject], { dryRun: true });
    return result.ok ? '' : result.message;
  }

  function inNamespace(object: Json): Json {
    return { ...object, metadata: { ...(object.metadata as Json), namespace } };
  }

  test.each([...NOT_SERVED, ...FIELD_CASES, ...NAME_CASES].map((one) => [one.what, one] as const))(
    '%s',
    async (_, one) => {
      const isClusterScoped = one.object.kind === 'CustomResourceDefinition';
      const message = await refusal(isClusterScoped ? one.object : inNamespace(one.object));
      expect({ refused: message !== '', message }).toEqual({ refused: one.finds.length > 0, message });
    },
  );

  test('it finds nothing in objects that the API server takes', async () => {
    const good = goodObjects(namespace);
    expect(await Promise.all(good.map(refusal))).toEqual(good.map(() => ''));
    expect(good.flatMap(found)).toEqual([]);
  });

  test('random mistakes in them get the same verdict', async () => {
    const all = goodObjects(namespace).flatMap(mutationsOf);
    const some = fc.sample(fc.constantFrom(...all), { numRuns: RUNS, seed: SEED });
    const disagreements: string[] = [];
    let refused = 0;
    const compare = async ({ what, object }: Mutation): Promise<void> => {
      const findings = found(object);
      const message = await refusal(object);
      if (findings.length > 0) refused++;
      // the API server may know more, such as what a value means; what it cannot read, the check has to find
      if (message === '' ? findings.length > 0 : findings.length === 0 && NOT_READ.test(message)) {
        disagreements.push(`${what}\n  here: ${findings.join(', ')}\n  server: ${message}`);
      }
    };
    for (let first = 0; first < some.length; first += 20) {
      await Promise.all(some.slice(first, first + 20).map(compare));
    }
    expect(disagreements).toEqual([]);
    expect(refused).toBeGreaterThan(RUNS / 2);
  }, 300_000);
});
