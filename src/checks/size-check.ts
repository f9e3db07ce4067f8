import { SIZES, SizeBound, tooLarge } from '../contracts/sizes';
import { Finding, ICheck } from './check';
import { asObject, at, JsonObject } from './json';
import { ManifestGraph, manifestsAndBootstrap } from './manifest-graph';

/**
 * What is stored fits: the data of a ConfigMap or a Secret, the annotations of an object, an object as a whole. The API server and etcd would refuse
 * it with one number at most, when the rest is applied already.
 */
export class SizeCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return manifestsAndBootstrap(graph).flatMap(({ path, kind, group, name, json }) =>
      sumsOf(`${kind}.${group}`, json).flatMap(({ what, sum, bound }) => {
        const problem = tooLarge(what, sum, bound);
        return problem === undefined ? [] : [{ path, message: `${kind} ${name}: ${problem}` }];
      }),
    );
  }
}

interface Sum {
  readonly what: string;
  readonly sum: number;
  readonly bound: SizeBound;
}

function sumsOf(kind: string, json: JsonObject): Sum[] {
  const annotations = asObject(at(json, 'metadata', 'annotations'));
  const keysAndValues = Object.entries(annotations).reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
  return [
    ...dataOf(kind, json),
    { what: 'metadata.annotations', sum: keysAndValues, bound: SIZES.annotations },
    { what: 'it', sum: Buffer.byteLength(JSON.stringify(json)), bound: SIZES.object },
  ];
}

function dataOf(kind: string, json: JsonObject): Sum[] {
  const plain = sumOf(json.data, bytes);
  if (kind === 'ConfigMap.') {
    return [{ what: 'data', sum: plain + sumOf(json.binaryData, decodedBytes), bound: SIZES.data }];
  }
  if (kind !== 'Secret.') return [];
  return [{ what: 'data', sum: sumOf(json.data, decodedBytes) + sumOf(json.stringData, bytes), bound: SIZES.data }];
}

function sumOf(map: unknown, size: (value: unknown) => number): number {
  return Object.values(asObject(map)).reduce<number>((sum, value) => sum + size(value), 0);
}

function bytes(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0;
}

function decodedBytes(value: unknown): number {
  return typeof value === 'string' ? Buffer.from(value, 'base64').length : 0;
}
