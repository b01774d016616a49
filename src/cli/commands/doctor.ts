// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import { formatEther } from "viem";

import { getLedgerBalance } from "../../client/index.ts";
import { loadCircuit } from "../../zkml/index.ts";
import { accountFrom, DEVELOPMENT_ACCOUNTS } from "../accounts.ts";
import { isCheckout } from "../checkout.ts";
import { connect, connectChain, findModel, type Context } from "../context.ts";
import { EXIT } from "../errors.ts";
import { toTypedError } from "../failure.ts";
import { findNode } from "../find-node.ts";
import { createOutput, green, red } from "../output.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";

const MINIMUM_NODE = 20;

/** `assay doctor`: what works here, what does not, and how to fix it. */
export function addDoctorCommand(program: Command): void {
  withChainOptions(
    program
      .command("doctor")
      .description("Check this machine, the chain, the deployment and the nodes"),
  ).action(async (options: CommonOptions) => {
    const output = createOutput(options.json === true);
    const checks: { name: string; ok: boolean; detail: string }[] = [];
    const check = async <T>(
      name: string,
      run: () => Promise<readonly [T, string]>,
    ): Promise<T | undefined> => {
      try {
        const [value, detail] = await run();
        checks.push({ name, ok: true, detail });
        return value;
      } catch (error) {
        checks.push({ name, ok: false, detail: toTypedError(error).message });
        return undefined;
      }
    };

    const major = Number(process.versions.node.split(".")[0]);
    checks.push({
      name: "node",
      ok: major >= MINIMUM_NODE,
      detail: `Node ${process.versions.node}`,
    });
    checks.push({
      name: "package",
      ok: true,
      detail: isCheckout() ? "a checkout" : "the published package",
    });
    await check("circuit", async () => {
      await loadCircuit("digits");
      return [true, "the digit circuit is built"] as const;
    });
    await check("chain", async () => {
      const { chain, client } = await connectChain(options.rpc);
      return [chain, `chain ${chain.id}, block ${await client.getBlockNumber()}`] as const;
    });
    const context = await check("deployment", async () => {
      const found = await connect(options);
      return [found, `market ${found.deployment.market}`] as const;
    });
    if (context !== undefined) await checkDeployment(context, check);

    output.result(
      { ok: checks.every(({ ok }) => ok), checks },
      checks.map(
        ({ name, ok, detail }) => `${ok ? green("✓") : red("✗")} ${name.padEnd(12)} ${detail}`,
      ),
    );
    if (checks.some(({ ok }) => !ok)) process.exitCode = EXIT.failed;
  });
}

async function checkDeployment(
  context: Context,
  check: <T>(name: string, run: () => Promise<readonly [T, string]>) => Promise<T | undefined>,
): Promise<void> {
  const { client, deployment, chain } = context;
  const modelId = await check("model", async () => {
    const { id } = await findModel(context, { name: "digits" });
    return [id, `digits is ${id}`] as const;
  });
  await check("account", async () => {
    const { address } = accountFrom("ASSAY_KEY", chain.id, DEVELOPMENT_ACCOUNTS.client);
    const [ether, ledger] = await Promise.all([
      client.getBalance({ address }),
      getLedgerBalance(client, { deployment, account: address }),
    ]);
    const detail = `${address}: ${formatEther(ether)} ETH for gas, ${formatEther(ledger)} tokens in the market`;
    return [address, detail] as const;
  });
  if (modelId !== undefined)
    await check("node", async () => {
      const { address, service } = await findNode(context, { modelId });
      return [address, `${address} answers at ${service.endpoint}`] as const;
    });
}
