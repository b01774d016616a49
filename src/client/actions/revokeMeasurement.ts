// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface RevokeMeasurementParameters extends WriteOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  modelId: ModelId;
  measurement: Hex32;
}
export type RevokeMeasurementReturnType = WriteReturnType;
export type RevokeMeasurementErrorType = WriteErrorType;

/**
 * Revokes a measurement at once, with all keys that have it; only the model's publisher may.
 *
 * @example
 * await revokeMeasurement(client, { deployment, modelId, measurement });
 */
export async function revokeMeasurement(
  client: Client,
  parameters: RevokeMeasurementParameters,
): Promise<RevokeMeasurementReturnType> {
  const { deployment, modelId, measurement, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.enclaveRegistry,
    functionName: "revokeMeasurement",
    data: encodeCall({
      abi: enclaveRegistryAbi,
      functionName: "revokeMeasurement",
      args: [modelId, measurement],
    }),
  });
}
