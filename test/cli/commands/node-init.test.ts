// SPDX-License-Identifier: MIT
// `assay node init` in this process: with somebody at the terminal, and with nobody.
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import { Command } from "commander";
import { privateKeyToAddress } from "viem/accounts";

import { initNode, withInitOptions } from "../../../src/cli/commands/node-init.ts";
import type { NodeConfig } from "../../../src/cli/config/fields.ts";
import { loadNodeConfig } from "../../../src/cli/config/read.ts";
import { openKey } from "../../../src/cli/keys/keystore.ts";
import { BaseError } from "../../../src/protocol/errors.ts";
import { rejection } from "../../client/rejection.ts";
import { type Folder, makeFolder, withEnvironment } from "../folder.ts";
import { INTERRUPT, type Person, person } from "../wizard/streams.ts";
import { keyOf } from "../world.ts";

const KEY = keyOf("init");
const PASSWORD = "correct horse battery staple";
/** Takes the default, or leaves the field out. */
const ENTER = "";

describe("assay node init", function () {
  this.timeout(120_000);
  let folder: Folder;
  let runs = 0;
  before(async () => {
    folder = await makeFolder();
  });
  after(() => folder.remove());

  /** Runs in a folder of its own; returns what it wrote there. */
  const init = async (args: readonly string[], at?: Person) => {
    runs += 1;
    const own = join(folder.path, String(runs));
    await mkdir(own);
    const file = join(own, "node.json");
    const command = withInitOptions(new Command("init")).exitOverride();
    command.parse(["--config", file, ...args], { from: "user" });
    try {
      const written = await initNode(command, at?.terminal);
      const config = JSON.parse(await readFile(file, "utf8")) as NodeConfig;
      const keystore = await readFile(join(own, "node.key.json"), "utf8");
      return { ...written, own, file, config, keystore };
    } catch (error) {
      expect(await readdir(own), "nothing is written").to.deep.equal([]);
      throw error;
    } finally {
      at?.terminal.close();
    }
  };
  const passwordFile = () => folder.put("password", `${PASSWORD}\n`);

  it("default: asks, again if an answer cannot be taken, and writes both files for their owner alone", async () => {
    const answers = [
      ["verifier", "verification"],
      [ENTER],
      ["node.example", "https://node.example"],
      ["0x12", ENTER],
      ["mysql://db", ENTER],
      [ENTER],
      ["80800", "8081"],
      ["https://public.example"],
      ["9465"],
      ["lots", "250"],
      [KEY.slice(2), KEY],
      ["short", PASSWORD, "another one", PASSWORD, PASSWORD],
    ];
    const somebody = person(answers.flat());
    const { address, own, file, config, keystore } = await init([], somebody);
    expect(somebody.left(), "answers left").to.deep.equal([]);
    expect(address, "address").to.equal(privateKeyToAddress(KEY));
    const { $schema = "", ...fields } = config;
    expect(fields, "fields").to.deep.equal({
      role: "verification",
      rpc: "http://127.0.0.1:8545",
      backupRpc: "https://node.example",
      folder: "data",
      port: 8081,
      endpoint: "https://public.example",
      metricsPort: 9465,
      stake: "250",
      keystore: "node.key.json",
      node: address,
    });
    const schema = JSON.parse(await readFile(join(own, $schema), "utf8")) as object;
    expect(schema, "its schema").to.have.property("title", "Configuration of an Assay node");
    expect(openKey(keystore, PASSWORD, "it"), "the key").to.equal(KEY);
    for (const name of await readdir(own))
      expect((await stat(join(own, name))).mode & 0o777, `rights of ${name}`).to.equal(0o600);
    await loadNodeConfig(file);

    const seen = somebody.seen();
    for (const complaint of ["must be an address", "too short", "not the same", "64 hex digits"])
      expect(seen, complaint).to.include(complaint);
    for (const secret of [PASSWORD, KEY.slice(2), "another one"])
      expect(seen, "a secret on the screen").not.to.include(secret);
    expect(JSON.stringify(config), "a secret in the file").not.to.include(KEY.slice(2));
  });

  it("behavior: --yes asks nothing; options become fields, paths from the file's folder on", async () => {
    const { config, keystore, address, own } = await init([
      "--yes",
      "--role=inference",
      "--no-jobs",
      "--confirmations=3",
      "--database=postgres://assay@db/assay",
      "--metrics-port=9464",
      "--batch-size=1000",
      "--batch-age=30",
      `--model=sorter=${folder.path}/sorter.json`,
      "--gas-payer=/etc/assay/gas.json",
      `--password-file=${await passwordFile()}`,
    ]);
    const { $schema, ...fields } = config;
    expect($schema, "schema").to.match(/docs\/node-config\.schema\.json$/);
    expect(fields, "fields").to.deep.equal({
      role: "inference",
      rpc: "http://127.0.0.1:8545",
      database: "postgres://assay@db/assay",
      jobs: false,
      confirmations: 3,
      port: 8080,
      metricsPort: 9464,
      stake: "10000",
      batchSize: 1_000,
      batchAge: 30,
      models: { sorter: `${folder.path}/sorter.json` },
      keystore: "node.key.json",
      gasPayers: ["/etc/assay/gas.json"],
      passwordFile: join(folder.path, "password"),
      node: address,
    });
    const made = openKey(keystore, PASSWORD, "it");
    expect(privateKeyToAddress(made), "a new key").to.equal(address);
    expect(own, "in its folder").to.include(folder.path);
  });

  it("behavior: what is given is not asked; a key of the environment is imported and not left there", async () => {
    const somebody = person(["9000", ENTER, ENTER, ENTER]);
    const variables = { ASSAY_NODE_KEY: KEY, ASSAY_NODE_PASSWORD: PASSWORD };
    await withEnvironment(variables, async () => {
      const given = [
        "--role=inference",
        "--rpc=https://a.example",
        "--backup-rpc=https://b.example",
      ];
      const deployment = ["--deployment=book.json", "--folder=/var/lib/assay/main"];
      const { config, keystore, address } = await init([...given, ...deployment], somebody);
      expect(address, "address").to.equal(privateKeyToAddress(KEY));
      expect(openKey(keystore, PASSWORD, "it"), "key").to.equal(KEY);
      expect(config, "fields").to.include({ port: 9000, folder: "/var/lib/assay/main" });
      expect(config.deployment, "from the file's folder on").to.match(/^(\.\.\/)+.*book\.json$/);
      for (const name of Object.keys(variables))
        expect(process.env[name], `${name} afterwards`).to.equal(undefined);
    });
    expect(somebody.left(), "answers left").to.deep.equal([]);
  });

  it("error: never writes over a file, whichever it is", async () => {
    for (const name of ["node.json", "node.key.json"]) {
      const own = join(folder.path, `taken-${name}`);
      await mkdir(own);
      await writeFile(join(own, name), "kept");
      const command = withInitOptions(new Command("init"));
      const args = ["--yes", "--role=inference", `--config=${own}/node.json`];
      const error = await rejection(initNode(command.parse(args, { from: "user" }), undefined));
      expect((error as BaseError).code, name).to.equal("CLI-022");
      expect(await readdir(own), "files").to.deep.equal([name]);
      expect(await readFile(join(own, name), "utf8"), "content").to.equal("kept");
    }
  });

  it("error: what is missing or wrong, before anything is written", async () => {
    const yes = ["--yes", "--role=inference"];
    const password = [`--password-file=${await passwordFile()}`];
    const short = [`--password-file=${await folder.put("short", "1234567\n")}`];
    const cases: [string, string[], Record<string, string>?][] = [
      ["CLI-013", ["--yes", ...password]],
      ["CLI-019", yes],
      ["CLI-025", [...yes, ...short]],
      ["CLI-006", [...yes, ...password, "--port=lots"]],
      ["CLI-006", [...yes, ...password, "--confirmations=65"]],
      ["CLI-006", [...yes, ...password, "--batch-size=0"]],
      ["CLI-006", [...yes, ...password, "--batch-age=86401"]],
      ["CLI-006", [...yes, ...password, "--model=sorter"]],
      ["CLI-026", [...yes, ...password, "--database=postgres://a:hunter22@db/a"]],
      ["CLI-026", [...yes, ...password, "--stake=lots"]],
      ["CLI-010", [...yes, ...password], { ASSAY_NODE_KEY: "12" }],
    ];
    for (const [code, args, variables = {}] of cases) {
      const error = await withEnvironment(variables, () => rejection(init(args)));
      expect((error as BaseError).code, args.join(" ")).to.equal(code);
      expect((error as BaseError).message, args.join(" ")).not.to.include("hunter22");
    }
  });

  it("error: Ctrl-C at any question leaves nothing behind", async () => {
    const answers = ["inference", ...Array<string>(9).fill(ENTER), ENTER, PASSWORD];
    for (const count of [0, 4, answers.length - 1, answers.length]) {
      const error = await rejection(init([], person([...answers.slice(0, count), INTERRUPT])));
      expect((error as BaseError).code, `after ${count} answers`).to.equal("CLI-024");
    }
  });
});
