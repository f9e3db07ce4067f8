/** What waits for what, once for all parts of a graph. */
export class StartupOrder<Part> {
  private readonly steps = new Map<Part, number>();

  /** @param waitsFor for each part those that start before it, all of which are parts themselves */
  public constructor(private readonly waitsFor: ReadonlyMap<Part, ReadonlySet<Part>>) {
    const waiting = new Map<Part, Part[]>();
    const open = new Map<Part, number>();
    for (const [part, before] of waitsFor) {
      open.set(part, before.size);
      for (const one of before) {
        const others = waiting.get(one);
        if (others) others.push(part);
        else waiting.set(one, [part]);
      }
    }
    const ready = [...waitsFor.keys()].filter((part) => open.get(part) === 0);
    ready.forEach((part) => this.steps.set(part, 0));
    // grows while it is walked through
    for (const part of ready) {
      const next = (this.steps.get(part) ?? 0) + 1;
      for (const later of waiting.get(part) ?? []) {
        this.steps.set(later, Math.max(next, this.steps.get(later) ?? 0));
        const left = (open.get(later) ?? 0) - 1;
        open.set(later, left);
        if (left === 0) ready.push(later);
      }
    }
    const started = new Set(ready);
    for (const part of this.steps.keys()) if (!started.has(part)) this.steps.delete(part);
  }

  /** When a part starts: one step after the last of those that it waits for; undefined where these wait for each other. */
  public stepOf(part: Part): number | undefined {
    return this.steps.get(part);
  }

  /** Circles of parts that wait for each other, each in the order in which one waits for the next; every circle of separate parts at least once. */
  public cycles(): Part[][] {
    const visited = new Set<Part>();
    const found: Part[][] = [];
    for (const part of this.waitsFor.keys()) {
      const way: Part[] = [];
      let at: Part | undefined = part;
      // what has no step waits for something that has none either, so that a way without an end comes to a circle
      while (at !== undefined && !this.steps.has(at) && !visited.has(at)) {
        visited.add(at);
        way.push(at);
        at = this.nextWithoutStep(at);
      }
      const start = at === undefined ? -1 : way.indexOf(at);
      if (start >= 0) found.push(way.slice(start));
    }
    return found;
  }

  private nextWithoutStep(part: Part): Part | undefined {
    for (const before of this.waitsFor.get(part) ?? []) if (!this.steps.has(before)) return before;
    return undefined;
  }
}
