/** A command of a document, with what it prints. */
export interface Command {
  readonly text: string;
  readonly output: string;
}

/** A piece of a document: text as it is, something to play, or commands. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'play'; readonly name: string; readonly text: string }
  | { readonly kind: 'commands'; readonly commands: readonly Command[] };

const BLOCK = /^```console\n([\s\S]*?)^```\n|^<!-- plays: (.*) -->\n/gm;

/**
 * The console blocks of a Markdown document: lines that begin with `$ ` are commands, which go on after a backslash at the end;
 * the lines below are what they print. A comment `plays: …` between blocks names what happens on the platform meanwhile.
 */
export function piecesOf(markdown: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of markdown.matchAll(BLOCK)) {
    const [text, block, play] = found;
    pieces.push({ kind: 'text', text: markdown.slice(from, found.index) });
    pieces.push(
      play === undefined ? { kind: 'commands', commands: commandsOf(block) } : { kind: 'play', name: play, text },
    );
    from = found.index + text.length;
  }
  return [...pieces, { kind: 'text', text: markdown.slice(from) }];
}

/** The document of such pieces. */
export function documentOf(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (piece.kind !== 'commands') return piece.text;
      const lines = piece.commands.map(({ text, output }) => `$ ${text}\n${output}`);
      return `\`\`\`console\n${lines.join('')}\`\`\`\n`;
    })
    .join('');
}

function commandsOf(block: string): Command[] {
  const commands: { text: string; output: string }[] = [];
  let goesOn = false;
  for (const line of block.split('\n').slice(0, -1)) {
    const last = commands.at(-1);
    if (goesOn && last) last.text += `\n${line}`;
    else if (line.startsWith('$ ')) commands.push({ text: line.slice(2), output: '' });
    else if (last) last.output += `${line}\n`;
    else throw new Error(`a console block must begin with a command, got "${line}"`);
    goesOn = line.endsWith('\\') && (goesOn || line.startsWith('$ '));
  }
  return commands;
}

/** What is the same in each run: without ages, hashes and the width of columns, which follows from them. */
export function stable(output: string): string {
  return output
    .replace(/\b(\d+[dhms]){1,2}$/gm, '<age>')
    .replace(/-[0-9a-f]{8,10}\b/g, '-<hash>')
    .replace(/[ \t]+/g, ' ')
    .replace(/ $/gm, '');
}
