// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

import { expect } from "chai";

import { hasProgram, OPS, readOps, readYaml, runProgram } from "./tools.ts";

const units = globSync("systemd/*.service", { cwd: OPS }).sort();

describe("systemd units", () => {
  it("default", () => {
    const roles = units.map((unit) => /assay-(\w+)@/.exec(unit)?.[1]);
    expect(roles, "one per role").to.deep.equal(["inference", "verification", "worker"]);
    for (const unit of units) {
      const text = readOps(unit);
      const role = /assay-(\w+)@/.exec(unit)?.[1];
      expect(text, unit).to.match(new RegExp(`^ExecStart=.* node ${role} `, "m"));
      for (const line of ["Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict"])
        expect(text, `${unit}: ${line}`).to.include(`\n${line}\n`);
      // A node waits 10 s for its transactions; systemd must wait longer.
      const stop = Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1]);
      expect(stop, `${unit}: stop`).to.be.greaterThan(20);
      const [, command = ""] = /^ExecStart=(.*)$/m.exec(text) ?? [];
      const files = [...command.matchAll(/ %d\/(\w+)/g)].map(([, file]) => file);
      const loaded = [...text.matchAll(/^LoadCredential=(\w+):/gm)].map(([, file]) => file);
      expect(files, `${unit}: files it reads`).to.deep.equal(loaded);
      expect(loaded, `${unit}: files`).to.include("config");
      const holdsKey = loaded.includes("keystore") && loaded.includes("password");
      expect(holdsKey, `${unit}: a worker has no key`).to.equal(role !== "worker");
    }
  });

  it("behavior: systemd understands them", function () {
    this.timeout(60_000);
    if (!hasProgram("systemd-analyze", "systemd")) return;
    for (const unit of units) {
      const args = ["verify", "--man=no", `${OPS}${unit}`];
      const { output } = runProgram("systemd-analyze", args, OPS);
      // The program is not installed here; everything else must be right.
      const complaints = output
        .split("\n")
        .filter((line) => line.includes("assay-") && !line.includes("is not executable"));
      expect(complaints, unit).to.deep.equal([]);
    }
  });
});

describe("container files", () => {
  interface Service {
    image: string;
    command?: string[];
    secrets?: { target: string }[];
    restart?: string;
  }

  it("default", () => {
    const { services, secrets } = readYaml("compose.yaml") as {
      services: Record<string, Service>;
      secrets: Record<string, unknown>;
    };
    const names = ["postgres", "inference", "worker"];
    const verification = ["verification-1", "verification-2", "verification-3"];
    expect(Object.keys(services), "services").to.have.members([...names, ...verification]);
    for (const [name, { restart, command = [], secrets: own = [] }] of Object.entries(services)) {
      expect(restart, `${name}: restart`).to.equal("always");
      if (name === "postgres") continue;
      const role = name.split("-")[0] ?? "";
      expect(command.slice(0, 2), `${name}: command`).to.deep.equal(["node", role]);
      expect(own.length, `${name}: keys`).to.equal(role === "worker" ? 0 : 1);
      expect(command.join(" "), `${name}: no password`).to.not.match(/:\/\/[^@]*:[^@]*@/);
    }
    expect(Object.keys(secrets), "one key per node").to.have.length(4);
  });

  it("behavior: they say that they were not built here", () => {
    for (const file of ["Dockerfile", "compose.yaml"])
      expect(readOps(file).split("\n")[0], file).to.match(/^# NOT (BUILT|RUN)/);
  });

  it("behavior: every YAML file can be read, and the image's start script by a shell", () => {
    const files = globSync("**/*.{yml,yaml}", { cwd: OPS });
    expect(files.length, "files").to.be.greaterThan(3);
    for (const file of files) expect(readYaml(file), file).to.be.an("object");
    const [, json = "[]"] = /^ENTRYPOINT (\[.*\])$/m.exec(readOps("Dockerfile")) ?? [];
    const [, , script = ""] = JSON.parse(json) as string[];
    const { status } = spawnSync("/bin/sh", ["-n", "-c", script]);
    expect(status, "shell").to.equal(0);
  });
});
