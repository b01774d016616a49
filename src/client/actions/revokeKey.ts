// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface RevokeKeyParameters extends WriteOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  key: Address;
}
export type RevokeKeyReturnType = WriteReturnType;
export type RevokeKeyErrorType = WriteErrorType;

/**
 * Revokes an enclave key at once; its node or the node's operator may.
 *
 * @example
 * await revokeKey(client, { deployment, key });
 */
export async function revokeKey(
  client: Client,
  parameters: RevokeKeyParameters,
): Promise<RevokeKeyReturnType> {
  const { deployment, key, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.enclaveRegistry,
    functionName: "revokeKey",
    data: encodeCall({ abi: enclaveRegistryAbi, functionName: "revokeKey", args: [key] }),
  });
}
