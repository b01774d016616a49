// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import { isHex } from "viem";

import { formatReport, verifyReceipt, verifyRequest } from "../../verifier/index.ts";
import { loadModel } from "../../zkml/index.ts";
import { connect, readText } from "../context.ts";
import { EXIT } from "../errors.ts";
import { createOutput } from "../output.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";
import { parseRequestId } from "./status.ts";

/** `assay verify`: re-checks a receipt, or the receipt of a request, with no trust in the nodes. */
export function addVerifyCommand(program: Command): void {
  withChainOptions(
    program
      .command("verify")
      .description(
        "Re-check everything about a settled request: payment, binding, evidence, finality",
      ),
  )
    .argument("<receipt|id>", "file of a receipt, or a request id")
    .action(async (what: string, options: CommonOptions) => {
      const output = createOutput(options.json === true);
      const { client, deployment } = await connect(options);
      const models = [await loadModel("digits")];
      const report = isHex(what)
        ? await verifyRequest(client, { deployment, requestId: parseRequestId(what), models })
        : await verifyReceipt(client, { deployment, receipt: await readText(what), models });
      output.result(report, formatReport(report).split("\n"));
      if (!report.ok) process.exitCode = EXIT.failed;
    });
}
