// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Address } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { serializeDeployment } from "../../client/index.ts";
import { DEVELOPMENT_ACCOUNTS, developmentKey } from "../accounts.ts";
import { packageRoot } from "../checkout.ts";
import type { Context } from "../context.ts";
import { fund } from "./funds.ts";
import { startProcess, type RunningProcess } from "./process.ts";

/** A node process of a local chain. */
export interface DevelopmentNode extends RunningProcess {
  address: Address;
  endpoint: string;
}

/** Which node to start; `script` replaces the `assay` command. */
export interface NodeSpecification {
  name: string;
  role: "inference" | "verification";
  account: number;
  script?: string;
}

/** One inference node and three verification nodes, each with its own key. */
export const DEVELOPMENT_NODES: readonly NodeSpecification[] = [
  { name: "inference", role: "inference", account: DEVELOPMENT_ACCOUNTS.inference },
  ...DEVELOPMENT_ACCOUNTS.verification.map((account, index) => ({
    name: `verification-${index + 1}`,
    role: "verification" as const,
    account,
  })),
];

/** Funds the nodes' accounts and starts a process for each; they register themselves. */
export async function startNodes(
  context: Context,
  parameters: { command: string; specifications: readonly NodeSpecification[]; folder: string },
): Promise<DevelopmentNode[]> {
  const { command, specifications, folder } = parameters;
  const book = join(folder, "addresses.json");
  await mkdir(folder, { recursive: true });
  await writeFile(book, serializeDeployment(context.deployment));
  const addressOf = ({ account }: NodeSpecification): Address =>
    privateKeyToAccount(developmentKey(account)).address;
  await fund(context, command, specifications.map(addressOf));
  return Promise.all(
    specifications.map(async (specification) => {
      const { name, role, account, script } = specification;
      const started = await startProcess({
        name: `${name} node`,
        command: process.execPath,
        args: [
          script ?? join(packageRoot, "bin", "assay.mjs"),
          ...(script === undefined ? ["node", role] : []),
          `--rpc=${context.rpcUrl}`,
          `--deployment=${book}`,
          `--folder=${join(folder, name)}`,
        ],
        env: { ASSAY_NODE_KEY: developmentKey(account) },
        cwd: packageRoot,
        logFile: join(folder, `${name}.log`),
        readyLine: /"endpoint":"([^"]+)".*"msg":"ready"/,
      });
      return { ...started, address: addressOf(specification), endpoint: started.ready[1] ?? "" };
    }),
  );
}
