// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { pino } from "pino";

import { PrivateKeyInvalidError } from "../../../src/node/errors.ts";
import { createApp } from "../../../src/node/http/app.ts";
import { addReady, type ReadyChecks } from "../../../src/node/http/ready.ts";

const ask = async (checks: ReadyChecks) => {
  const app = createApp(pino({ level: "silent" }));
  addReady(app, checks);
  const response = await app.request("/ready");
  return { app, status: response.status, body: (await response.json()) as unknown };
};
const good = async () => ({ ok: true, detail: "well" });

describe("GET /ready", () => {
  it("default", async () => {
    const { status, body } = await ask({ chain: good, fees: good });
    expect(status, "status").to.equal(200);
    expect(body, "body").to.deep.equal({
      ready: true,
      checks: { chain: { ok: true, detail: "well" }, fees: { ok: true, detail: "well" } },
    });
  });

  it("error: one check says no, one throws, one is late", async () => {
    const no = await ask({ chain: good, fees: async () => ({ ok: false, detail: "0 ether" }) });
    expect(no.status, "no").to.equal(503);
    expect(no.body, "names it").to.deep.include({ ready: false });
    const thrown = await ask({ chain: () => Promise.reject(new PrivateKeyInvalidError()) });
    expect(thrown.status, "thrown").to.equal(503);
    expect(JSON.stringify(thrown.body), "its code").to.include("[NODE-008]");
    const strange = await ask({ chain: () => Promise.reject(new RangeError("https://key@rpc")) });
    expect(JSON.stringify(strange.body), "no foreign text").to.not.include("key@rpc");
    const late = await ask({ chain: () => new Promise(() => {}) });
    expect(late.status, "late").to.equal(503);
    expect(JSON.stringify(late.body), "its code").to.include("[METRIC-001]");
  });

  it("behavior: many who ask at once cost one answer", async () => {
    let asked = 0;
    const count = async () => {
      asked += 1;
      return { ok: true, detail: "" };
    };
    const { app } = await ask({ chain: count });
    await Promise.all(Array.from({ length: 20 }, () => app.request("/ready")));
    expect(asked, "checks run").to.equal(1);
  });
});
