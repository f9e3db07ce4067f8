import { KindDefinition } from '../../src/api/schema/schema';
export function overviewPage(kinds: readonly KindDefinition[]): string {
  return `# Kinds\n${kinds.length}\n`;
}
export function referencePage(kind: KindDefinition): string {
  return `# ${kind.kind}\n`;
}
