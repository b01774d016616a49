// SPDX-License-Identifier: MIT
import {
  type Client,
  encodeAbiParameters,
  type Hex,
  keccak256,
  parseEventLogs,
  toEventSelector,
} from "viem";
import { getAbiItem } from "viem/utils";

import { groth16VerifierAbi } from "../abi/groth16Verifier.ts";
import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import type { DeploymentWith } from "../client/deployment.ts";
import { searchLogs } from "../client/logs.ts";
import { sleep } from "../client/sleep.ts";
import { Evidence, hasEvidence, includesEvidence, pathsIn } from "../protocol/evidence.ts";
import type { Hex32, ModelId } from "../protocol/ids.ts";
import type { Model } from "../protocol/model.ts";
import {
  loadVerifyingKey,
  type QuantisedModel,
  toContractVerifyingKey,
  type VerifyingKey,
  weightsCommitment,
} from "../zkml/index.ts";
import type { JobParts } from "./jobs/parts.ts";
import { ModelUnregisteredError } from "./errors.ts";
import { type KnownModel, Models } from "./models.ts";
import { PathNotOfferedError } from "./runtimes/errors.ts";
import { integerModel } from "./runtimes/integer.ts";
import type { ModelRuntime, ServedModel } from "./runtimes/types.ts";
import type { NodeOptions } from "./types.ts";

/** A registered version that is a given model. */
export interface ModelVersion {
  id: ModelId;
  registered: Model;
  /** What proofs are verified with; undefined when ZKML is not a path. */
  verifyingKey: VerifyingKey | undefined;
}

/** A model at hand, and which of its versions is wanted. */
export interface WantedModel {
  /** Also the name of its circuit. */
  name: string;
  model: QuantisedModel;
  /** The first registered with the model's weights and verifying key if not given. */
  modelId?: ModelId | undefined;
}

const LOOKS = 3;
const BETWEEN_LOOKS_MS = 250;

type Version = Omit<ModelVersion, "verifyingKey">;
type ModelDeployment = DeploymentWith<"modelRegistry" | "block">;

/**
 * The registered version of a model that clients and nodes deal in: the named one, or the first that was registered with
 * the model's weights and, if it has the ZKML path, its verifying key. Not the newest: anybody can register another
 * version with the same weights, whose terms, measurements and key are then his.
 *
 * @throws {ModelUnregisteredError} if there is none.
 */
export async function findModelVersion(
  client: Client,
  { deployment, model, ...wanted }: WantedModel & { deployment: ModelDeployment },
): Promise<ModelVersion> {
  const weights = weightsCommitment(model);
  return choose({ ...wanted, weights }, await readVersions(client, deployment));
}

/**
 * Finds the registered versions of a node's models, see {@link findModelVersion}. Versions that offer what a model's
 * runtime cannot are passed over.
 *
 * @throws {PathNotOfferedError} if there are only such versions.
 */
export async function findModels(
  { client, deployment }: Pick<JobParts["chain"], "client" | "deployment">,
  options: Pick<NodeOptions, "models" | "modelIds" | "runtime">,
): Promise<Models> {
  for (let look = 1; ; look += 1) {
    try {
      return await chooseAll(options, await readVersions(client, deployment));
    } catch (error) {
      // Logs may be missing of an RPC's answer, so it is asked again before that is believed.
      if (!(error instanceof ModelUnregisteredError) || look === LOOKS) throw error;
      await sleep(BETWEEN_LOOKS_MS);
    }
  }
}

async function chooseAll(
  options: Pick<NodeOptions, "models" | "modelIds" | "runtime">,
  versions: readonly Version[],
): Promise<Models> {
  const find = async ([name, model]: [
    string,
    QuantisedModel | ServedModel,
  ]): Promise<KnownModel> => {
    const served = "kind" in model ? model : integerModel(name, model, options.runtime);
    const { weightsCommitment: weights, unitsPerInference } = served;
    const wanted = { name, weights, modelId: options.modelIds?.[name] };
    const version = await choose(wanted, servable(served, versions));
    const fixedUnits = version.registered.unitsPerInference || unitsPerInference;
    return { name, served, fixedUnits, ...version };
  };
  return new Models(await Promise.all(Object.entries(options.models).map(find)));
}

/**
 * The versions on whose terms the runtime can serve. What is not the same bytes twice is never judged by another run of
 * it: so no bonded claim, no proof, and no window in which a signature could be disputed by another one.
 */
function servable(runtime: ModelRuntime, versions: readonly Version[]): readonly Version[] {
  const { name, kind, paths, deterministic, weightsCommitment: weights } = runtime;
  const alike = versions.filter(({ registered }) => registered.weightsCommitment === weights);
  const offered = alike.filter(
    ({ registered }) =>
      includesEvidence(paths, registered.paths) && (deterministic || registered.teeWindow === 0),
  );
  if (offered.length === 0 && alike.length > 0) {
    throw new PathNotOfferedError(name, kind, pathsIn(paths));
  }
  return offered;
}

async function choose(
  { name, weights, modelId }: Omit<WantedModel, "model"> & { weights: Hex32 },
  versions: readonly Version[],
): Promise<ModelVersion> {
  const alike = versions.filter(({ registered }) => registered.weightsCommitment === weights);
  const candidates = modelId === undefined ? alike : alike.filter(({ id }) => id === modelId);
  for (const { id, registered } of candidates) {
    if (!hasEvidence(registered.paths, Evidence.ZKML)) {
      return { id, registered, verifyingKey: undefined };
    }
    const verifyingKey = await loadVerifyingKey(name);
    // Under a key of somebody's own making, anything could be proved against an honest node.
    if (keyIdOf(verifyingKey) === registered.verifyingKeyId)
      return { id, registered, verifyingKey };
  }
  throw new ModelUnregisteredError(name, weights);
}

/** Every registered version, the first registered first. */
async function readVersions(client: Client, deployment: ModelDeployment): Promise<Version[]> {
  const event = getAbiItem({ abi: modelRegistryAbi, name: "ModelRegistered" });
  const logs = await searchLogs(client, {
    deployment,
    addresses: [deployment.modelRegistry],
    topics: [toEventSelector(event)],
  });
  const events = parseEventLogs({ abi: modelRegistryAbi, eventName: "ModelRegistered", logs });
  return events.map(({ args }) => ({ id: args.modelId, registered: args.model }));
}

/** `keccak256(abi.encode(key))`, as the verifier contract names it. */
function keyIdOf(key: VerifyingKey): Hex {
  const { inputs } = getAbiItem({ abi: groth16VerifierAbi, name: "registerKey" });
  return keccak256(encodeAbiParameters(inputs, [toContractVerifyingKey(key)]));
}
