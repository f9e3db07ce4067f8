/*
 * Texts for those that read them. Each function gives a piece of the reader's language that means exactly the text, whatever the
 * text is. What may not be any text (a name of a metric or of a table) has a grammar in the schema instead.
 */

/** A text of PromQL, with its quotes. */
export function promText(text: string): string {
  // the escapes of JSON are those of Go, but for half a surrogate pair, which is no text
  return JSON.stringify(text.replace(/[\uD800-\uDFFF]/gu, '\uFFFD'));
}

/** A selector of PromQL: series whose labels have these values, `{a="b",c="d"}`. */
export function promSelector(labels: { readonly [label: string]: string }): string {
  return `{${promMatchers(labels)}}`;
}

/** What stands between the braces of a selector. */
export function promMatchers(labels: { readonly [label: string]: string }): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${promText(value)}`)
    .join(',');
}

/** A text in a regular expression: of PromQL, of routes, of JavaScript. */
export function regexText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A text in an environment variable, a command or an argument of a container, where Kubernetes expands `$(NAME)`. */
export function containerText(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** A text of Flink SQL, with its quotes. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name of Flink SQL, with its quotes. */
export function sqlName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/**
 * A text of Python, with its quotes. It is ASCII on one line.
 *
 * JSON's escapes are a subset of Python's, but for `\/` (never written) and for pairs of surrogates, which Python would keep
 * as two characters: what is beyond the basic plane is written as `\UXXXXXXXX`.
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

/** A dictionary of texts of Python, in the given order. */
export function pythonTexts(texts: { readonly [key: string]: string }): string {
  return `{${Object.entries(texts)
    .map(([key, value]) => `${pythonText(key)}: ${pythonText(value)}`)
    .join(', ')}}`;
}
