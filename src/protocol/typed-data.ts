// SPDX-License-Identifier: MIT
import {
  type Address,
  concat,
  encodeAbiParameters,
  type Hex,
  hashTypedData,
  keccak256,
  parseAbiParameters,
  slice,
  toHex,
  type TypedDataDomain,
} from "viem";

import type { Hex32, RequestId } from "./ids.ts";
import type { Request, Result } from "./request.ts";

/** The market's EIP-712 domain: ids and signatures are worth nothing on another chain or market. */
export interface AssayDomain extends TypedDataDomain {
  name: "Assay";
  version: "1";
  chainId: number;
  verifyingContract: Address;
}

const RESULTS_TYPEHASH = keccak256(toHex("Results(bytes32[] digests)"));
const RESULT_WORDS = parseAbiParameters("bytes32, uint40, address");

/** A result together with the request it answers; what evidence covers. */
export interface BoundResult extends Result {
  requestId: RequestId;
}

/** EIP-712 types of `Request`, field by field as in contracts/types/Request.sol. */
export const REQUEST_TYPES = {
  Request: [
    { name: "client", type: "address" },
    { name: "node", type: "address" },
    { name: "modelId", type: "bytes32" },
    { name: "inputCommitment", type: "bytes32" },
    { name: "dataCommitment", type: "bytes32" },
    { name: "dataNode", type: "address" },
    { name: "requiredEvidence", type: "uint8" },
    { name: "maxFee", type: "uint128" },
    { name: "unitPrice", type: "uint128" },
    { name: "declaredValue", type: "uint128" },
    { name: "deliverBy", type: "uint40" },
    { name: "proveBy", type: "uint40" },
    { name: "refundAfter", type: "uint40" },
    { name: "consumer", type: "address" },
    { name: "callbackGas", type: "uint32" },
    { name: "nonce", type: "uint64" },
  ],
} as const;

/** EIP-712 types of a result, as in contracts/types/Result.sol. */
export const RESULT_TYPES = {
  Result: [
    { name: "requestId", type: "bytes32" },
    { name: "outputCommitment", type: "bytes32" },
    { name: "units", type: "uint40" },
    { name: "node", type: "address" },
  ],
} as const;

/**
 * The domain of one market.
 *
 * @example
 * const domain = assayDomain({ chainId: 31337, market: deployment.market });
 */
export function assayDomain(parameters: { chainId: number; market: Address }): AssayDomain {
  const { chainId, market } = parameters;
  return { name: "Assay", version: "1", chainId, verifyingContract: market };
}

/** The order settler's EIP-712 domain: an order is worth nothing at the market, nor at another settler. */
export interface OrderDomain extends TypedDataDomain {
  name: "Assay orders";
  version: "1";
  chainId: number;
  verifyingContract: Address;
}

/**
 * The domain of one order settler.
 *
 * @example
 * const domain = orderDomain({ chainId: 31337, settler: deployment.orderSettler });
 */
export function orderDomain(parameters: { chainId: number; settler: Address }): OrderDomain {
  const { chainId, settler } = parameters;
  return { name: "Assay orders", version: "1", chainId, verifyingContract: settler };
}

/** What a client signs to order off chain: pass it to viem's `signTypedData`. */
export function orderTypedData(domain: AssayDomain | OrderDomain, request: Request) {
  return { domain, types: REQUEST_TYPES, primaryType: "Request", message: request } as const;
}

/** What a node signs over its result: pass it to viem's `signTypedData`. */
export function resultTypedData(domain: AssayDomain, result: BoundResult) {
  return { domain, types: RESULT_TYPES, primaryType: "Result", message: result } as const;
}

/** The request id: the EIP-712 digest of the request, as `IInferenceMarket.requestId` computes it. */
export function hashRequest(domain: AssayDomain, request: Request): RequestId {
  return hashTypedData(orderTypedData(domain, request));
}

/** What an order's signature is over at a settler. */
export function hashOrder(domain: OrderDomain, request: Request): Hex32 {
  return hashTypedData(orderTypedData(domain, request));
}

/** The digest that every kind of evidence covers, as `IInferenceMarket.resultDigest` computes it. */
export function hashResult(domain: AssayDomain, result: BoundResult): Hex32 {
  return hashTypedData(resultTypedData(domain, result));
}

/** What an enclave signs for several results at once, in this order, as contracts/types/Result.sol has it. */
export function hashResults(digests: readonly Hex32[]): Hex32 {
  return keccak256(concat([RESULTS_TYPEHASH, keccak256(concat(digests))]));
}

/** What a request's record holds once this was delivered, 25 bytes, as `subjectOf` computes it on chain. */
export function subjectOf({ outputCommitment, units, node }: Result): Hex {
  const encoded = encodeAbiParameters(RESULT_WORDS, [outputCommitment, units, node]);
  return slice(keccak256(encoded), 0, 25);
}

/** A result digest as a proof's public input: its upper 248 bits, which are below the field's order. */
export function resultBinding(digest: Hex32): bigint {
  return BigInt(digest) >> 8n;
}

/** The output commitment: keccak256 of the output bytes. */
export function commitOutput(output: Hex | Uint8Array): Hex32 {
  return keccak256(output);
}
