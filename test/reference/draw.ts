// SPDX-License-Identifier: MIT
// Who is drawn among verification nodes, as INodeRegistry has it. No seat changes hands along a sequence.
import { type Address, encodeAbiParameters, type Hex, keccak256, parseAbiParameters } from "viem";

import type { Rules } from "./rules.ts";

const PICK = parseAbiParameters("bytes32, uint256");

/** Up to `count`, each of another operator. */
export function draw(
  rules: Rules,
  seed: Hex,
  count: number,
  excluded: readonly Address[],
): Address[] {
  const { seats, nodes } = rules;
  const most = Math.min(count, seats.length);
  const barred = new Set(excluded);
  const drawn: Address[] = [];
  for (let pick = 0n; pick < 8 * most + 16 && drawn.length < most; ++pick) {
    const word = BigInt(keccak256(encodeAbiParameters(PICK, [seed, pick])));
    const node = seats[Number(word % BigInt(seats.length))] as Address;
    const operator = nodes.get(node)?.operator ?? node;
    if (barred.has(operator)) continue;
    barred.add(operator);
    drawn.push(node);
  }
  return drawn;
}
