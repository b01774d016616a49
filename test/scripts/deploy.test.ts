// SPDX-License-Identifier: MIT
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "chai";
import { network } from "hardhat";
import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { modelRegistryAbi } from "../../src/abi/index.ts";
import {
  ContractRevertedError,
  fetchDeployment,
  getCourtParameters,
  getParameters,
  parseDeployment,
  registerKey,
  type Deployment,
} from "../../src/client/index.ts";
import { DEVELOPMENT_ACCOUNTS, developmentKey } from "../../src/cli/accounts.ts";
import { loadVerifyingKey, toContractVerifyingKey } from "../../src/zkml/index.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

interface Deployed {
  deployment: Deployment;
  book: Deployment;
  rpcUrl: string;
  close(): Promise<void>;
}

/** Deploys by the script, as a user does, to a chain of its own on a port that the system picks. */
async function deployTo(networkName: "node" | "testchain", args: string[]): Promise<Deployed> {
  const server = await network.createServer(networkName, "127.0.0.1", 0);
  const { address, port } = await server.listen();
  const rpcUrl = `http://${address}:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "assay-deploy-"));
  const close = async (): Promise<void> => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
  const { stdout } = await run(
    process.execPath,
    ["scripts/deploy.ts", `--rpc=${rpcUrl}`, `--folder=${folder}`, "--json", ...args],
    {
      cwd: root,
      env: { ...process.env, ASSAY_DEPLOYER_KEY: developmentKey(DEVELOPMENT_ACCOUNTS.deployer) },
    },
  ).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const book = parseDeployment(await readFile(join(folder, "addresses.json"), "utf8"));
  return {
    deployment: parseDeployment(stdout.trim().split("\n").at(-1) ?? ""),
    book,
    rpcUrl,
    close,
  };
}

for (const chain of [
  { name: "a local chain", networkName: "node", args: [], challengeWindow: 60, paths: 0b111 },
  {
    name: "a test chain",
    networkName: "testchain",
    args: ["--network=external", "--fresh"],
    challengeWindow: 600,
    // Without ZKML: the development key is refused there.
    paths: 0b101,
  },
] as const) {
  describe(`deploy to ${chain.name}`, () => {
    let deployed: Deployed | undefined;
    before(async function () {
      this.timeout(120_000);
      deployed = await deployTo(chain.networkName, [...chain.args]);
    });
    after(() => deployed?.close());

    const theDeployed = (): Deployed => {
      if (deployed === undefined) throw new Error("not deployed");
      return deployed;
    };
    const clientOf = () => createPublicClient({ transport: http(theDeployed().rpcUrl) });

    it("default", async () => {
      const client = clientOf();
      const { deployment, book } = theDeployed();
      expect(book, "the address book is what was printed").to.deep.equal(deployment);
      expect(
        await fetchDeployment(client, {
          market: deployment.market,
          known: { block: deployment.block },
        }),
        "everything is found from the market alone",
      ).to.deep.equal(deployment);
      const parameters = await getParameters(client, { deployment });
      expect(parameters.challengeWindow, "window of the chain's parameters").to.equal(
        chain.challengeWindow,
      );
      const court = await getCourtParameters(client, { deployment });
      expect(court.burnBps, "burned share").to.equal(8_000);
    });

    it("behavior: the digit model has the paths that this chain allows", async () => {
      const [registered] = await clientOf().getContractEvents({
        address: theDeployed().deployment.modelRegistry,
        abi: modelRegistryAbi,
        eventName: "ModelRegistered",
        fromBlock: 0n,
        strict: true,
      });
      expect(registered?.args.model.paths, "paths").to.equal(chain.paths);
    });

    it("error: a development key on any chain but a local one", async () => {
      const wallet = createWalletClient({
        account: privateKeyToAccount(developmentKey(DEVELOPMENT_ACCOUNTS.client)),
        transport: http(theDeployed().rpcUrl),
      });
      const key = toContractVerifyingKey(await loadVerifyingKey("digits"));
      const refusal = async (development: boolean): Promise<string> => {
        try {
          await registerKey(wallet, {
            deployment: theDeployed().deployment,
            key: { ...key, development },
          });
          return "accepted";
        } catch (error) {
          if (error instanceof ContractRevertedError) return error.errorName;
          throw error;
        }
      };
      expect(await refusal(true), "marked").to.equal(
        chain.networkName === "node" ? "KeyAlreadyRegistered" : "KeyDevelopmentRefused",
      );
      expect(await refusal(false), "its mark removed").to.equal("KeyDevelopmentUnmarked");
    });
  });
}
