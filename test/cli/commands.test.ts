// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import { parseEther } from "viem";

import { accept, findRequest, isServing, optIn } from "../../src/client/index.ts";
import { PATHS, type Path, type RequestId, type Result } from "../../src/protocol/index.ts";
import { metExitCodes, root, run, runJson, runRefused, start, stopAll } from "./assay.ts";
import { addBadInputTests } from "./bad-input.ts";
import { keyOf, makeWorld, type World } from "./world.ts";

interface Requested {
  id: RequestId;
  path: Path;
  outcome: string;
  digit?: number;
  resultMs: number;
  finalMs: number;
}
interface Report {
  ok: boolean;
  checks: { name: string; ok: boolean; explanation: string }[];
}

interface Diagnosis {
  ok: boolean;
  checks: { name: string; ok: boolean; detail: string }[];
}

/** What each path is asked, the digit that its file shows, and who pays. */
const ORDERS: Record<Path, { image: string; digit: number; payer: string | undefined }> = {
  vanilla: { image: "models/digits/samples/7.png", digit: 7, payer: undefined },
  zkml: { image: "models/digits/samples/3.pgm", digit: 3, payer: "second" },
  tee: { image: "models/digits/samples/5.pgm", digit: 5, payer: "third" },
};

/** What a node locks for a request of nothing but its fee. */
const BOND = parseEther("50");

interface Event {
  event: string;
}

describe("assay on a local chain", () => {
  let world: World;
  let requested: Record<Path, Requested>;
  let unserved: { node: string; waiting: ReturnType<typeof runJson<Requested>> };

  before(async function () {
    this.timeout(300_000);
    world = await makeWorld();
    expect(await world.chain.getChainId(), "a local chain").to.equal(31_337);
    const order = async (path: Path) => {
      const { image, payer } = ORDERS[path];
      const env = payer === undefined ? {} : { ASSAY_KEY: keyOf(payer) };
      const receipt = `--receipt=${join(world.folder, `${path}.json`)}`;
      const args = ["request", ...world.at, `--path=${path}`, `--image=${image}`, receipt];
      const { code, value } = await runJson<Requested>(args, env);
      expect(code, `exit code of ${path}`).to.equal(0);
      return [path, value] as const;
    };
    // It is late by the time that the tests ask for it.
    const node = await world.startSilentNode();
    const late = ["--deliver-within=4", "--prove-within=4", `--node=${node}`];
    const waiting = runJson<Requested>(
      ["request", ...world.at, "--image=models/digits/samples/1.png", ...late],
      { ASSAY_KEY: await world.fund("fourth", "50") },
    );
    unserved = { node, waiting };
    for (const payer of ["second", "third"]) await world.fund(payer, "50");
    const orders = await Promise.all(PATHS.map(order));
    requested = Object.fromEntries(orders) as typeof requested;
  });
  after(async function () {
    this.timeout(120_000);
    await world.close();
    await stopAll();
  });

  const inferenceNode = () =>
    world.nodes.find(({ name }) => name === "inference node")?.address ?? "";

  describe("deploy", () => {
    it("default: prints the address book that it wrote", async () => {
      const book = JSON.parse(await readFile(world.book, "utf8")) as { chainId: number };
      expect(book, "printed").to.deep.equal(
        JSON.parse(
          JSON.stringify(world.deployment, (_key, v) => (typeof v === "bigint" ? `${v}` : v)),
        ),
      );
    });
  });

  describe("nodes", () => {
    it("default: one inference and three verification nodes, each with its log", async () => {
      expect(
        world.nodes.map(({ name }) => name),
        "names",
      ).to.deep.equal([
        "inference node",
        "verification-1 node",
        "verification-2 node",
        "verification-3 node",
      ]);
      for (const { name, address, endpoint, logFile } of world.nodes) {
        const health = (await (await fetch(`${endpoint}/health`)).json()) as Record<string, string>;
        expect(health["role"], `role of ${name}`).to.equal(name.split(/[- ]/)[0]);
        expect(health["node"], `address of ${name}`).to.equal(address);
        const log = await readFile(logFile, "utf8");
        for (const line of log.split("\n").filter((text) => text.startsWith("{")))
          expect(line.split('"role":').length, `${name} names its role once: ${line}`).to.be.most(
            2,
          );
      }
    });
  });

  describe("request", () => {
    for (const path of PATHS) {
      it(`default: ${path}`, () => {
        const { outcome, digit, resultMs, finalMs } = requested[path];
        expect({ outcome, digit }, "outcome").to.deep.equal({
          outcome: "final",
          digit: ORDERS[path].digit,
        });
        expect(resultMs, "the answer comes before the end").to.be.lessThan(finalMs);
      });
    }

    it("behavior: --order signs it, and it is settled without a record", async function () {
      this.timeout(60_000);
      const env = { ASSAY_KEY: await world.fund("fifth", "50") };
      const image = "--image=models/digits/samples/5.pgm";
      const order = (...more: string[]) =>
        runJson<Requested>(["request", ...world.at, "--order", image, ...more], env);
      const claimed = await order("--no-wait");
      expect(claimed.value.outcome, "as soon as it is answered").to.equal("pending");
      const { code, value } = await order("--path=tee");
      expect(code, "exit code").to.equal(0);
      expect(value.outcome, "outcome").to.equal("final");
      const historyOf = async (id: string, ...more: string[]) => {
        const status = await runJson<{ status: string; result: Result; history: Event[] }>([
          "status",
          ...world.at,
          id,
          ...more,
        ]);
        expect(status.value.status, "status").to.equal("FINAL");
        expect(status.value.result.node, "who delivered").to.equal(inferenceNode());
        return status.value.history.map(({ event }) => event);
      };
      expect(await historyOf(value.id), "at once").to.deep.equal(["OrderSettled"]);
      expect(await historyOf(claimed.value.id, "--watch"), "after its window").to.deep.equal([
        "OrderClaimed",
        "ClaimsEntered",
        "ClaimsFinal",
      ]);
      for (const { id } of [value, claimed.value]) {
        const verified = await run(["verify", ...world.at, id]);
        expect(verified.code, verified.stdout).to.equal(0);
      }
    });

    it("error: nobody serves it in time", async function () {
      this.timeout(180_000);
      const { code, value } = await unserved.waiting;
      expect(value.outcome, "outcome").to.equal("refunded");
      expect(code, "exit code").to.equal(1);
      const status = await runJson<{ status: string }>(["status", ...world.at, value.id]);
      expect(status.value.status, "status").to.equal("STALE");
      expect(status.code, "exit code of status").to.equal(1);
      await runRefused(["receipt", ...world.at, value.id], { code: "CLIENT-012", exit: 1 });
    });
  });

  describe("node earnings", () => {
    it("default: shows them, and moves them once", async () => {
      const node = inferenceNode();
      const look = (...more: string[]) =>
        runJson<{ own: string; pool: string; collected: boolean }>(
          ["node", "earnings", ...world.at, `--node=${node}`, ...more],
          { ASSAY_KEY: keyOf("second") },
        );
      const before = await look();
      expect(BigInt(before.value.own) > 0n, "earned").to.equal(true);
      expect(BigInt(before.value.pool) > 0n, "for the verification nodes").to.equal(true);
      expect((await look("--collect")).value.collected, "collected").to.equal(true);
      expect((await look()).value.own, "nothing is left").to.equal("0");
    });
  });

  describe("status", () => {
    it("default: state, evidence, result and history", async () => {
      const look = async (path: Path) => {
        const { code, value } = await runJson<{
          status: string;
          evidence: string[];
          result: Result;
          history: { event: string; transaction: string }[];
        }>(["status", ...world.at, requested[path].id]);
        expect(code, "exit code").to.equal(0);
        expect(value.status, "status").to.equal("FINAL");
        expect(value.evidence, "evidence").to.include(path);
        expect(value.result.node, "who delivered").to.equal(inferenceNode());
        expect(value.result.units, "units").to.be.greaterThan(0);
        const events = value.history.map(({ event }) => event);
        expect(events.at(0), "first event").to.equal("RequestOpened");
        expect(events, "history").to.include.members(["ResultDelivered", "RequestFinal"]);
      };
      await Promise.all(PATHS.map(look));
    });

    it("behavior: names the node that accepted, until it delivers", async () => {
      const { node } = unserved;
      const {
        value: { id },
      } = await runJson<Requested>([
        "request",
        ...world.at,
        "--image=models/digits/samples/4.png",
        `--node=${node}`,
        "--no-wait",
      ]);
      const { chain, deployment } = world;
      const request = await findRequest(chain, { deployment, id });
      const silent = world.walletOf(keyOf("silent"));
      await optIn(silent, { deployment, modelId: request.modelId, amount: BOND });
      await accept(silent, { deployment, request });
      const { value } = await runJson<Record<string, unknown>>(["status", ...world.at, id]);
      expect(value["state"], "state").to.equal("ASSIGNED");
      expect(value["assignedNode"], "node").to.equal(node);
      expect(value, "nothing is delivered").not.to.have.property("result");
    });

    it("behavior: --watch follows an open request to its end, or until it is interrupted", async function () {
      this.timeout(180_000);
      const opened = await runJson<Requested>([
        "request",
        ...world.at,
        "--image=models/digits/samples/4.png",
        "--no-wait",
      ]);
      expect(opened.value.outcome, "outcome").to.equal("pending");
      const { id } = opened.value;
      // At once: its window closes after seconds.
      const refused = runRefused(["receipt", ...world.at, id], { code: "VERIFY-001", exit: 1 });
      const [watched, interrupted] = [
        start(["status", ...world.at, id, "--watch"]),
        start(["status", ...world.at, id, "--watch"]),
      ];
      await interrupted.line("stderr", /PENDING/);
      interrupted.child.kill("SIGINT");
      expect((await interrupted.ended).code, "exit code of the interrupted").to.equal(130);
      await refused;
      const { code, stdout, stderr } = await watched.ended;
      expect(code, "exit code").to.equal(0);
      expect(stderr, "what was seen").to.match(/PENDING[\s\S]*FINAL/);
      expect(stdout, "what it came to").to.match(/^FINAL \(FINAL, evidence: vanilla\)\n/);
    });
  });

  describe("receipt and verify", () => {
    for (const path of PATHS) {
      it(`default: ${path}, by id and by file`, async function () {
        this.timeout(120_000);
        const { id } = requested[path];
        const file = join(world.folder, `${path}-again.json`);
        const written = await runJson<{ file: string }>([
          "receipt",
          ...world.at,
          id,
          `--out=${file}`,
        ]);
        expect(written.value, "what was written").to.deep.equal({ file });
        const text = await readFile(file, "utf8");
        const first = await readFile(join(world.folder, `${path}.json`), "utf8");
        expect(text, "the same as `request --receipt` wrote").to.equal(first);
        const printed = await run(["receipt", ...world.at, id]);
        expect(printed.stdout, "the same as without --out").to.equal(text);
        const verify = async (what: string) => {
          const { code, value } = await runJson<Report>(["verify", ...world.at, what]);
          const failed = value.checks.filter(({ ok }) => !ok);
          expect({ code, ok: value.ok, failed }, what).to.deep.equal({
            code: 0,
            ok: true,
            failed: [],
          });
          const names = value.checks.map(({ name }) => name);
          expect(names, "checks").to.include.members(["payment", "binding", "finality"]);
          expect(names, "checks").to.include(`evidence:${path}`);
        };
        await Promise.all([id, file].map(verify));
      });
    }

    it("behavior: the market alone leads to everything else", async () => {
      const at = [`--rpc=${world.rpcUrl}`, `--market=${world.deployment.market}`];
      const { code, stdout } = await run(["verify", ...at, requested.zkml.id]);
      expect(code, stdout).to.equal(0);
    });

    it("error: a receipt that was tampered with, or is of another chain", async function () {
      this.timeout(120_000);
      const receipt = await readFile(join(world.folder, "zkml.json"), "utf8");
      const cases: Record<string, [from: RegExp, to: string]> = {
        binding: [/"output":"0x03"/, '"output":"0x04"'],
        chain: [/"chainId":31337/, '"chainId":1'],
        payment: [/"refund":"\d+"/, '"refund":"1"'],
        format: [/"version"/, '"Version"'],
      };
      const tamper = async ([name, [from, to]]: [string, [RegExp, string]]) => {
        const file = join(world.folder, `tampered-${name}.json`);
        const tampered = receipt.replace(from, to);
        expect(tampered, `${name} is changed: ${receipt}`).not.to.equal(receipt);
        await writeFile(file, tampered);
        const { code, value } = await runJson<Report>(["verify", ...world.at, file]);
        const failed = value.checks.filter(({ ok }) => !ok);
        expect({ code, ok: value.ok }, name).to.deep.equal({ code: 1, ok: false });
        expect(
          failed.map((check) => check.name),
          `failed checks: ${JSON.stringify(failed)}`,
        ).to.include(name);
        for (const { explanation } of failed) expect(explanation, "says why").to.match(/.{20}/);
      };
      await Promise.all(Object.entries(cases).map(tamper));
    });
  });

  describe("doctor", () => {
    it("default: everything works", async () => {
      const { code, value } = await runJson<Diagnosis>(["doctor", ...world.at]);
      expect(
        value.checks.filter(({ ok }) => !ok),
        "failed checks",
      ).to.deep.equal([]);
      expect({ code, ok: value.ok }, "doctor").to.deep.equal({ code: 0, ok: true });
      expect(value.checks.at(-1)?.name, "to the last").to.equal("node");
    });

    it("error: says what does not work and how to fix it", async () => {
      const { code, value } = await runJson<Diagnosis>(["doctor", "--rpc=http://127.0.0.1:1"]);
      expect({ code, ok: value.ok }, "doctor").to.deep.equal({ code: 1, ok: false });
      const chain = value.checks.find(({ name }) => name === "chain");
      expect(chain?.detail, "how").to.include("npx hardhat node");
    });
  });

  describe("node", () => {
    it("default: serves until it is asked to stop, its log on standard error", async function () {
      this.timeout(180_000);
      const { at, deployment, folder } = world;
      const node = start(
        ["node", "inference", ...at, `--folder=${join(folder, "own")}`, "--stake=500", "--json"],
        { ASSAY_NODE_KEY: await world.fund("node", "500") },
      );
      const { address, endpoint, role } = JSON.parse(
        await node.line("stdout", /^\{.*\}\n/),
      ) as Record<"address" | "endpoint" | "role", `0x${string}`>;
      expect(role, "role").to.equal("inference");
      const health = (await (await fetch(`${endpoint}/health`)).json()) as {
        models: [`0x${string}`];
      };
      const [modelId] = health.models;
      const serving = await isServing(world.chain, { deployment, node: address, modelId });
      expect(serving, "serves the model").to.equal(true);
      node.child.kill("SIGTERM");
      const { code, stdout, stderr } = await node.ended;
      expect(code, "exit code").to.equal(0);
      expect(stdout.split("\n").length, "one object on standard output").to.equal(2);
      expect(stderr, "log").to.include('"msg":"ready"');
      expect(stderr, "log").to.include('"msg":"stopped"');
    });
  });

  describe("node init and node key", () => {
    it("default: a node starts from what they wrote, and tells no secret", async function () {
      this.timeout(300_000);
      const { at, fund, port } = world;
      const own = join(world.folder, "configured");
      await mkdir(own);
      const [key, gasKey] = [await fund("configured", "500"), await fund("gas payer")];
      const password = "correct horse battery staple";
      const passwordFile = join(own, "password");
      await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
      const made = await runJson<{ address: string; keystore: string }>(
        [
          "node",
          "key",
          `--keystore=${own}/gas.json`,
          `--password-file=${passwordFile}`,
          "--key-stdin",
        ],
        {},
        `${gasKey}\n`,
      );
      expect(made.code, "exit code of key").to.equal(0);
      const init = [
        ["node", "init", ...at, `--config=${own}/node.json`, "--role=inference"],
        // The port is taken: the command line has a better one.
        [`--folder=${own}/data`, "--stake=500", `--port=${port}`, "--key-stdin"],
        ["--metrics-port=0", "--confirmations=1"],
        [`--password-file=${passwordFile}`, `--gas-payer=${own}/gas.json`],
      ];
      const { code, value } = await runJson<{ address: string; config: string }>(
        init.flat(),
        {},
        key,
      );
      expect(code, "exit code of init").to.equal(0);

      const node = start(["node", "inference", `--config=${value.config}`, "--port=0", "--json"]);
      const printed = await node.line("stdout", /^\{.*\}\n/);
      const { address, endpoint } = JSON.parse(printed) as Record<string, string>;
      expect(address, "whose key it is").to.equal(value.address);
      expect((await fetch(`${endpoint}/health`)).status, "health").to.equal(200);
      const logged = await node.line("stderr", /^.*"serves metrics".*$/m);
      const metricsAt = (JSON.parse(logged) as { endpoint: string }).endpoint;
      const metrics = await (await fetch(metricsAt)).text();
      for (const payer of [value.address, made.value.address])
        expect(metrics, "who pays for gas").to.match(
          new RegExp(`^assay_fee_balance_ether\\{[^}]*${payer}[^}]*\\} `, "im"),
        );
      node.child.kill("SIGTERM");
      const ended = await node.ended;
      expect(ended.code, ended.stderr).to.equal(0);
      const told = [node.child.spawnargs.join(" "), printed, ended.stderr];
      for (const file of await readdir(own, { withFileTypes: true }))
        if (file.name.endsWith(".json")) told.push(await readFile(join(own, file.name), "utf8"));
      for (const text of told)
        for (const secret of [key.slice(2), gasKey.slice(2), password])
          expect(text.toLowerCase().includes(secret), "a secret is told").to.equal(false);
    });

    it("error: the key is another node's than the configuration's", async () => {
      const config = join(world.folder, "mismatch.json");
      const node = world.nodes[0]?.address;
      await writeFile(config, JSON.stringify({ role: "inference", node }));
      const message = await runRefused(
        ["node", "inference", `--config=${config}`],
        { code: "CLI-027", exit: 2 },
        { ASSAY_NODE_KEY: keyOf("nobody") },
      );
      expect(message, "both").to.include(String(node));
    });
  });

  addBadInputTests(() => ({ ...world, id: requested.vanilla.id, silent: unserved.node }));

  describe("exit codes", () => {
    it("default: every one of docs/cli.md was reached", async () => {
      const page = await readFile(join(root, "docs", "cli.md"), "utf8");
      const documented = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
      expect(documented.length, "documented codes").to.be.greaterThan(3);
      expect(
        [...metExitCodes].sort((a, b) => a - b),
        "codes met",
      ).to.deep.equal(documented);
    });
  });
});
