// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { groth16VerifierAbi } from "../../abi/groth16Verifier.ts";
import type { VerifyingKeyId } from "../../protocol/ids.ts";
import type { VerifyingKey } from "../../protocol/verifying-key.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface RegisterKeyParameters extends WriteOptions {
  deployment: DeploymentWith<"groth16Verifier">;
  key: VerifyingKey;
}
export interface RegisterKeyReturnType extends WriteReturnType {
  /** `keccak256(abi.encode(key))`. */
  keyId: VerifyingKeyId;
}
export type RegisterKeyErrorType = WriteErrorType | EventMissingError;

/**
 * Checks and stores a Groth16 verifying key.
 * Keys of the development ceremony are refused off local chains.
 *
 * @example
 * const { keyId } = await registerKey(client, { deployment, key });
 */
export async function registerKey(
  client: Client,
  parameters: RegisterKeyParameters,
): Promise<RegisterKeyReturnType> {
  const { deployment, key, ...options } = parameters;
  const sent = await transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.groth16Verifier,
    functionName: "registerKey",
    data: encodeCall({ abi: groth16VerifierAbi, functionName: "registerKey", args: [key] }),
  });
  const { args } = expectEvent(sent.receipt, {
    abi: groth16VerifierAbi,
    address: deployment.groth16Verifier,
    eventName: "VerifyingKeyRegistered",
  });
  return { ...sent, keyId: args.keyId };
}
