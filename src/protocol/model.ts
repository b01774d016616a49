// SPDX-License-Identifier: MIT
import { type Address, encodeAbiParameters, keccak256 } from "viem";

import type { EvidenceSet } from "./evidence.ts";
import type { Hex32, ModelId, VerifyingKeyId } from "./ids.ts";

/** One version of a model; mirrors `struct Model`. The id is the hash of these fields. */
export interface Model {
  /** VANILLA only for bit-exact runtimes. */
  paths: EvidenceSet;
  /** Fixed metered units; zero: metered per request. */
  unitsPerInference: number;
  /** Seconds a TEE result stays challengeable; zero: final at once. */
  teeWindow: number;
  /** Token units a node locks per request, besides the declared value. */
  bond: bigint;
  /** Largest declared value, token units. */
  valueCap: bigint;
  /** Manages its enclave measurements. */
  publisher: Address;
  weightsCommitment: Hex32;
  /** Groth16 key; zero exactly when ZKML is not a path. */
  verifyingKeyId: VerifyingKeyId;
  /** Zero for the first version. */
  previousVersion: ModelId;
  /** Where the manifest is. */
  uri: string;
}

const MODEL_PARAMETER = {
  type: "tuple",
  components: [
    { name: "paths", type: "uint8" },
    { name: "unitsPerInference", type: "uint40" },
    { name: "teeWindow", type: "uint32" },
    { name: "bond", type: "uint88" },
    { name: "valueCap", type: "uint88" },
    { name: "publisher", type: "address" },
    { name: "weightsCommitment", type: "bytes32" },
    { name: "verifyingKeyId", type: "bytes32" },
    { name: "previousVersion", type: "bytes32" },
    { name: "uri", type: "string" },
  ],
} as const;

/** `keccak256(abi.encode(model))`, as `IModelRegistry.idOf` computes it. */
export function modelIdOf(model: Model): ModelId {
  return keccak256(encodeAbiParameters([MODEL_PARAMETER], [model]));
}
