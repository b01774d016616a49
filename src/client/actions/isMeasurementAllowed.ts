// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface IsMeasurementAllowedParameters extends ReadOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  modelId: ModelId;
  measurement: Hex32;
}
export type IsMeasurementAllowedReturnType = boolean;
export type IsMeasurementAllowedErrorType = ReadErrorType;

/**
 * Whether an enclave measurement counts for a model now.
 *
 * @example
 * const allowed = await isMeasurementAllowed(client, { deployment, modelId, measurement });
 */
export async function isMeasurementAllowed(
  client: Client,
  parameters: IsMeasurementAllowedParameters,
): Promise<IsMeasurementAllowedReturnType> {
  const { deployment, modelId, measurement, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.enclaveRegistry,
    abi: enclaveRegistryAbi,
    functionName: "isMeasurementAllowed",
    args: [modelId, measurement],
  });
}
