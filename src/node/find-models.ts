// SPDX-License-Identifier: MIT
import { encodeAbiParameters, type Hex, keccak256, parseEventLogs, toEventSelector } from "viem";
import { getAbiItem } from "viem/utils";

import { groth16VerifierAbi } from "../abi/groth16Verifier.ts";
import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { searchLogs } from "../client/logs.ts";
import { Evidence, hasEvidence } from "../protocol/evidence.ts";
import type { ModelId } from "../protocol/ids.ts";
import type { Model } from "../protocol/model.ts";
import {
  loadVerifyingKey,
  type QuantisedModel,
  toContractVerifyingKey,
  type VerifyingKey,
  weightsCommitment,
} from "../zkml/index.ts";
import type { Chain } from "./chain.ts";
import { ModelUnregisteredError } from "./errors.ts";
import { type KnownModel, Models } from "./models.ts";
import type { NodeOptions } from "./types.ts";

interface Version {
  modelId: ModelId;
  model: Model;
}

/**
 * Finds the registered versions of the given models.
 *
 * @throws {ModelUnregisteredError} if a model has none, or the named one is of other weights or another key.
 */
export async function findModels(chain: Chain, options: NodeOptions): Promise<Models> {
  const versions = await readVersions(chain);
  const find = ([name, model]: [string, QuantisedModel]) =>
    findModel(name, model, versions, options.modelIds?.[name]);
  return new Models(await Promise.all(Object.entries(options.models).map(find)), options.runtime);
}

async function findModel(
  name: string,
  model: QuantisedModel,
  versions: readonly Version[],
  modelId: ModelId | undefined,
): Promise<KnownModel> {
  const weights = weightsCommitment(model);
  const alike = versions.filter((version) => version.model.weightsCommitment === weights);
  const candidates = modelId === undefined ? alike : alike.filter((v) => v.modelId === modelId);
  for (const { modelId: id, model: registered } of candidates) {
    const units = registered.unitsPerInference || model.unitsPerInference;
    if (!hasEvidence(registered.paths, Evidence.ZKML)) {
      return { id, name, model, registered, verifyingKey: undefined, units };
    }
    const verifyingKey = await loadVerifyingKey(name);
    // Under a key of somebody's own making, anything could be proved against an honest node.
    if (keyIdOf(verifyingKey) === registered.verifyingKeyId) {
      return { id, name, model, registered, verifyingKey, units };
    }
  }
  throw new ModelUnregisteredError(name, weights);
}

/** Every registered version, the first registered first. */
async function readVersions({ client, deployment }: Chain): Promise<Version[]> {
  const event = getAbiItem({ abi: modelRegistryAbi, name: "ModelRegistered" });
  const logs = await searchLogs(client, {
    deployment,
    addresses: [deployment.modelRegistry],
    topics: [toEventSelector(event)],
  });
  const events = parseEventLogs({ abi: modelRegistryAbi, eventName: "ModelRegistered", logs });
  return events.map(({ args }) => args);
}

/** `keccak256(abi.encode(key))`, as the verifier contract names it. */
function keyIdOf(key: VerifyingKey): Hex {
  const { inputs } = getAbiItem({ abi: groth16VerifierAbi, name: "registerKey" });
  return keccak256(encodeAbiParameters(inputs, [toContractVerifyingKey(key)]));
}
