/**
 * Widths of the characters from space to tilde in Helvetica, in thousandths of the font's size; Arial and Liberation Sans have the same.
 * Source: https://www.adobe.com/devnet/font.html (Core 14 AFM files)
 */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
];

/** Letters of other scripts take at most the height of the font. */
const OTHER_WIDTH = 1000;

/** Bold letters are wider by about as much. */
const BOLD = 1.07;

/** Width of a line of text, in pixels, rounded up. */
export function textWidth(text: string, size: number, bold = false): number {
  const units = [...text].reduce((sum, character) => {
    const width = WIDTHS[(character.codePointAt(0) ?? 0) - 32] as number | undefined;
    return sum + (width ?? OTHER_WIDTH);
  }, 0);
  return Math.ceil((units * size * (bold ? BOLD : 1)) / 1000);
}

/** A text in one line, cut where it is longer than a number of characters. */
export function oneLine(text: string, most: number): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}

/** Text or the value of an attribute in XML. Characters that XML 1.0 cannot hold are left out. */
export function xml(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what XML does not permit
  const permitted = text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}/gu, '');
  return permitted.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * An element with a line of text of a given width: whatever font a reader has, it takes as much room as was measured.
 *
 * @param x where it begins
 * @param y its baseline
 */
export function textElement(text: string, x: number, y: number, size: number, className: string, bold = false): string {
  if (text === '') return '';
  const width = textWidth(text, size, bold);
  return `<text class="${className}" x="${x}" y="${y}" font-size="${size}" textLength="${width}" lengthAdjust="spacingAndGlyphs">${xml(text)}</text>`;
}
