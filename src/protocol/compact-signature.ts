// SPDX-License-Identifier: MIT
import {
  compactSignatureToSignature,
  type Hex,
  parseSignature,
  serializeSignature,
  signatureToCompactSignature,
} from "viem";

import type { Hex32 } from "./ids.ts";

/** A signature in two words, as EIP-2098 has it and as receipts and vouchers carry it. */
export interface CompactSignature {
  r: Hex32;
  vs: Hex32;
}

/** The two words of a signature of 65 bytes. */
export function toCompactSignature(signature: Hex): CompactSignature {
  const { r, yParityAndS: vs } = signatureToCompactSignature(parseSignature(signature));
  return { r, vs };
}

/** The 65 bytes of a signature in two words. */
export function toSignature({ r, vs }: CompactSignature): Hex {
  return serializeSignature(compactSignatureToSignature({ r, yParityAndS: vs }));
}
