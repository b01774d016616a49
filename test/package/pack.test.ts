// SPDX-License-Identifier: MIT
// The package as an integrator gets it: packed, installed into an empty TypeScript project, type-checked and run there.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "chai";
import { network } from "hardhat";

import { DEVELOPMENT_ACCOUNTS, developmentKey } from "../../src/cli/accounts.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

describe("the packed package", function () {
  this.timeout(300_000);
  let project: string;
  before(async () => {
    project = await mkdtemp(join(tmpdir(), "assay-package-"));
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], {
      cwd: root,
      maxBuffer: 16 * 1024 * 1024,
    });
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [
      { filename: string; files: { path: string }[] },
    ];
    const paths = packed.files.map(({ path }) => path);
    expect(
      paths.filter(
        (path) =>
          !/^(bin|dist|models)\/|^docs\/node-config\.schema\.json$|^[A-Z-]+(\.md)?$|^package\.json$/.test(
            path,
          ),
      ),
      "only what is meant to be published",
    ).to.deep.equal([]);
    await writeFile(
      join(project, "package.json"),
      JSON.stringify({ name: "integrator", private: true, type: "module" }),
    );
    await run(
      "npm",
      ["install", "--no-audit", "--no-fund", "--prefer-offline", `./${packed.filename}`],
      {
        cwd: project,
      },
    );
  });
  after(() => rm(project, { recursive: true, force: true }));

  it("default: the README's lines type-check in an empty project", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const [, lines = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(lines, "the README has the example").to.include("assayActions");
    const source = `
import type { Account, Address, Chain } from "viem";
import type { Request } from "assay/protocol";
declare const account: Account, chain: Chain, market: Address, request: Request;
${lines}
export { id, result, evidence };
`;
    await writeFile(join(project, "example.ts"), source);
    await run(
      join(root, "node_modules", ".bin", "tsc"),
      ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "example.ts"],
      { cwd: project },
    );
  });

  it("behavior: the installed client talks to a deployment, and its command runs", async () => {
    const server = await network.createServer("node", "127.0.0.1", 0);
    try {
      const { address, port } = await server.listen();
      const rpcUrl = `http://${address}:${port}`;
      const folder = join(project, "book");
      await mkdir(folder);
      await run(process.execPath, ["scripts/deploy.ts", `--rpc=${rpcUrl}`, `--folder=${folder}`], {
        cwd: root,
      });
      const { market } = JSON.parse(await readFile(join(folder, "addresses.json"), "utf8")) as {
        market: string;
      };
      await writeFile(
        join(project, "use.mjs"),
        `
import { ContractRevertedError, fetchDeployment, getParameters, withdraw } from "assay";
import { Evidence } from "assay/protocol";
import { loadModel, runModel } from "assay/zkml";
import { AWS_NITRO_ROOT_HASH } from "assay/tee";
import { verifyReceipt } from "assay/verifier";
import { createWalletClient, http, publicActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
const account = privateKeyToAccount("${developmentKey(DEVELOPMENT_ACCOUNTS.client)}");
const client = createWalletClient({ account, transport: http("${rpcUrl}") }).extend(publicActions);
const deployment = await fetchDeployment(client, { market: "${market}" });
const { challengeWindow } = await getParameters(client, { deployment });
const refusal = await withdraw(client, { deployment, to: account.address, amount: 1n }).catch((error) => error);
const model = await loadModel("digits");
console.log(JSON.stringify({
  challengeWindow,
  refused: refusal instanceof ContractRevertedError && refusal.errorName,
  tee: Evidence.TEE,
  logits: runModel(model, new Uint8Array(64)).logits.length,
  root: AWS_NITRO_ROOT_HASH.length,
  verifier: typeof verifyReceipt,
}));
`,
      );
      const { stdout } = await run(process.execPath, ["use.mjs"], { cwd: project });
      expect(JSON.parse(stdout), "what the program found").to.deep.equal({
        challengeWindow: 60,
        refused: "BalanceInsufficient",
        tee: 2,
        logits: 10,
        root: 66,
        verifier: "function",
      });
      const version = await run(join(project, "node_modules", ".bin", "assay"), ["--version"]);
      expect(version.stdout.trim(), "the command's version").to.match(/^\d+\.\d+\.\d+$/);
    } finally {
      await server.close();
    }
  });
});
