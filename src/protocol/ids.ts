// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

declare const kind: unique symbol;

/**
 * Hex bytes with a phantom name. What viem yields is assignable to it, so nothing has to be converted; two different
 * names are not assignable to each other, so ids cannot be mixed up.
 */
type Named<Name extends string> = Hex & { readonly [kind]?: Name };

/** Any 32 bytes: a commitment or a hash. */
export type Hex32 = Hex;

/** EIP-712 digest of a request; mirrors `type RequestId is bytes32`. */
export type RequestId = Named<"RequestId">;

/** `keccak256(abi.encode(Model))`: one immutable version of a model. */
export type ModelId = Named<"ModelId">;

/** `keccak256(abi.encode(VerifyingKey))`: a registered Groth16 key. */
export type VerifyingKeyId = Named<"VerifyingKeyId">;

/** 32 zero bytes: "none" wherever a contract has an optional id or commitment. */
export const ZERO_HEX32: Hex32 = `0x${"00".repeat(32)}`;
