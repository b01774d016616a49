// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { modelRegistryAbi } from "../../abi/modelRegistry.ts";
import type { ModelId } from "../../protocol/ids.ts";
import type { Model } from "../../protocol/model.ts";
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

export interface RegisterModelParameters extends WriteOptions {
  deployment: DeploymentWith<"modelRegistry">;
  /** `publisher` must be the caller. */
  model: Model;
}
export interface RegisterModelReturnType extends WriteReturnType {
  /** `keccak256(abi.encode(model))`. */
  modelId: ModelId;
}
export type RegisterModelErrorType = WriteErrorType | EventMissingError;

/**
 * Registers an immutable version of a model.
 *
 * @example
 * const { modelId } = await registerModel(client, { deployment, model });
 */
export async function registerModel(
  client: Client,
  parameters: RegisterModelParameters,
): Promise<RegisterModelReturnType> {
  const { deployment, model, ...options } = parameters;
  const sent = await transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.modelRegistry,
    functionName: "registerModel",
    data: encodeCall({ abi: modelRegistryAbi, functionName: "registerModel", args: [model] }),
  });
  const { args } = expectEvent(sent.receipt, {
    abi: modelRegistryAbi,
    address: deployment.modelRegistry,
    eventName: "ModelRegistered",
  });
  return { ...sent, modelId: args.modelId };
}
