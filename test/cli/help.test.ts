// SPDX-License-Identifier: MIT
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

import { root, run, runRefused } from "./assay.ts";

/** What a node's configuration can say, too. */
const NODE_SETTINGS = [
  "--rpc",
  "--market",
  "--deployment",
  "--json",
  "--folder",
  "--database",
  "--no-jobs",
  "--backup-rpc",
  "--confirmations",
  "--host",
  "--port",
  "--endpoint",
  "--model",
  "--metrics-port",
  "--metrics-host",
  "--stake",
  "--batch-size",
  "--batch-age",
];
const NODE_OPTIONS = ["--config", ...NODE_SETTINGS, "--keystore", "--gas-payer", "--password-file"];

/** Every command with its options; the order is that of the help. */
const COMMANDS: Record<string, readonly string[]> = {
  demo: ["--json", "--keep"],
  deploy: ["--json", "--rpc", "--parameters", "--token", "--folder"],
  nodes: ["--rpc", "--market", "--deployment", "--json", "--folder"],
  "node inference": NODE_OPTIONS,
  "node verification": NODE_OPTIONS,
  "node data": NODE_OPTIONS,
  "node worker": [
    "--config",
    "--rpc",
    "--market",
    "--deployment",
    "--json",
    "--role",
    "--node",
    "--database",
    "--model",
  ],
  "node init": [
    ...NODE_SETTINGS,
    "--keystore",
    "--gas-payer",
    "--password-file",
    "--key-stdin",
    "--yes",
    "--role",
    "--config",
    "--schema",
  ],
  "node key": ["--json", "--keystore", "--password-file", "--key-stdin", "--yes"],
  "node earnings": ["--rpc", "--market", "--deployment", "--json", "--node", "--collect"],
  request: [
    "--rpc",
    "--market",
    "--deployment",
    "--json",
    "--model",
    "--model-id",
    "--path",
    "--image",
    "--node",
    "--unit-price",
    "--max-fee",
    "--declared-value",
    "--deliver-within",
    "--prove-within",
    "--order",
    "--receipt",
    "--no-wait",
  ],
  status: ["--rpc", "--market", "--deployment", "--json", "--watch"],
  receipt: ["--rpc", "--market", "--deployment", "--json", "--out"],
  verify: ["--rpc", "--market", "--deployment", "--json"],
  doctor: ["--rpc", "--market", "--deployment", "--json"],
};

/** Names and descriptions of a section of a help text; a description may go on in the next lines. */
function entriesOf(help: string, section: string): Map<string, string> {
  const [, body = ""] = new RegExp(`^${section}:\\n((?: .*\\n)+)`, "m").exec(help) ?? [];
  const entries = new Map<string, string>();
  let last = "";
  for (const line of body.trimEnd().split("\n")) {
    const [, term, text = ""] = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
    if (term === undefined) entries.set(last, `${entries.get(last)} ${line.trim()}`.trim());
    else entries.set((last = term), text);
  }
  return entries;
}

/** The help of every command, by one process for all. */
async function readHelp(): Promise<Record<string, string>> {
  const args = ["test/cli/help-texts.ts", ...Object.keys(COMMANDS)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout) as Record<string, string>;
}

describe("assay --help", function () {
  this.timeout(180_000);

  let help: Record<string, string> = {};
  before(async () => {
    help = await readHelp();
  });

  it("default: every command", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code, "exit code").to.equal(0);
    const names = [...entriesOf(stdout, "Commands")].map(([term, text]) => {
      expect(text, `description of ${term}`).to.match(/^[A-Z]/i);
      return term.split(" ")[0];
    });
    const commands = Object.keys(COMMANDS).map((name) => name.split(" ")[0]);
    expect(names, "commands").to.deep.equal([...new Set(commands), "help"]);
    const documented = await readFile(join(root, "docs", "cli.md"), "utf8");
    for (const name of Object.keys(COMMANDS))
      expect(documented, "docs/cli.md").to.include(`\`assay ${name}`);
  });

  for (const [name, options] of Object.entries(COMMANDS)) {
    it(`default: ${name}, with every option described`, () => {
      const found = [...entriesOf(help[name] ?? "", "Options")].map(([term, text]) => {
        expect(text.length, `description of ${term}`).to.be.greaterThan(5);
        return /--[a-z-]+/.exec(term)?.[0];
      });
      expect(found, "options").to.deep.equal([...options, "--help"]);
    });
  }

  it("behavior: a process of its own says the same", async () => {
    const { code, stdout } = await run(["node", "init", "--help"]);
    expect({ code, stdout }, "help").to.deep.equal({ code: 0, stdout: help["node init"] });
  });

  it("behavior: --version is the package's", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      version: string;
    };
    const { code, stdout } = await run(["--version"]);
    expect({ code, stdout }, "version").to.deep.equal({ code: 0, stdout: `${version}\n` });
  });

  it("error: a command or option that does not exist, or is missing", async () => {
    const usage = { code: "CLI-013", exit: 2 };
    const lines = [
      ["frobnicate"],
      ["demo", "--frobnicate"],
      ["node", "referee"],
      ["request"],
      ["status"],
      ["verify", "one", "two"],
    ];
    for (const line of lines)
      expect(await runRefused(line, usage), line.join(" ")).to.include("--help");
    const { code, stdout, stderr } = await run(["frobnicate"]);
    expect({ code, stdout }, "for people").to.deep.equal({ code: 2, stdout: "" });
    expect(stderr, "for people").to.match(/^error unknown command 'frobnicate'.*\[CLI-013\]\n$/);
    const nothing = await run([]);
    expect(nothing.code, "no command").to.equal(2);
    expect(nothing.stderr, "no command: the help").to.include("Commands:");
  });
});
