/** The layers of src/ and what each may import, beside itself. */
export const LAYERS: { readonly [layer: string]: { readonly imports: string[]; readonly terraform?: boolean } };

/** Folders below a layer's own that the import rules look into. */
export const DEEPEST: number;
