/** The layers of src/ from the top, each with the ones below it that it may import. */
export const LAYERS: { readonly [layer: string]: { readonly imports: string[]; readonly terraform?: boolean } };

/** What the operators may import of src/. */
export const OPERATORS: { readonly mayImport: string[] };

/** Folders below a layer's own that the import rules look into. */
export const DEEPEST: number;
