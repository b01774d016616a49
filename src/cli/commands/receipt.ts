// SPDX-License-Identifier: MIT
import type { Command } from "commander";

import { serializeReceipt } from "../../protocol/receipt.ts";
import { buildReceipt } from "../../verifier/index.ts";
import { parseRequestId } from "../arguments.ts";
import { connect } from "../context.ts";
import { writeText } from "../files.ts";
import { createOutput } from "../output.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";

/** `assay receipt`: the self-contained record of a final request. */
export function addReceiptCommand(program: Command): void {
  withChainOptions(program.command("receipt").description("Print the receipt of a final request"))
    .argument("<id>", "request id")
    .option("--out <file>", "write it there instead")
    .action(async (text: string, options: CommonOptions & { out?: string }) => {
      const output = createOutput(options.json === true);
      const requestId = parseRequestId(text);
      const { client, deployment } = await connect(options);
      const receipt = await buildReceipt(client, { deployment, requestId });
      const line = serializeReceipt(receipt);
      if (options.out === undefined) {
        process.stdout.write(`${line}\n`);
        return;
      }
      await writeText(options.out, `${line}\n`);
      output.result({ file: options.out }, [
        `Written to ${options.out}. Check it: npx assay verify ${options.out}`,
      ]);
    });
}
