// SPDX-License-Identifier: MIT
import { bytesToHex, type Client, hexToBytes } from "viem";

import { getEndpoint } from "../client/actions/getEndpoint.ts";
import type { Deployment } from "../client/deployment.ts";
import { RpcFailedError } from "../client/errors.ts";
import { nodeClient } from "../client/node/nodeClient.ts";
import { BaseError } from "../protocol/errors.ts";
import type { Model } from "../protocol/model.ts";
import { commitInput, weightsCommitment } from "../zkml/commitment.ts";
import type { QuantisedModel } from "../zkml/model.ts";
import { runModel } from "../zkml/runtime.ts";
import type { FetchInput, AnswerContext } from "./context.ts";
import { EndpointMissingError } from "./errors.ts";
import { demand } from "./report.ts";

const NOT_RERUN = "The claim was not re-run here:";

/** Gets inputs from the node that served the request. */
export function inputFromNode(client: Client, deployment: Deployment): FetchInput {
  return async ({ request, result }) => {
    const endpoint = await getEndpoint(client, { deployment, node: result.node });
    if (endpoint === "") throw new EndpointMissingError(result.node);
    const node = nodeClient({ endpoint });
    return (await node.getInput({ commitment: request.inputCommitment })).input;
  };
}

/**
 * Computes a claimed output again if the model is at hand and its input can be had, and says whether it did. A node that
 * hands out no input, or a wrong one, refutes nothing; another output does.
 */
export async function rerunClaim(context: AnswerContext, model: Model): Promise<string> {
  const { receipt, models } = context;
  const local = Object.values(models).find(
    (known) => weightsCommitment(known) === model.weightsCommitment,
  );
  if (local === undefined) return `${NOT_RERUN} no local model has its weights.`;
  const input = await getCommittedInput(context, local);
  if (input === undefined) return `${NOT_RERUN} its input could not be had.`;

  const { output } = runModel(local, input);
  demand(
    bytesToHex(output) === receipt.output,
    `Run again, the model answers ${bytesToHex(output)}: the claim is wrong.`,
  );
  return "Run again here, the model gives the same output.";
}

async function getCommittedInput(
  { receipt, fetchInput }: AnswerContext,
  model: QuantisedModel,
): Promise<Uint8Array | undefined> {
  try {
    const input = hexToBytes(await fetchInput(receipt));
    return commitInput(model, input) === receipt.request.inputCommitment ? input : undefined;
  } catch (error) {
    if (!(error instanceof BaseError) || error instanceof RpcFailedError) throw error;
    return undefined;
  }
}
