// SPDX-License-Identifier: MIT
// What a user can get wrong, and what the command says to it: a code, how to fix it, and the right exit code.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import { network } from "hardhat";

import { ContractRevertedError, registerKey } from "../../src/client/index.ts";
import { loadVerifyingKey, toContractVerifyingKey } from "../../src/zkml/index.ts";
import { rejection } from "../client/rejection.ts";
import { runRefused } from "./assay.ts";
import { keyOf, type World } from "./world.ts";

interface Case {
  args: string[];
  /** The error's code, and the exit code. */
  code: string;
  exit: number;
  /** What the message must say. */
  says: RegExp;
  env?: Record<string, string>;
}

const SAMPLE = "--image=models/digits/samples/7.png";
const NOWHERE = "0x00000000000000000000000000000000000000aa";
const NO_ID = `0x${"12".repeat(32)}`;

export function addBadInputTests(theWorld: () => World & { id: string; silent: string }): void {
  describe("bad input", () => {
    /** Three at a time: each is a process of its own. */
    const expectRefusals = async (cases: Record<string, Case>) => {
      const expectRefusal = async ([name, { args, code, exit, says, env }]: [string, Case]) =>
        expect(await runRefused(args, { code, exit }, env), name).to.match(says);
      const left = Object.entries(cases);
      const work = async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift())
          await expectRefusal(next);
      };
      await Promise.all([work(), work(), work()]);
    };

    it("error: files", async function () {
      this.timeout(180_000);
      const { at, folder } = theWorld();
      await mkdir(join(folder, "bad"));
      const fileOf = async (name: string, text: string) => {
        await writeFile(join(folder, "bad", name), text);
        return join(folder, "bad", name);
      };
      const odd = await fileOf("odd.pgm", `P2 9 7 15\n${"0 ".repeat(63)}\n`);
      const text = await fileOf("text.png", "no picture");
      const book = await fileOf("book.json", '{"chainId":31337}');
      await expectRefusals({
        "wrong size": {
          args: ["request", ...at, `--image=${odd}`],
          code: "ZKML-005",
          exit: 2,
          says: /9 x 7 pixels; both sides must be multiples of 8/,
        },
        "no image": {
          args: ["request", ...at, `--image=${text}`],
          code: "ZKML-004",
          exit: 2,
          says: /neither a PGM nor a PNG\. Use PGM/,
        },
        "missing image": {
          args: ["request", ...at, "--image=nowhere.png"],
          code: "CLI-005",
          exit: 2,
          says: /nowhere\.png cannot be read\. Check/,
        },
        "folder that is not there": {
          args: ["receipt", ...at, theWorld().id, `--out=${folder}/no/receipt.json`],
          code: "CLI-015",
          exit: 2,
          says: /folder exists/,
        },
        "malformed address book": {
          args: ["status", at[0] ?? "", `--deployment=${book}`, NO_ID],
          code: "PROTO-004",
          exit: 2,
          says: /\$\.market.* is missing/,
        },
      });
    });

    it("error: words, ids and numbers", async function () {
      this.timeout(180_000);
      const { at } = theWorld();
      const request = ["request", ...at, SAMPLE];
      const usage = { code: "CLI-006", exit: 2 };
      await expectRefusals({
        "unknown model": {
          args: [...request, "--model=cats"],
          code: "CLI-007",
          exit: 2,
          says: /no model "cats" here\. Known: digits/,
        },
        "unknown path": {
          args: [...request, "--path=magic"],
          code: "PROTO-001",
          exit: 2,
          says: /vanilla, zkml, tee/,
        },
        "a deadline that has passed": {
          args: [...request, "--deliver-within=0"],
          ...usage,
          says: /--deliver-within is a whole number of seconds, at least 1/,
        },
        "a fee that is no number": {
          args: [...request, "--max-fee=lots"],
          ...usage,
          says: /--max-fee is a number of tokens/,
        },
        "a node that is no address": {
          args: [...request, "--node=alice"],
          ...usage,
          says: /--node is an address/,
        },
        "malformed id": {
          args: ["status", ...at, "0x1234"],
          ...usage,
          says: /0x and 64 hex digits/,
        },
        "malformed id to verify": {
          args: ["verify", ...at, "0xnonsense"],
          ...usage,
          says: /0x and 64 hex digits/,
        },
        "malformed market": {
          args: ["status", at[0] ?? "", "--market=here", NO_ID],
          ...usage,
          says: /--market is an address/,
        },
        "a port that is none": {
          args: ["node", "inference", ...at, "--port=99999"],
          env: { ASSAY_NODE_KEY: keyOf("nobody") },
          ...usage,
          says: /--port is a port/,
        },
        "an id that does not exist": {
          args: ["status", ...at, NO_ID],
          code: "CLIENT-011",
          exit: 1,
          says: /Check id, chain and market/,
        },
      });
    });

    it("error: models, paths, nodes and money", async function () {
      this.timeout(180_000);
      const { at, claimsOnly, fund, port } = theWorld();
      const request = ["request", ...at, SAMPLE];
      const modelId = await claimsOnly();
      await expectRefusals({
        "a path the model lacks": {
          args: [...request, `--model-id=${modelId}`, "--path=zkml"],
          code: "CLI-014",
          exit: 2,
          says: /no path zkml on this chain\. Use --path vanilla/,
        },
        "a version that nobody serves": {
          args: [...request, `--model-id=${modelId}`],
          code: "CLI-008",
          exit: 3,
          says: /assay nodes/,
        },
        "a version that does not exist": {
          args: [...request, `--model-id=${NO_ID}`],
          code: "NODE-003",
          exit: 3,
          says: /Check chain and files/,
        },
        "a node that is none": {
          args: [...request, `--node=${NOWHERE}`],
          code: "CLI-008",
          exit: 3,
          says: /No reachable inference node/,
        },
        "too few tokens": {
          args: [...request, "--max-fee=2"],
          env: { ASSAY_KEY: await fund("pauper", "1") },
          code: "CLI-016",
          exit: 3,
          says: /has 1 tokens .* needs 2 for --max-fee/,
        },
        "no ether": {
          args: request,
          env: { ASSAY_KEY: keyOf("stranger") },
          code: "CLI-016",
          exit: 3,
          says: /has 0 ETH, and needs some for gas/,
        },
        "a declared value above the cap": {
          args: [...request, "--declared-value=1001"],
          code: "CLIENT-001",
          exit: 1,
          says: /above the model's cap\. Lower it/,
        },
        "a key that is none": {
          args: request,
          env: { ASSAY_KEY: "secret" },
          code: "CLI-010",
          exit: 3,
          says: /^ASSAY_KEY does not hold a private key/,
        },
        "a node without key": {
          args: ["node", "verification", ...at],
          code: "CLI-009",
          exit: 3,
          says: /ASSAY_NODE_KEY/,
        },
        "a data node": {
          args: ["node", "data", ...at],
          env: { ASSAY_NODE_KEY: keyOf("nobody") },
          code: "CLI-018",
          exit: 2,
          says: /^Data nodes are not there yet\. Run `assay node inference`/,
        },
        "a key on the command line": {
          args: ["node", "inference", ...at, `--key=${keyOf("nobody")}`],
          code: "CLI-013",
          exit: 2,
          says: /^unknown option '--key=\(32 bytes\)'\./,
        },
        "a set-up without a terminal": {
          args: ["node", "init"],
          code: "CLI-023",
          exit: 2,
          says: /Add --yes/,
        },
        "a port that is taken": {
          args: ["node", "inference", ...at, `--port=${port}`],
          env: { ASSAY_NODE_KEY: keyOf("nobody") },
          code: "NODE-007",
          exit: 3,
          says: /Choose a free port/,
        },
      });
    });

    it("error: chains and deployments", async function () {
      this.timeout(180_000);
      const { at, book, folder, rpcUrl, deployment } = theWorld();
      const rpc = `--rpc=${rpcUrl}`;
      const elsewhere = join(folder, "elsewhere.json");
      const text = await readFile(book, "utf8");
      await writeFile(elsewhere, text.replace('"chainId":31337', '"chainId":1'));
      const stale = join(folder, "stale.json");
      await writeFile(stale, text.replace(deployment.market, NOWHERE));
      const other = await network.createServer("testchain", "127.0.0.1", 0);
      try {
        const { address, port } = await other.listen();
        const testchain = `--rpc=http://${address}:${port}`;
        await expectRefusals({
          "unreachable RPC": {
            args: ["request", "--rpc=http://127.0.0.1:1", SAMPLE],
            code: "CLI-002",
            exit: 3,
            says: /No chain answers .*hardhat node/,
          },
          "an RPC that is no URL": {
            args: ["status", "--rpc=here", NO_ID],
            code: "CLI-002",
            exit: 3,
            says: /No chain answers at here/,
          },
          "an RPC of another chain": {
            args: ["status", testchain, at[1] ?? "", NO_ID],
            code: "CLIENT-005",
            exit: 3,
            says: /on chain 84532001, the deployment on 31337/,
          },
          "an address book of another chain": {
            args: ["status", rpc, `--deployment=${elsewhere}`, NO_ID],
            code: "CLIENT-005",
            exit: 3,
            says: /on chain 31337, the deployment on 1/,
          },
          "a chain that was restarted": {
            args: ["status", rpc, `--deployment=${stale}`, NO_ID],
            code: "CLI-004",
            exit: 3,
            says: /Deploy again/,
          },
          "a market that is none": {
            args: ["status", rpc, `--market=${NOWHERE}`, NO_ID],
            code: "CLIENT-025",
            exit: 3,
            says: /Check the chain/,
          },
          "nothing deployed": {
            args: ["status", testchain, NO_ID],
            code: "CLI-003",
            exit: 3,
            says: /npm run deploy/,
          },
          "parameters that do not exist": {
            args: ["deploy", rpc, "--parameters=nosuch", `--folder=${folder}/none`],
            code: "CLI-011",
            exit: 3,
            says: /nosuch/,
          },
        });
      } finally {
        await other.close();
      }
    });

    it("error: a verifying key that nobody contributed to in phase 2", async () => {
      const { deployment, fund, walletOf } = theWorld();
      const key = toContractVerifyingKey(await loadVerifyingKey("digits"));
      const wallet = walletOf(await fund("forger"));
      const forged = registerKey(wallet, { deployment, key: { ...key, delta: key.gamma } });
      const error = (await rejection(forged)) as ContractRevertedError;
      expect(error, "class").to.be.instanceOf(ContractRevertedError);
      expect(error.errorName, "reason").to.equal("KeyWithoutPhase2");
      expect(error.message, "how to fix it").to.include("anybody could forge. Contribute once.");
    });
  });
}
