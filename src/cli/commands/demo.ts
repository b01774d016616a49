// SPDX-License-Identifier: MIT
import type { Command } from "commander";

import { DEMO_CASES } from "../demo/cases.ts";
import { describe, paymentsOf } from "../demo/report.ts";
import { placeCase, type DemoResult } from "../demo/run.ts";
import { startNetwork, type DemoNetwork } from "../demo/setup.ts";
import { EXIT } from "../errors.ts";
import { untilInterrupted } from "../interrupt.ts";
import { createOutput, dim, red } from "../output.ts";
import { withJson } from "./common.ts";

interface DemoOptions {
  keep?: true;
  json?: true;
}

/** `assay demo`: a local chain, real nodes, and five requests: three proved, one lie caught, one refunded. */
export function addDemoCommand(program: Command): void {
  withJson(
    program
      .command("demo")
      .description(
        "Run one request per path, a lie and an unserved request on a local chain of its own",
      ),
  )
    .option("--keep", "leave chain and nodes running until Ctrl-C")
    .action(run);
}

async function run(options: DemoOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const start = performance.now();
  const say = (line: string): void =>
    output.say(
      `${dim(`${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s`)}  ${line}`,
    );

  const network = await startNetwork(say);
  try {
    const finished: Promise<DemoResult>[] = [];
    for (const demoCase of DEMO_CASES)
      finished.push((await placeCase(network, demoCase, say)).finished);
    const results = await Promise.all(finished);
    print(network, results, output, options.keep === true);

    const unexpected = results.filter(({ outcome, case: { expected } }) => outcome !== expected);
    for (const { outcome, case: demoCase } of unexpected)
      output.say(
        red(`${demoCase.path}, ${demoCase.title}: ${outcome}, not ${demoCase.expected} as it must`),
      );
    if (unexpected.length > 0) process.exitCode = EXIT.failed;
    if (options.keep) await keep(network);
  } finally {
    await network.stop();
  }
}

function print(
  network: DemoNetwork,
  results: readonly DemoResult[],
  output: ReturnType<typeof createOutput>,
  kept: boolean,
): void {
  const { context } = network;
  const summary = {
    requests: results.map((result) => ({
      id: result.id,
      path: result.case.path,
      title: result.case.title,
      outcome: result.outcome,
      digit: result.digit ?? null,
      resultMs: result.resultMs ?? null,
      finalMs: result.finalMs,
      gas: Number(result.gas),
      payments: paymentsOf(network, result),
    })),
    chainId: context.chain.id,
    rpcUrl: context.rpcUrl,
    market: context.deployment.market,
  };
  const at = `--rpc ${context.rpcUrl} --market ${context.deployment.market}`;
  const first = results[0]?.id ?? "";
  const next = kept
    ? [
        "The chain stays up until Ctrl-C. In another terminal:",
        `  npx assay verify ${first} ${at}`,
        `  npx assay status ${first} ${at}`,
        `  npx assay request --path zkml --image models/digits/samples/4.png ${at}`,
      ]
    : [
        "Try next:",
        "  npm run demo -- --keep       leave the chain up, and verify or order yourself",
        "  npx assay --help             all commands",
        "  npm test                     all tests",
      ];
  output.result(summary, [
    "",
    ...results.flatMap((result) => [...describe(network, result), ""]),
    ...next,
  ]);
}

async function keep(network: DemoNetwork): Promise<void> {
  await network.stopLiar();
  await untilInterrupted();
}
