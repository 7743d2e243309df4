// Chance that is the same in every run.

/** A source of chance: one seed, one course. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1, 1 excluded (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 up to a bound, which is excluded. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** Whether something happens that is as likely as this. */
  happens(likelihood: number): boolean {
    return this.next() < likelihood;
  }

  /** One of several. */
  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  /** So many of them at most, in their order. */
  some<T>(of: readonly T[], most: number): T[] {
    const chosen = new Set<number>();
    for (let count = Math.min(most, of.length); count > 0; count -= 1) chosen.add(this.below(of.length));
    return of.filter((_, place) => chosen.has(place));
  }
}
