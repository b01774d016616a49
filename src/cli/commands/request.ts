// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import { formatUnits, hexToBytes } from "viem";

import { type NodeOrderResult, RequestEndedError, waitForFinal } from "../../client/index.ts";
import { evidenceOf, hasEvidence, parsePath, pathsIn } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { serializeReceipt } from "../../protocol/receipt.ts";
import { buildReceipt } from "../../verifier/index.ts";
import { commitInput, loadDigitImage, renderDigit } from "../../zkml/index.ts";
import { accountFrom, DEVELOPMENT_ACCOUNTS } from "../accounts.ts";
import { parseHex32, parseSeconds, parseTokens, TOKEN_DECIMALS } from "../arguments.ts";
import { assertFunds } from "../assert-funds.ts";
import { awaitResult } from "../await-result.ts";
import { connect, DEFAULT_RPC_URL, findModel, loadNamedModel, walletOf } from "../context.ts";
import { EXIT, PathMissingError } from "../errors.ts";
import { readBytes, writeText } from "../files.ts";
import { findNode } from "../find-node.ts";
import { bold, createOutput } from "../output.ts";
import { placeOrder, placeRequest } from "../place-request.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";

interface RequestOptions extends CommonOptions {
  model: string;
  modelId?: string;
  path: string;
  image: string;
  node?: string;
  unitPrice: string;
  maxFee: string;
  declaredValue: string;
  deliverWithin: string;
  proveWithin: string;
  receipt?: string;
  order?: true;
  wait: boolean;
}

/** `assay request`: orders one inference, shows the instant answer, and waits until it is final. */
export function addRequestCommand(program: Command): void {
  withChainOptions(
    program
      .command("request")
      .description(
        "Order one inference; the paying key comes from ASSAY_KEY (a published one on local chains)",
      ),
  )
    .option("--model <name>", "model of this package", "digits")
    .option(
      "--model-id <id>",
      "its registered version; by default the first with the package's weights and key",
    )
    .option("--path <path>", "vanilla, zkml or tee", "vanilla")
    .requiredOption("--image <file>", "PGM or PNG whose sides are multiples of 8 pixels")
    .option(
      "--node <address>",
      "inference node; by default the first that serves the model and answers",
    )
    .option("--unit-price <tokens>", "price of a unit", "1")
    .option("--max-fee <tokens>", "most that is paid; the rest returns", "2")
    .option("--declared-value <tokens>", "what others may rely on; added to the node's bond", "0")
    .option("--deliver-within <seconds>", "time for the result", "60")
    .option("--prove-within <seconds>", "time for the proof after that", "60")
    .option("--order", "sign it for the node, which settles it without a record; not opened by you")
    .option("--receipt <file>", "write the receipt there when final")
    .option("--no-wait", "return as soon as the request is open, or the order is answered")
    .action(run);
}

async function run(options: RequestOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const path = parsePath(options.path);
  const terms = readTerms(options);
  const wanted = {
    name: options.model,
    modelId:
      options.modelId === undefined
        ? undefined
        : parseHex32("--model-id", options.modelId, "a model id"),
  };
  const model = await loadNamedModel(options.model);
  const input = loadDigitImage(await readBytes(options.image));
  output.say(renderDigit(input));

  const context = await connect(options);
  const { deployment } = context;
  const wallet = walletOf(
    context,
    accountFrom("ASSAY_KEY", context.chain.id, DEVELOPMENT_ACCOUNTS.client),
  );
  const { id: modelId, registered } = await findModel(context, wanted);
  if (!hasEvidence(registered.paths, evidenceOf(path)))
    throw new PathMissingError(options.model, path, pathsIn(registered.paths));
  await assertFunds(wallet, { deployment, amount: terms.maxFee });
  const { address: node, service } = await findNode(context, {
    modelId,
    ...(options.node === undefined ? {} : { node: options.node }),
  });

  const start = performance.now();
  const order = {
    modelId,
    path,
    node,
    input,
    inputCommitment: commitInput(model, input),
    teeWindow: registered.teeWindow,
    ...terms,
  };
  const placing = { deployment, service, order };
  const placed: { id: RequestId; answer?: NodeOrderResult } =
    options.order === true
      ? await placeOrder(wallet, placing)
      : await placeRequest(wallet, placing);
  const { id } = placed;
  output.say(`Request ${id}`);
  if (!options.wait) {
    output.result({ id, path, outcome: "pending" }, [
      `Follow it: npx assay status ${id} --watch${sameChain(options)}`,
    ]);
    return;
  }

  const answer = placed.answer ?? (await awaitResult(context, { id, service }));
  const resultMs = Math.round(performance.now() - start);
  const digit = answer === undefined ? undefined : hexToBytes(answer.output)[0];
  if (digit !== undefined)
    output.say(`Answer  ${bold(String(digit))} after ${resultMs} ms, to be proved (${path})`);

  try {
    await waitForFinal(context.client, { deployment, id });
  } catch (error) {
    if (!(error instanceof RequestEndedError)) throw error;
    output.result({ id, path, outcome: error.state.toLowerCase(), digit }, [error.message]);
    process.exitCode = EXIT.failed;
    return;
  }
  const finalMs = Math.round(performance.now() - start);
  const receipt = await buildReceipt(context.client, { deployment, requestId: id });
  if (options.receipt !== undefined)
    await writeText(options.receipt, `${serializeReceipt(receipt)}\n`);
  const fee = receipt.payout.inference + receipt.payout.verification + receipt.payout.data;
  output.result({ id, path, outcome: "final", digit, resultMs, finalMs, payout: receipt.payout }, [
    `Final   after ${finalMs} ms; paid ${formatUnits(fee, TOKEN_DECIMALS)}, refunded ${formatUnits(receipt.payout.refund, TOKEN_DECIMALS)} tokens`,
    `Check it yourself: npx assay verify ${id}${sameChain(options)}`,
  ]);
}

/** Price and times; wrong ones are told before anything else is done. */
function readTerms(options: RequestOptions) {
  return {
    unitPrice: parseTokens("--unit-price", options.unitPrice),
    maxFee: parseTokens("--max-fee", options.maxFee),
    declaredValue: parseTokens("--declared-value", options.declaredValue),
    deliverWithin: parseSeconds("--deliver-within", options.deliverWithin),
    proveWithin: parseSeconds("--prove-within", options.proveWithin),
  };
}

/** The options that lead another command to the same chain and market. */
function sameChain(options: RequestOptions): string {
  const market = options.market === undefined ? "" : ` --market ${options.market}`;
  return `${options.rpc === DEFAULT_RPC_URL ? "" : ` --rpc ${options.rpc}`}${market}`;
}
