// SPDX-License-Identifier: MIT
// What is asked for in a soak: drawn from a seed, so that a failure can be asked for again.
import { Evidence } from "../../../src/protocol/index.ts";
import { seeded } from "../../support/seeded.ts";

/** The pixel of an input that says whether it is to be lied about, and what it is then. */
export const MARK = 0;
export const LIE = 7;

export const KINDS = ["vanilla", "tee", "zkml", "lie", "absent"] as const;
/** `lie`: a claim of the lying node; `absent`: names a node that nobody runs. The others: the path. */
export type Kind = (typeof KINDS)[number];

/** One request, before it has dates. */
export interface Planned {
  kind: Kind;
  /** Which of the clients asks. */
  client: number;
  /** Which of the inference nodes is named: the first lies if it is to. Undefined names nobody. */
  node: number | undefined;
  /** Signed and handed to the node, instead of opened by the client. */
  isOrder: boolean;
  digit: number;
  /** The first pixels of the input, which make it different from others. */
  pixels: readonly number[];
}

/** Shares of all requests; proofs are made for `zkml` and, by the challenger, for `lie`: at most 5 % together. */
const SHARES: Readonly<Record<Exclude<Kind, "vanilla">, number>> = {
  tee: 0.2,
  zkml: 0.03,
  lie: 0.015,
  absent: 0.02,
};
const ORDERS = 0.5;
const OPEN_TO_ALL = 0.15;
const DIGITS = 10;
const INK = 8;

export const EVIDENCE: Readonly<Partial<Record<Kind, Evidence>>> = {
  tee: Evidence.TEE,
  zkml: Evidence.ZKML,
};

export function makePlan(options: {
  seed: number;
  requests: number;
  clients: number;
  nodes: number;
}): Planned[] {
  const { seed, requests, clients, nodes } = options;
  const random = seeded(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const others = Object.entries(SHARES).flatMap(([kind, share]) =>
    Array.from({ length: Math.floor(share * requests) }, () => kind as Kind),
  );
  const kinds: Kind[] = Array.from({ length: requests }, (_, at) => others[at] ?? "vanilla");
  for (let last = requests - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    [kinds[last], kinds[other]] = [kinds[other] ?? "vanilla", kinds[last] ?? "vanilla"];
  }
  return kinds.map((kind) => {
    const client = below(clients);
    const named = kind === "lie" ? 0 : below(nodes);
    const isOrder = random() < ORDERS && kind !== "lie" && kind !== "absent";
    const mayBeAnybodys = !isOrder && (kind === "vanilla" || kind === "tee");
    const node = mayBeAnybodys && random() < OPEN_TO_ALL ? undefined : named;
    const digit = below(DIGITS);
    const mark = below(LIE);
    const pixels = [kind === "lie" ? LIE : mark, below(INK), below(INK), below(INK)];
    return { kind, client, node, isOrder, digit, pixels };
  });
}
