// SPDX-License-Identifier: MIT
import { getModel } from "../../client/actions/getModel.ts";
import { includesEvidence, pathsIn } from "../../protocol/evidence.ts";
import { modelIdOf } from "../../protocol/model.ts";
import type { VerificationContext } from "../context.ts";
import { demand } from "../report.ts";

const FIELDS = ["weightsCommitment", "verifyingKeyId", "paths"] as const;

/** The model version is registered, its id is the hash of its fields, and request and result keep to its terms. */
export async function checkModel({
  client,
  deployment,
  receipt,
}: VerificationContext): Promise<string> {
  const { request, result } = receipt;
  const { modelId } = request;
  const model = await getModel(client, { deployment, modelId });
  demand(modelIdOf(model) === modelId, `The registry's fields of model ${modelId} hash otherwise.`);
  for (const field of FIELDS) {
    demand(
      receipt.model[field] === model[field],
      `The model's ${field} is ${receipt.model[field]} in the receipt, but ${model[field]} in the registry.`,
    );
  }

  demand(
    includesEvidence(model.paths, request.requiredEvidence),
    "The request requires evidence that the model does not offer.",
  );
  demand(
    model.unitsPerInference === 0 || model.unitsPerInference === result.units,
    `The result charges ${result.units} units, the model has ${model.unitsPerInference} per inference.`,
  );
  demand(
    request.declaredValue <= model.valueCap,
    `The declared value ${request.declaredValue} is above the model's cap ${model.valueCap}.`,
  );
  return `Model ${modelId} is registered with these weights and key, and offers ${pathsIn(model.paths).join(", ")}.`;
}
