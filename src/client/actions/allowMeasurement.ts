// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
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

export interface AllowMeasurementParameters extends WriteOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  modelId: ModelId;
  /** `keccak256(pcr0 || pcr1 || pcr2)`. */
  measurement: Hex32;
}
export interface AllowMeasurementReturnType extends WriteReturnType {
  /** Unix seconds: it counts from then on. */
  effectiveAt: number;
}
export type AllowMeasurementErrorType = WriteErrorType | EventMissingError;

/**
 * Allows an enclave measurement for a model; only its publisher may.
 *
 * @example
 * const { effectiveAt } = await allowMeasurement(client, { deployment, modelId, measurement });
 */
export async function allowMeasurement(
  client: Client,
  parameters: AllowMeasurementParameters,
): Promise<AllowMeasurementReturnType> {
  const { deployment, modelId, measurement, ...options } = parameters;
  const sent = await transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.enclaveRegistry,
    functionName: "allowMeasurement",
    data: encodeCall({
      abi: enclaveRegistryAbi,
      functionName: "allowMeasurement",
      args: [modelId, measurement],
    }),
  });
  const { args } = expectEvent(sent.receipt, {
    abi: enclaveRegistryAbi,
    address: deployment.enclaveRegistry,
    eventName: "MeasurementAllowed",
  });
  return { ...sent, effectiveAt: args.effectiveAt };
}
