/**
 * Text as a literal of Python, which reads back as exactly this text.
 *
 * JSON's escapes are a subset of Python's, but for `\/` (never written) and for pairs of surrogates, which Python would keep
 * as two characters: what is beyond the basic plane is written as `\UXXXXXXXX`. The result is ASCII on one line.
 */
export function pythonText(text: string): string {
  const body = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
    if (code > 0x7e || code < 0x20) return `\\u${code.toString(16).padStart(4, '0')}`;
    return character === '"' || character === '\\' ? `\\${character}` : character;
  });
  return `"${body.join('')}"`;
}

/** A dictionary of texts as a literal of Python, in the given order. */
export function pythonTexts(texts: { readonly [key: string]: string }): string {
  return `{${Object.entries(texts)
    .map(([key, value]) => `${pythonText(key)}: ${pythonText(value)}`)
    .join(', ')}}`;
}
