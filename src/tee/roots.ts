// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

/** SHA-256 of the DER of AWS Nitro Enclaves Root G1, valid until 2049-10-28. */
export const AWS_NITRO_ROOT_HASH: Hex =
  "0x641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";

/**
 * SHA-256 of the DER of the DEVELOPMENT root, whose private key is published in this package: anybody can sign with it.
 */
export const DEVELOPMENT_ROOT_HASH: Hex =
  "0xce926f10d9d2c95440763455297f0d611cb00f08d3fcb74ec163a0f040e07abe";
