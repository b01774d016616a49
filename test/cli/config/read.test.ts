// SPDX-License-Identifier: MIT
import { join } from "node:path";

import { expect } from "chai";
import { Command } from "commander";

import { withNodeOptions } from "../../../src/cli/commands/node-options.ts";
import { ConfigInvalidError } from "../../../src/cli/config/errors.ts";
import { CONFIG_FIELDS } from "../../../src/cli/config/fields.ts";
import { applyNodeConfig, loadNodeConfig } from "../../../src/cli/config/read.ts";
import { nodeConfigSchema } from "../../../src/cli/config/schema.ts";
import { ArgumentInvalidError } from "../../../src/cli/errors.ts";
import { rejection } from "../../client/rejection.ts";
import { type Folder, makeFolder, withEnvironment } from "../folder.ts";

const MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const NODE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/** Every field, each with a value of its own. */
const FULL = {
  $schema: "../docs/node-config.schema.json",
  role: "verification",
  rpc: "https://rpc.example/v1",
  backupRpc: "https://other.example",
  market: MARKET,
  folder: "data",
  jobs: false,
  confirmations: 5,
  host: "0.0.0.0",
  port: 8080,
  endpoint: "https://node.example",
  metricsHost: "::1",
  metricsPort: 9464,
  stake: "250.5",
  batchSize: 1_000,
  batchAge: 30,
  models: { sorter: "models/sorter.json", far: "/opt/far.json" },
  keystore: "node.key.json",
  gasPayers: ["gas-1.json", "/etc/gas-2.json"],
  passwordFile: "/run/password",
  node: NODE,
};

describe("node configuration", () => {
  let folder: Folder;
  before(async () => {
    folder = await makeFolder();
  });
  after(() => folder.remove());

  describe("loadNodeConfig", () => {
    const refusalOf = async (content: string | object): Promise<string> => {
      const error = await rejection(loadNodeConfig(await folder.put("bad.json", content)));
      expect(error, JSON.stringify(content)).to.be.instanceOf(ConfigInvalidError);
      const { message, cause } = error as ConfigInvalidError;
      expect(cause, "a cause would quote the text").to.equal(undefined);
      expect(message, "which file").to.include(join(folder.path, "bad.json"));
      return message;
    };

    it("default: every field, with paths from the file's folder on", async () => {
      const config = await loadNodeConfig(await folder.put("full.json", FULL));
      const here = (name: string) => join(folder.path, name);
      expect(config, "read").to.deep.equal({
        ...FULL,
        folder: here("data"),
        models: { sorter: here("models/sorter.json"), far: "/opt/far.json" },
        keystore: here("node.key.json"),
        gasPayers: [here("gas-1.json"), "/etc/gas-2.json"],
      });
    });

    it("behavior: the role alone is enough", async () => {
      const config = await loadNodeConfig(await folder.put("small.json", { role: "inference" }));
      expect(config, "read").to.deep.equal({ role: "inference" });
    });

    it("error: each field says what would be right, and what is there without quoting it", async () => {
      const cases: Record<string, [unknown, RegExp]> = {
        role: ["verifier", /`\$\.role` must be "inference" or "verification"\. It is other text\./],
        rpc: ["node.example", /must be a URL that begins with http/],
        market: [`${MARKET}00`, /must be an address/],
        folder: ["", /must be a path\. It is empty\./],
        database: [
          "postgres://assay:hunter22@db/assay",
          /must be a postgres:\/\/ URL without a password, which is in PGPASSWORD/,
        ],
        jobs: ["no", /must be true or false\. It is other text\./],
        confirmations: [65, /must be a whole number from 0 to 64\. It is 65\./],
        batchSize: [0, /must be a whole number from 1 to 4096\. It is 0\./],
        port: ["8080", /must be a whole number from 0 to 65535\. It is other text\./],
        metricsPort: [1.5, /It is 1\.5\./],
        host: ["a b", /must be a host name or an address/],
        stake: [100, /must be a number of tokens as text, such as "1\.5"\. It is 100\./],
        models: [[], /must be an object of names and paths of manifests\. It is a list\./],
        keystore: [null, /must be a path\. It is null\./],
        gasPayers: [
          ["ok.json", { a: 1 }],
          /`\$\.gasPayers\[1\]` must be a path\. It is an object\./,
        ],
        passwordFile: [true, /must be a path\. It is true\./],
        node: ["0x12", /must be an address/],
      };
      for (const [name, [value, says]] of Object.entries(cases)) {
        const message = await refusalOf({ role: "inference", [name]: value });
        expect(message, name).to.match(says).and.to.include(`$.${name}`);
        expect(message, "a password").not.to.include("hunter22");
      }
      const model = await refusalOf({ role: "inference", models: { sorter: 7 } });
      expect(model, "a model").to.match(/`\$\.models\.sorter` must be a path\. It is 7\./);
      const name = await refusalOf({ role: "inference", models: { Sorter: "a.json" } });
      expect(name, "a model's name").to.match(/named by small letters, digits and -/);
    });

    it("error: a field that is missing or not known, and what is no object or no JSON", async () => {
      expect(await refusalOf({}), "empty").to.include("`$.role` is missing");
      const unknown = await refusalOf({ role: "inference", privateKey: `0x${"12".repeat(32)}` });
      expect(unknown, "unknown").to.match(/`\$\.privateKey` is not known.*Known: .*keystore/);
      expect(unknown, "its value").not.to.include("1212");
      const proto = await refusalOf('{"role":"inference","__proto__":{"port":1}}');
      expect(proto, "a name of JavaScript").to.include("`$.__proto__` is not known");
      expect(await refusalOf("[]"), "a list").to.include("must be an object. It is a list.");
      expect(await refusalOf("hunter22"), "no JSON").to.match(/not valid JSON\.$/);
      expect(await refusalOf(`"${"a".repeat(70_000)}"`), "long").to.include("at most 65536");
    });
  });

  describe("applyNodeConfig", () => {
    const applied = async (args: string[], role?: "inference" | "verification") => {
      const command = withNodeOptions(new Command("node")).exitOverride();
      await applyNodeConfig(command.parse(args, { from: "user" }), role);
      return command.opts<Record<string, unknown>>();
    };
    let file: string;
    before(async () => {
      file = await folder.put("node.json", FULL);
    });

    it("default: options that are not given come from the file", async () => {
      const options = await applied(["--config", file], "verification");
      expect(options, "options").to.include({
        rpc: FULL.rpc,
        backupRpc: FULL.backupRpc,
        market: MARKET,
        folder: join(folder.path, "data"),
        jobs: false,
        confirmations: "5",
        host: "0.0.0.0",
        port: "8080",
        endpoint: FULL.endpoint,
        metricsHost: "::1",
        metricsPort: "9464",
        stake: "250.5",
        batchSize: "1000",
        batchAge: "30",
        keystore: join(folder.path, "node.key.json"),
        passwordFile: "/run/password",
      });
      expect(options["gasPayer"], "gas payers").to.deep.equal([
        join(folder.path, "gas-1.json"),
        "/etc/gas-2.json",
      ]);
      expect(options["model"], "models").to.deep.equal([
        `sorter=${join(folder.path, "models/sorter.json")}`,
        "far=/opt/far.json",
      ]);
      expect(options, "what is no option").not.to.have.any.keys("role", "node", "$schema");
    });

    it("behavior: the command line wins over the file, also with a default's value", async () => {
      const lists = ["--gas-payer=own.json", "--model=mine=own.json"];
      const options = await applied(["--config", file, "--port=0", "--stake=7", ...lists]);
      expect(options, "given").to.include({ port: "0", stake: "7" });
      expect(options["gasPayer"], "gas payers").to.deep.equal(["own.json"]);
      expect(options["model"], "models").to.deep.equal(["mine=own.json"]);
      expect(options, "the rest").to.include({ host: "0.0.0.0", metricsPort: "9464" });
    });

    it("behavior: the environment wins over the file", async () => {
      const variables = { ASSAY_RPC_URL: "http://127.0.0.1:1" };
      await withEnvironment(variables, async () => {
        expect((await applied(["--config", file]))["rpc"], "RPC").to.equal("http://127.0.0.1:1");
      });
    });

    it("behavior: of two ways to say the same, the command line's is taken alone", async () => {
      const book = await applied(["--config", file, "--deployment=book.json"]);
      expect(book["market"], "market beside an address book").to.equal(undefined);
      const server = await applied(["--config", file, "--database=postgres://db/assay"]);
      expect(server["folder"], "folder beside a server").to.equal(undefined);
    });

    it("behavior: without a file nothing changes", async () => {
      expect((await applied([]))["port"], "port").to.equal("0");
    });

    it("error: a file of another role, or none", async () => {
      const error = await rejection(applied(["--config", file], "inference"));
      expect(error, "type").to.be.instanceOf(ArgumentInvalidError);
      expect((error as Error).message, "message").to.equal(
        '`role` of the configuration is "inference" here, not "verification".',
      );
      const missing = await rejection(applied(["--config", "nowhere.json"]));
      expect((missing as Error).message, "missing").to.include("nowhere.json cannot be read");
    });
  });

  describe("nodeConfigSchema", () => {
    it("default: says of each value what the reader does", () => {
      const { properties, required } = nodeConfigSchema() as {
        properties: Record<string, { pattern?: string; maximum?: number; enum?: string[] }>;
        required: string[];
      };
      expect(required, "required").to.deep.equal(["role"]);
      expect(Object.keys(properties), "fields").to.have.members([
        ...Object.keys(FULL),
        "database",
        "deployment",
      ]);
      const samples = [...Object.values(FULL), "a b", "", "1.5", "http://x", 64, 65_535, 65_536];
      const accepts = (name: keyof typeof CONFIG_FIELDS, sample: unknown): boolean => {
        try {
          CONFIG_FIELDS[name].read(sample, name);
          return true;
        } catch {
          return false;
        }
      };
      for (const name of Object.keys(CONFIG_FIELDS) as (keyof typeof CONFIG_FIELDS)[]) {
        const { pattern, maximum, enum: values } = properties[name] ?? {};
        for (const sample of samples) {
          const label = `${name}: ${JSON.stringify(sample)}`;
          if (pattern !== undefined && typeof sample === "string")
            expect(new RegExp(pattern).test(sample), label).to.equal(accepts(name, sample));
          if (maximum !== undefined && typeof sample === "number")
            expect(sample <= maximum, label).to.equal(accepts(name, sample));
          if (values !== undefined)
            expect(values.includes(sample as string), label).to.equal(accepts(name, sample));
        }
      }
    });
  });
});
