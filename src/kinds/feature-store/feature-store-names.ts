import { shortHash } from './feature-model';

/** Where the pods find the repository. */
export const REPOSITORY_FOLDER = '/etc/feast/repository';

/** Where the pods find the programs. */
export const PROGRAMS_FOLDER = '/etc/feast/programs';

/** A name of at most `longest` characters: with a hash where the store's own name is too long for the suffix. */
export function nameWith(name: string, suffix: string, longest: number): string {
  const whole = `${name.replaceAll('.', '-')}-${suffix}`;
  if (whole.length <= longest && !name.includes('.')) return whole;
  const hash = shortHash(name).slice(0, 6);
  return `${name
    .replaceAll('.', '-')
    .slice(0, longest - suffix.length - 8)
    .replace(/-+$/, '')}-${hash}-${suffix}`;
}

/** Annotation of whatever computes values: the features that it computes, with commas between. */
export const COMPUTES = 'nstarx.io/computes';

/** Labels of every object of a feature store. */
export function labelsOf(name: string, component: string): { [key: string]: string } {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'ml-platform',
    'nstarx.io/feature-store': name,
  };
}

/** Identifies a job by when and with which image it runs, so that it stays the same job while its views change. */
export function groupId(kind: string, group: { readonly schedule: string; readonly image: string }): string {
  return `${kind}-${shortHash([group.schedule, group.image])}`;
}
