// SPDX-License-Identifier: MIT
import { seeded } from "../support/seeded.ts";

export type Chance = ReturnType<typeof createChance>;

/** Draws that are the same for the same seed. */
export function createChance(seed: number) {
  const random = seeded(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => {
    if (list.length === 0) throw new RangeError("nothing to pick from");
    return list[below(list.length)] as T;
  };
  return {
    /** A whole number, both ends included. */
    between: (least: number, most: number): number => least + below(most - least + 1),
    amount: (least: number, most: number): bigint => BigInt(least + below(most - least + 1)),
    happens: (share: number): boolean => random() < share,
    pick,
    /** One of the list, or another if there is none. */
    pickOr: <T>(list: readonly T[], other: T): T => (list.length === 0 ? other : pick(list)),
    /** A key, as often as its weight says. */
    weighted: <K extends string>(weights: readonly (readonly [K, number])[]): K => {
      let rest = random() * weights.reduce((sum, [, weight]) => sum + weight, 0);
      const found = weights.find(([, weight]) => (rest -= weight) < 0) ?? weights.at(-1);
      if (found === undefined) throw new RangeError("nothing to pick from");
      return found[0];
    },
  };
}
