// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

import { getModel } from "../../client/actions/getModel.ts";
import { isLocalChain } from "../../protocol/chains.ts";
import { resultBinding } from "../../protocol/typed-data.ts";
import { verifyZkmlEvidence, type ZkmlRefusal } from "../../zkml/verify-evidence.ts";
import type { AnswerContext } from "../context.ts";
import { demand } from "../report.ts";
import { readVerifyingKey } from "../verifyingKey.ts";

const REASONS: Record<ZkmlRefusal, string> = {
  "malformed-evidence": "The bytes are not a proof with its output.",
  "output-mismatch": "The proof is for another output.",
  "output-not-canonical": "The output is empty or has leading zeros: a proof does not tell it.",
  "signal-out-of-range": "The input commitment is no field element.",
  "proof-rejected": "The proof does not verify for this request, input, output and node.",
};

/** The proof verifies, here and not on chain, under the key that the chain has for the model. */
export async function checkZkmlEvidence(context: AnswerContext, evidence: Hex): Promise<string> {
  const { client, deployment, receipt, resultDigest } = context;
  const { request, result } = receipt;
  const { verifyingKeyId } = await getModel(client, { deployment, modelId: request.modelId });
  const verifyingKey = await readVerifyingKey(client, { deployment, keyId: verifyingKeyId });
  demand(
    !verifyingKey.development || isLocalChain(deployment.chainId),
    "The model's key is a development key: anybody can forge proofs under it.",
  );

  const verdict = await verifyZkmlEvidence({
    verifyingKey,
    inputCommitment: request.inputCommitment,
    outputCommitment: result.outputCommitment,
    binding: resultBinding(resultDigest),
    evidence,
  });
  if (!verdict.valid) demand(false, REASONS[verdict.reason]);
  const key = verifyingKey.development ? "the chain's (development) key" : "the chain's key";
  return `The proof verifies off chain under ${key} ${verifyingKeyId}, for this request, input, output and node.`;
}
