import { IConstruct } from 'constructs';

const NOTE = 'ml-platform-constructs:note';

interface Note {
  readonly subject: string;
  readonly text: string;
}

/**
 * Has the report of the synthesis say something that is no fault, but should be known before anything is applied.
 *
 * @param subject what it is about, such as the name of a workload; those with the same text are named together
 * @param text what is so, what comes of it, and what to do about it, in one sentence
 */
export function addNote(construct: IConstruct, subject: string, text: string): void {
  construct.node.addMetadata(NOTE, { subject, text } satisfies Note);
}

/** What the constructs below one want known, one sentence each. */
export function notesBelow(root: IConstruct): string[] {
  const subjects = new Map<string, string[]>();
  for (const { node } of root.node.findAll()) {
    for (const { type, data } of node.metadata) {
      if (type !== NOTE) continue;
      const { subject, text } = data as Note;
      subjects.set(text, [...(subjects.get(text) ?? []), subject]);
    }
  }
  return [...subjects].map(([text, names]) => `${names.join(', ')}: ${text}`);
}
