// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { forkModule } from "../../src/zkml/child-process.ts";
import type { ProbeJob } from "./probe.ts";

const REFUSED = "ERR_ACCESS_DENIED";

/** Whether a process is there, and not only its entry that nobody has collected. */
function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}

describe("forkModule", function () {
  this.timeout(30_000);
  let folder: string;
  let job: ProbeJob;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "assay-fork-"));
    job = { given: path.join(folder, "given"), other: path.join(folder, "other"), folder };
    for (const file of [job.given, job.other]) writeFileSync(file, "content");
  });
  after(() => rmSync(folder, { recursive: true }));

  const fork = (memoryMB = 64) =>
    forkModule({ base: import.meta.url, name: "probe", memoryMB, readable: [job.given, probe] });
  /** The tests are no part of the package, so the child must be let in. */
  const probe = fileURLToPath(new URL("./probe.ts", import.meta.url));

  it("default: no environment, no file but the given, no write, no process", async () => {
    process.env["ASSAY_TEST_SECRET"] = "secret";
    const child = fork();
    delete process.env["ASSAY_TEST_SECRET"];
    child.process.send(job);
    const [found] = (await once(child.process, "message")) as [Record<string, unknown>];
    child.process.kill("SIGKILL");
    const { environment, cwd, connections, ...rest } = found;
    expect(environment, "environment").to.deep.equal([]);
    expect(cwd, "working folder").to.not.equal(process.cwd());
    expect(rest, "what it can do").to.deep.equal({
      given: "done",
      other: REFUSED,
      passwords: REFUSED,
      climbed: REFUSED,
      written: REFUSED,
      overwritten: REFUSED,
      spawned: REFUSED,
      thread: "done",
    });
    // Before Node 25 permissions know nothing of connections.
    const knowsNet = process.allowedNodeEnvironmentFlags.has("--allow-net");
    expect(connections, "connections").to.equal(knowsNet ? REFUSED : "done");
  });

  it("error: memory outside the JavaScript heap", async () => {
    const child = fork();
    child.process.send({ ...job, hold: 16 * 2 ** 20 });
    const [, signal] = (await once(child.process, "close")) as [number | null, string];
    expect(signal, "signal").to.equal("SIGKILL");
    expect(child.wasTooLarge(), "why").to.equal(true);
  });

  it("behavior: ends with its parent, even while it spins and the parent was killed", async () => {
    const orphan = fileURLToPath(new URL("./orphan.ts", import.meta.url));
    const parent = spawn(process.execPath, [orphan], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const id = Number(line.toString());
    expect(isAlive(id), "started").to.equal(true);
    // Until it has received its message and spins.
    await sleep(1_500);
    parent.kill("SIGKILL");
    const deadline = Date.now() + 10_000;
    while (isAlive(id) && Date.now() < deadline) await sleep(50);
    expect(isAlive(id), "alive without its parent").to.equal(false);
  });
});
