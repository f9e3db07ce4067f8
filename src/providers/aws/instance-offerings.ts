import data from './instance-offerings.json';

/** Instance types by region; scripts/instance-offerings.ts writes the file, which names its source. */
const OFFERINGS: {
  readonly sizes: { readonly [family: string]: string | undefined };
  readonly families: { readonly [region: string]: string | undefined };
  readonly without: { readonly [region: string]: string | undefined };
} = data;

/** Whether a region has an instance type; undefined where the region or the type is not known. */
export function isOffered(region: string, instanceType: string): boolean | undefined {
  const [family, size] = instanceType.split('.');
  const families = OFFERINGS.families[region];
  if (families === undefined || !words(OFFERINGS.sizes[family]).includes(size)) return undefined;
  return words(families).includes(family) && !words(OFFERINGS.without[region]).includes(instanceType);
}

/** The regions that have an instance type. */
export function regionsWith(instanceType: string): string[] {
  return Object.keys(OFFERINGS.families).filter((region) => isOffered(region, instanceType));
}

function words(text: string | undefined): string[] {
  return text?.split(' ') ?? [];
}
