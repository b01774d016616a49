// SPDX-License-Identifier: MIT
import { type Address, zeroAddress } from "viem";

import type { EvidenceSet } from "./evidence.ts";
import { type Hex32, type ModelId, ZERO_HEX32 } from "./ids.ts";

/** What a client orders and pays for; mirrors `struct Request`. Its EIP-712 digest is the request id. */
export interface Request {
  /** Pays, and is refunded. */
  client: Address;
  /** The inference node that must serve it; zero: the first to accept. */
  node: Address;
  /** A pinned model version. */
  modelId: ModelId;
  /** By the model's commitment scheme. */
  inputCommitment: Hex32;
  /** Outside data the input was built from; zero: none. */
  dataCommitment: Hex32;
  /** Who is paid for that data; zero exactly when there is none. */
  dataNode: Address;
  /** Subset of {ZKML, TEE}; empty: an unchallenged claim suffices. */
  requiredEvidence: EvidenceSet;
  /** Token units in escrow. */
  maxFee: bigint;
  /** Token units per metered unit. */
  unitPrice: bigint;
  /** Token units that consumers may rely on; added to the node's bond. */
  declaredValue: bigint;
  /** Unix seconds: a result comes before. */
  deliverBy: number;
  /** Unix seconds: required evidence comes before. */
  proveBy: number;
  /** Unix seconds: by then anyone can bring the request to an end. */
  refundAfter: number;
  /** Called back when final; zero: nobody. */
  consumer: Address;
  /** Gas units for that call. */
  callbackGas: number;
  /** Chosen by the client, so that equal orders differ. */
  nonce: bigint;
}

/** A node's answer to one request; mirrors `struct Result`. */
export interface Result {
  /** keccak256 of the output bytes. */
  outputCommitment: Hex32;
  /** Metered units; fee = units x unitPrice, at most maxFee. */
  units: number;
  /** Who will be paid. */
  node: Address;
}

/** Stands where a call takes a result and nothing was delivered. */
export const NO_RESULT: Result = { outputCommitment: ZERO_HEX32, units: 0, node: zeroAddress };

/** The result alone, of something that has its fields among others. */
export function resultIn({ outputCommitment, units, node }: Result): Result {
  return { outputCommitment, units, node };
}
