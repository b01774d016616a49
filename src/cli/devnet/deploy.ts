// SPDX-License-Identifier: MIT
import { join } from "node:path";

import { checkoutRoot } from "../checkout.ts";
import { runProcess } from "./process.ts";

export interface DeployParameters {
  rpcUrl: string;
  /** File of ignition/parameters, without its ending. */
  parameters?: string;
  /** Where the address book goes; deployments/<chain id>/ if not given. */
  folder?: string;
  token?: string;
  onLine?: (line: string) => void;
}

/** Runs the deploy script, with the key in ASSAY_DEPLOYER_KEY if there is one, and returns the address book that it printed, as JSON. */
export async function deploy(options: DeployParameters): Promise<string> {
  const { rpcUrl, parameters, folder, token, onLine } = options;
  const root = checkoutRoot("deploy");
  const printed = await runProcess({
    name: "deployment",
    command: process.execPath,
    args: [
      join(root, "scripts", "deploy.ts"),
      `--rpc=${rpcUrl}`,
      "--json",
      ...(process.env["ASSAY_DEPLOYER_KEY"] === undefined ? [] : ["--network=external"]),
      ...(parameters === undefined ? [] : ["--parameters", parameters]),
      ...(folder === undefined ? [] : ["--folder", folder]),
      ...(token === undefined ? [] : ["--token", token]),
    ],
    cwd: root,
    ...(onLine === undefined ? {} : { onLine }),
  });
  return printed.trim().split("\n").at(-1) ?? "";
}
