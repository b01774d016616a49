// SPDX-License-Identifier: MIT
import {
  type Address,
  type Hex,
  hexToBigInt,
  hexToNumber,
  recoverAddress,
  size,
  slice,
} from "viem";

import type { Hex32 } from "../protocol/ids.ts";
import { demand } from "./report.ts";

/** Half the order of secp256k1, rounded down: the largest `s` that contracts accept. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * Who signed a digest. Only the one spelling that contracts accept is read (65 bytes, low s, v 27 or 28), so that no
 * signature has a second valid form.
 *
 * @throws {RefutedError} if it is not that, or no signature at all.
 */
export async function recoverSigner(digest: Hex32, signature: Hex, what: string): Promise<Address> {
  demand(size(signature) === 65, `The ${what} is not 65 bytes long.`);
  const v = hexToNumber(slice(signature, 64, 65));
  demand(v === 27 || v === 28, `The ${what} ends in ${v} instead of 27 or 28.`);
  demand(hexToBigInt(slice(signature, 32, 64)) <= HALF_ORDER, `The ${what} has a high s.`);

  const signer = await recoverAddress({ hash: digest, signature }).catch(() => undefined);
  demand(signer !== undefined, `The ${what} is no valid signature of anybody.`);
  return signer;
}
