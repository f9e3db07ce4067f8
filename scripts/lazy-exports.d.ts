/** One `export … from` of an index file. */
export interface Reexport {
  readonly from: string;
  readonly namespace?: string;
  readonly names?: [name: string, original: string][];
}
export function reexports(file: string): Reexport[] | undefined;
export function lazyIndex(found: Reexport[], load: (from: string) => object): string;
export function main(root: string): void;
