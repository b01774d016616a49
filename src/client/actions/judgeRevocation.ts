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

export interface JudgeRevocationParameters extends WriteOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  key: Address;
}
export type JudgeRevocationReturnType = WriteReturnType;
export type JudgeRevocationErrorType = WriteErrorType;

/**
 * A registrar's vote to revoke an enclave key; a quorum does.
 *
 * @example
 * await judgeRevocation(client, { deployment, key });
 */
export async function judgeRevocation(
  client: Client,
  parameters: JudgeRevocationParameters,
): Promise<JudgeRevocationReturnType> {
  const { deployment, key, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.enclaveRegistry,
    functionName: "judgeRevocation",
    data: encodeCall({ abi: enclaveRegistryAbi, functionName: "judgeRevocation", args: [key] }),
  });
}
