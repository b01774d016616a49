// SPDX-License-Identifier: MIT
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect } from "chai";

import { type DatabaseLocation, openDatabase } from "../../src/store/open.ts";
import { startChild } from "./children.ts";
import { codeOf, makeFolder, onPglite } from "./engines.ts";

/** Milliseconds after the first row at which the process is killed: fixed, and spread over opening, writing and idling. */
const KILLS = process.env["ASSAY_DEEP"] === undefined ? 8 : 20;
const KILL_AFTER_MS = Array.from({ length: KILLS }, (_, turn) => (turn * 37) % 211);

onPglite("a folder", (engine) => {
  let place: DatabaseLocation;
  beforeEach(async () => {
    place = await engine.place();
  });

  it("behavior: one process at a time, also by another path", async () => {
    const child = startChild("hold", place);
    await child.says("open");
    const link = join(await makeFolder(), "link");
    await symlink(place.location, link);
    for (const location of [place.location, link])
      expect(await codeOf(openDatabase({ ...place, location })), location).to.equal("STORE-003");

    child.kill("SIGKILL");
    await child.ended;
    const database = await openDatabase(place);
    const [row] = await database.query("SELECT 1 AS one");
    expect(row, "free at once after the process was killed").to.deep.equal({ one: 1 });
    expect(await codeOf(openDatabase(place)), "not twice in one process").to.equal("STORE-003");
    await database.close();
    await (await openDatabase(place)).close();
  });

  it("behavior: every row that was committed survives a kill at any moment", async function () {
    this.timeout(300_000);
    let committed = 0;
    for (const afterMs of [...KILL_AFTER_MS, 0]) {
      const child = startChild("write", place);
      // Rows are numbered without gaps, so none is lost if there are as many as the highest number.
      const [, count = "", highest = ""] = (await child.says("found")).split(" ");
      expect(Number(count), "no gap").to.equal(Number(highest));
      expect(Number(highest), "all that was said").to.be.at.least(committed);
      await child.says("row");
      await delay(afterMs);
      child.kill("SIGKILL");
      await child.ended;
      committed = Number(child.lines.at(-1)?.split(" ")[1]);
    }
    expect(committed, "something was written each time").to.be.above(KILL_AFTER_MS.length);
  });

  it("behavior: files of a process that died while it made them are made again", async () => {
    const unfinished = join(place.location, "database-unfinished");
    await mkdir(join(unfinished, "base"), { recursive: true });
    await writeFile(join(unfinished, "PG_VERSION"), "1");
    await (await openDatabase(place)).close();
    expect(await readdir(place.location), "nothing is left of them").to.deep.equal(["database"]);
  });

  it("behavior: statements without a pause leave timers their turn", async () => {
    const database = await openDatabase(place);
    const rang = new AbortController();
    const timer = setTimeout(() => rang.abort(), 50);
    const end = performance.now() + 10_000;
    while (!rang.signal.aborted && performance.now() < end) await database.query("SELECT 1");
    expect(rang.signal.aborted, "the timer rang while statements followed each other").to.equal(
      true,
    );
    clearTimeout(timer);
    await database.close();
  });

  it("error: a folder that cannot be made", async () => {
    const location = join(await makeFolder(), "file", "folder");
    await writeFile(dirname(location), "");
    expect(await codeOf(openDatabase({ ...place, location })), location).to.equal("STORE-002");
  });
});
