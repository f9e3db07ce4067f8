import { PrefixGrant } from './prefix-grant';

/** What one user may do with a message bus: with topics by the beginnings of their names, and with some by their exact names. */
export class BusGrant {
  /** By the beginnings of names; its user then has the groups and the transactions of its namespace too. */
  public readonly prefixes: PrefixGrant;
  private readonly writtenTopics = new Set<string>();
  private readonly readTopics = new Set<string>();
  private readonly joinedGroups = new Set<string>();

  /** @param namespace that of the user */
  public constructor(namespace: string) {
    this.prefixes = PrefixGrant.ofBus(namespace);
  }

  /** Lets it write topics. */
  public addProduced(topics: readonly string[]): void {
    topics.forEach((topic) => this.writtenTopics.add(topic));
  }

  /** Lets it read topics as a member of a group. */
  public addConsumed(topics: readonly string[], group: string): void {
    topics.forEach((topic) => this.readTopics.add(topic));
    this.joinedGroups.add(group);
  }

  /** The beginnings of names of topics that can be read. */
  public get readable(): string[] {
    return this.prefixes.readable;
  }

  /** The beginnings of names of topics that can be written and made. */
  public get writable(): string[] {
    return this.prefixes.writable;
  }

  /** Topics that can be written. */
  public get produced(): string[] {
    return [...this.writtenTopics].sort();
  }

  /** Topics that can be read. */
  public get consumed(): string[] {
    return [...this.readTopics].sort();
  }

  /** Groups of readers that it may be in. */
  public get groups(): string[] {
    return [...this.joinedGroups].sort();
  }
}
