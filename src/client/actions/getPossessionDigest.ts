// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetPossessionDigestParameters extends ReadOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  node: Address;
  modelId: ModelId;
  /** Address of the enclave's key. */
  key: Address;
}
export type GetPossessionDigestReturnType = Hex32;
export type GetPossessionDigestErrorType = ReadErrorType;

/**
 * What an enclave key signs (raw, 32 bytes) to prove that the proposer holds it.
 *
 * @example
 * const digest = await getPossessionDigest(client, { deployment, node, modelId, key });
 */
export async function getPossessionDigest(
  client: Client,
  parameters: GetPossessionDigestParameters,
): Promise<GetPossessionDigestReturnType> {
  const { deployment, node, modelId, key, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.enclaveRegistry,
    abi: enclaveRegistryAbi,
    functionName: "possessionDigest",
    args: [node, modelId, key],
  });
}
