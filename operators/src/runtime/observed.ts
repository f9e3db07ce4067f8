import { KubernetesObject, ObjectMap } from './protocol';

/** Objects that were observed when a hook was called. Lists are in the order of namespace and name. */
export class Observed {
  public constructor(private readonly objects: ObjectMap) {}

  /** All objects of a kind. */
  public all(apiVersion: string, kind: string): KubernetesObject[] {
    const found = this.objects[`${kind}.${apiVersion}`] ?? {};
    return Object.keys(found)
      .sort()
      .map((key) => found[key]);
  }

  /** One object; the namespace is left out for kinds that have none. */
  public find(apiVersion: string, kind: string, name: string, namespace?: string): KubernetesObject | undefined {
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    return this.objects[`${kind}.${apiVersion}`]?.[key];
  }

  /** Every object. */
  public everything(): KubernetesObject[] {
    return Object.keys(this.objects)
      .sort()
      .flatMap((kind) => Object.values(this.objects[kind]));
  }
}
