// SPDX-License-Identifier: MIT
import { getDispute } from "../../client/actions/getDispute.ts";
import { getModel } from "../../client/actions/getModel.ts";
import { getParameters } from "../../client/actions/getParameters.ts";
import { finalAt, windowOf } from "../../protocol/deadlines.ts";
import type { Model } from "../../protocol/model.ts";
import { Verdict } from "../../protocol/state.ts";
import type { VerificationContext } from "../context.ts";
import { demand } from "../report.ts";
import { rerunClaim } from "../rerun.ts";

/** The claim stood: its window closed undisputed, or the dispute's verdict upheld it. A claim that was proved needs neither. */
export async function checkVanillaEvidence(context: VerificationContext): Promise<string> {
  const { client, deployment, receipt } = context;
  const model = await getModel(client, { deployment, modelId: receipt.request.modelId });
  const dispute = await getDispute(client, { deployment, id: receipt.requestId });
  if (dispute.openedAt !== 0) {
    demand(dispute.verdict === Verdict.UPHELD, "The claim was disputed and not upheld.");
    return `The claim was disputed and upheld. ${await rerunClaim(context, model)}`;
  }
  return demandWindow(context, model);
}

async function demandWindow(context: VerificationContext, model: Model): Promise<string> {
  const { client, deployment, receipt, readRecord } = context;
  const { request, settledAt } = receipt;
  const parameters = await getParameters(client, { deployment });
  const record = await readRecord();
  const { requiredEvidence } = request;
  if (windowOf(record.evidence, parameters, model) === 0) {
    return "The bonded claim needed no window: its proof made it final at once.";
  }

  const end = finalAt({ record, requiredEvidence, parameters, model });
  demand(end !== 0, "The claim's window never started: required evidence is missing.");
  demand(
    settledAt.timestamp >= BigInt(end),
    `The claim was settled at ${settledAt.timestamp}, before its window closed at ${end}.`,
  );
  return `The claim's window closed undisputed at ${end}. ${await rerunClaim(context, model)}`;
}
