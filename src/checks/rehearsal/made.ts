import { asText, at } from '../json';
import { KubernetesSchema } from '../kubernetes-schema';
import { addToList } from '../lists';
import { ObjectName, objectKey, secretsMadeOf } from '../references-check';
import { BootOrder, BootStep } from './boot-step';

/** Which steps make which objects and kinds. */
export class Made {
  public readonly schema = KubernetesSchema.of();
  private readonly objects = new Map<string, BootStep[]>();
  private readonly kinds = new Map<string, BootStep[]>();

  public constructor(private readonly order: BootOrder) {
    for (const step of order.steps) {
      for (const { customResources } of step.components)
        customResources.forEach((kind) => addToList(this.kinds, kind, step));
      for (const { kind, group, name, namespace, json } of step.manifests) {
        addToList(this.objects, objectKey(kind, group, namespace, name), step);
        for (const secret of secretsMadeOf(kind, group, name, json)) {
          addToList(this.objects, objectKey('Secret', '', namespace, secret), step);
        }
        if (kind === 'CustomResourceDefinition') {
          addToList(
            this.kinds,
            `${asText(at(json, 'spec', 'names', 'kind')) ?? ''}.${asText(at(json, 'spec', 'group')) ?? ''}`,
            step,
          );
        }
      }
    }
  }

  public makers({ kind, group, namespace, name }: ObjectName): readonly BootStep[] {
    return this.objects.get(objectKey(kind, group, namespace, name)) ?? [];
  }

  public definers(kind: string, group: string): readonly BootStep[] {
    return this.kinds.get(`${kind}.${group}`) ?? [];
  }

  /** The first step that makes something, where all that do wait for a given one. */
  public laterThan(step: BootStep, reference: ObjectName): BootStep | undefined {
    const makers = this.makers(reference);
    return makers.length > 0 && makers.every((one) => this.order.isBefore(step, one)) ? makers[0] : undefined;
  }
}

/** What to do about an object that comes after what waits for it. */
export const COME_FIRST =
  'what is waited for would never be ready; bring it in an earlier step (with Argo CD: a lower argocd.argoproj.io/sync-wave), or what needs it in a later one';
