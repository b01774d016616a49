// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { EnclaveKey } from "../../protocol/enclave.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetEnclaveKeyParameters extends ReadOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  key: Address;
}
export type GetEnclaveKeyReturnType = EnclaveKey;
export type GetEnclaveKeyErrorType = ReadErrorType;

/**
 * An enclave key; `admittedAt` is zero before the verdict of the registrars.
 *
 * @example
 * const { expiresAt } = await getEnclaveKey(client, { deployment, key });
 */
export async function getEnclaveKey(
  client: Client,
  parameters: GetEnclaveKeyParameters,
): Promise<GetEnclaveKeyReturnType> {
  const { deployment, key, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.enclaveRegistry,
    abi: enclaveRegistryAbi,
    functionName: "keyOf",
    args: [key],
  });
}
