// SPDX-License-Identifier: MIT
// Every way to change one place of a JSON document without leaving the type of its value.

export type Json = string | number | Json[] | { [key: string]: Json };

export interface Mutation {
  /** For example `$.settledAt.blockHash: last digit`. */
  label: string;
  /** Path of the place, for example `$.evidence[0].data`. */
  path: string;
  text: string;
}

/** The changes of one leaf: each keeps its type and length, unless its name says so. */
function leafChanges(value: string | number): [name: string, changed: Json][] {
  if (typeof value === "number") return [["plus one", value + 1]];
  if (/^\d+$/.test(value)) return [["plus one", String(BigInt(value) + 1n)]];
  if (!value.startsWith("0x")) return [["another word", `${value}X`]];
  const grown: [string, Json] = ["a byte more", `${value}00`];
  if (value === "0x") return [grown];
  // In lower case, so that an address does not fail for its checksum alone.
  const hex = value.toLowerCase();
  return [
    ["first digit", `0x${flip(hex.charAt(2))}${hex.slice(3)}`],
    ["last digit", `${hex.slice(0, -1)}${flip(hex.slice(-1))}`],
    ["a byte less", hex.slice(0, -2)],
    grown,
  ];
}

function flip(digit: string): string {
  return (Number.parseInt(digit, 16) ^ 1).toString(16);
}

/** All changed documents, one change each. */
export function mutate(text: string): Mutation[] {
  const found: Mutation[] = [];
  const root = JSON.parse(text) as Json;
  const add = (path: string, name: string, changed: Json) =>
    found.push({ label: `${path}: ${name}`, path, text: JSON.stringify(changed) });

  /** `rebuild` makes the whole document with another value in this place. */
  function walk(value: Json, path: string, rebuild: (value: Json) => Json): void {
    if (Array.isArray(value)) {
      value.forEach((entry, index) => {
        const place = `${path}[${index}]`;
        add(place, "removed", rebuild(value.toSpliced(index, 1)));
        add(place, "duplicated", rebuild(value.toSpliced(index, 0, entry)));
        walk(entry, place, (changed) => rebuild(value.with(index, changed)));
      });
      if (value.length > 1) add(path, "reversed", rebuild(value.toReversed()));
    } else if (typeof value === "object") {
      add(`${path}.extra`, "added", rebuild({ ...value, extra: "0" }));
      for (const [key, entry] of Object.entries(value)) {
        const { [key]: _removed, ...others } = value;
        add(`${path}.${key}`, "removed", rebuild(others));
        walk(entry, `${path}.${key}`, (changed) => rebuild({ ...value, [key]: changed }));
      }
    } else {
      for (const [name, changed] of leafChanges(value)) add(path, name, rebuild(changed));
    }
  }

  walk(root, "$", (changed) => changed);
  return found;
}
