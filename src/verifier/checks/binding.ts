// SPDX-License-Identifier: MIT
import { isAddressEqual } from "viem";

import { getNode } from "../../client/actions/getNode.ts";
import { commitOutput } from "../../protocol/typed-data.ts";
import type { AnswerContext } from "../context.ts";
import { demand } from "../report.ts";
import { recoverSigner } from "../signature.ts";

/** The output is the one committed to, and the node itself signed the result for this request. */
export async function checkBinding(context: AnswerContext): Promise<string> {
  const { client, deployment, receipt, resultDigest } = context;
  const { result, output, resultSignature } = receipt;
  const commitment = commitOutput(output);
  demand(
    commitment === result.outputCommitment,
    `The output has the commitment ${commitment}, the result says ${result.outputCommitment}.`,
  );

  const signer = await recoverSigner(resultDigest, resultSignature, "node's signature");
  if (!isAddressEqual(signer, result.node)) {
    // An operator runs several nodes: its word does not say which of them answered.
    const { operator } = await getNode(client, { deployment, node: result.node });
    const who = isAddressEqual(signer, operator) ? "the node's operator" : signer;
    demand(false, `The result was signed by ${who}, not by the node ${result.node}.`);
  }
  return `Node ${result.node} signed this output and ${result.units} units for this request.`;
}
