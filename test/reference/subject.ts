// SPDX-License-Identifier: MIT
// What a record says of its node or result, in 25 bytes: the assigned node, then the hash of what was delivered.
import { encodeAbiParameters, type Hex, keccak256, padHex, parseAbiParameters, slice } from "viem";

import type { Entry } from "./ledger.ts";

const RESULT = parseAbiParameters("bytes32, uint40, address");
const BYTES = 25;

export function subjectWord({ assigned, result }: Entry): bigint {
  let subject: Hex = assigned ?? "0x";
  if (result !== undefined) {
    const words = [result.outputCommitment, result.units, result.node] as const;
    subject = slice(keccak256(encodeAbiParameters(RESULT, words)), 0, BYTES);
  }
  return BigInt(padHex(subject, { dir: "right", size: 32 }));
}
