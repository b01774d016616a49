// SPDX-License-Identifier: MIT
import { encodeAbiParameters, keccak256, type Address, type Hex } from "viem";

/** Everything that one admission of an enclave key is for. */
export interface AdmissionBinding {
  readonly chainId: number;
  /** The `EnclaveRegistry`. */
  readonly registry: Address;
  readonly node: Address;
  readonly operator: Address;
  readonly payout: Address;
  /** Address of the enclave's secp256k1 key. */
  readonly key: Address;
  readonly modelId: Hex;
  /** The registry's unused `challengeOf(node)`. */
  readonly challenge: Hex;
}

const BINDING_TYPES = [
  { name: "chainId", type: "uint256" },
  { name: "registry", type: "address" },
  { name: "node", type: "address" },
  { name: "operator", type: "address" },
  { name: "payout", type: "address" },
  { name: "key", type: "address" },
  { name: "modelId", type: "bytes32" },
  { name: "challenge", type: "bytes32" },
] as const;

/**
 * The 32 bytes that an enclave puts into its document's `user_data`, so that nobody can use the document for another
 * chain, registry, node, operator, payout address, key, model or challenge.
 *
 * @returns keccak256(abi.encode(chainId, registry, node, operator, payout, key, modelId, challenge))
 */
export function admissionUserData(binding: AdmissionBinding): Hex {
  const { chainId, registry, node, operator, payout, key, modelId, challenge } = binding;
  return keccak256(
    encodeAbiParameters(BINDING_TYPES, [
      BigInt(chainId),
      registry,
      node,
      operator,
      payout,
      key,
      modelId,
      challenge,
    ]),
  );
}
