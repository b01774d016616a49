// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { pino } from "pino";

import { createApp } from "../../../src/node/http/app.ts";

describe("createApp", () => {
  it("behavior: the line of a failure names its request, and nothing of the failure's text", async () => {
    const lines: string[] = [];
    const app = createApp(pino({}, { write: (line: string) => void lines.push(line) }));
    app.get("/:kind/:name", () => {
      throw new RangeError("https://key@rpc");
    });
    const id = `0x${"ab".repeat(32)}`;
    for (const path of [`/results/${id}`, `/inputs/${id}`]) {
      const response = await app.request(path);
      expect(response.status, path).to.equal(500);
      expect(await response.text(), path).to.not.include("key@rpc");
    }
    const [result, input] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(result, "a result").to.include({ request: id, path: "/results", level: 50 });
    expect(input, "an input is no request").to.not.have.property("request");
    expect(input, "an input").to.include({ path: "/inputs" });
    expect(lines.join(""), "no foreign text").to.not.include("key@rpc");
  });
});
