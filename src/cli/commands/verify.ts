// SPDX-License-Identifier: MIT
import type { Command } from "commander";

import { formatReport, verifyReceipt, verifyRequest } from "../../verifier/index.ts";
import { loadModel } from "../../zkml/index.ts";
import { parseRequestId } from "../arguments.ts";
import { connect } from "../context.ts";
import { EXIT } from "../errors.ts";
import { readText } from "../files.ts";
import { createOutput } from "../output.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";

/** `assay verify`: re-checks a receipt, or the receipt of a request, with no trust in the nodes. */
export function addVerifyCommand(program: Command): void {
  withChainOptions(
    program
      .command("verify")
      .description(
        "Re-check everything about a settled request: payment, binding, evidence, finality",
      ),
  )
    .argument("<receipt|id>", "file of a receipt (a request's own, or a batch's), or a request id")
    .action(async (what: string, options: CommonOptions) => {
      const output = createOutput(options.json === true);
      const id = what.startsWith("0x") ? parseRequestId(what) : undefined;
      const receipt = id === undefined ? await readText(what) : undefined;
      const { client, deployment } = await connect(options);
      const trusted = { deployment, models: [await loadModel("digits")] };
      const report =
        id === undefined
          ? await verifyReceipt(client, { ...trusted, receipt })
          : await verifyRequest(client, { ...trusted, requestId: id });
      output.result(report, formatReport(report).split("\n"));
      if (!report.ok) process.exitCode = EXIT.failed;
    });
}
