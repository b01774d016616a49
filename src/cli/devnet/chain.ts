// SPDX-License-Identifier: MIT
import { join } from "node:path";

import { checkoutRoot } from "../checkout.ts";
import { startProcess, type RunningProcess } from "./process.ts";

export interface LocalChain extends RunningProcess {
  rpcUrl: string;
}

/**
 * Starts a Hardhat node on a port that the system picks: the address it prints is its own, so nothing else can answer there.
 */
export async function startChain(folder: string): Promise<LocalChain> {
  const root = checkoutRoot("demo");
  const chain = await startProcess({
    name: "local chain",
    command: process.execPath,
    args: [
      join(root, "node_modules", "hardhat", "dist", "src", "cli.js"),
      "node",
      "--port=0",
      "--hostname=127.0.0.1",
    ],
    cwd: root,
    logFile: join(folder, "chain.log"),
    readyLine: /JSON-RPC server at (http:\/\/127\.0\.0\.1:\d+)/,
  });
  return { ...chain, rpcUrl: chain.ready[1] ?? "" };
}
