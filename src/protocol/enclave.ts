// SPDX-License-Identifier: MIT
import type { Address } from "viem";

import type { Hex32, ModelId } from "./ids.ts";

/** An attested signing key, admitted for one node and one model version; mirrors `struct EnclaveKey`. */
export interface EnclaveKey {
  node: Address;
  /** Unix seconds; zero until the registrars' verdict. */
  admittedAt: number;
  /** Unix seconds. */
  expiresAt: number;
  modelId: ModelId;
  /** `keccak256(pcr0 || pcr1 || pcr2)`. */
  measurement: Hex32;
  /** Unix seconds; zero unless revoked. */
  revokedAt: number;
}

/** An attestation document waiting for the registrars' verdict; mirrors `struct Admission`. */
export interface Admission {
  node: Address;
  key: Address;
  modelId: ModelId;
  measurement: Hex32;
  /** keccak256 of the document in the proposal's calldata. */
  documentHash: Hex32;
  /** Unix seconds, of the key. */
  expiresAt: number;
  /** Unix seconds. */
  proposedAt: number;
  approvals: number;
  refusals: number;
  /** A verdict was reached. */
  closed: boolean;
}
