// SPDX-License-Identifier: MIT
import { expect } from "chai";

import {
  openaiModel,
  PathNotOfferedError,
  RuntimeAbortedError,
  RuntimeBusyError,
  RuntimeError,
  RuntimeInputError,
  RuntimeOutputError,
  type ServedModel,
  UpstreamKeyError,
  UpstreamRefusedError,
  UpstreamSlowError,
  UpstreamUnavailableError,
} from "../../../src/node/index.ts";
import {
  commitInputBytes,
  decodeChatOutput,
  encodeChatInput,
  pathsIn,
} from "../../../src/protocol/index.ts";
import { rejection } from "../../client/rejection.ts";
import { chatAnswer, json, openaiManifest, startUpstream } from "./upstream.ts";

const KEY = "sk-a-secret-that-is-in-no-error";
const INPUT = encodeChatInput({
  max_tokens: 16,
  messages: [
    { role: "system", content: "Be short." },
    { role: "user", content: "Wie spät ist es?" },
  ],
  seed: 7,
});

const options = (maxUnits = 1_000) => ({ signal: new AbortController().signal, maxUnits });
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("openaiModel", () => {
  type Upstream = Awaited<ReturnType<typeof startUpstream>>;
  let upstream: Upstream;
  let model: ServedModel;
  before(async () => {
    upstream = await startUpstream();
    model = openaiModel({ name: "tiny", manifest: openaiManifest(upstream.url), key: KEY });
  });
  after(() => upstream.close());

  const run = (input = INPUT, of = model) => of.run(input, options());
  const other = (changes: Parameters<typeof openaiManifest>[1]) =>
    openaiModel({ name: "tiny", manifest: openaiManifest(upstream.url, changes), key: KEY });

  it("default", async () => {
    upstream.answer(json(200, chatAnswer("Zu spät. 🕛")));
    const { output, units } = await run();
    expect(decodeChatOutput(output), "output").to.deep.equal({
      format: "assay/chat-output/1",
      finish: "stop",
      text: "Zu spät. 🕛",
      usage: { input: 9, output: 3 },
    });
    expect(new TextDecoder().decode(output), "canonical").to.match(/^\{"finish":"stop","format":/);
    expect(units, "units").to.equal(12);

    const [sent] = upstream.received;
    expect(sent?.path, "path").to.equal("/v1/chat/completions");
    expect(sent?.headers["authorization"], "key").to.equal(`Bearer ${KEY}`);
    expect(sent?.body, "body").to.deep.equal({
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "Wie spät ist es?" },
      ],
      seed: 7,
      model: "tiny-1",
      max_tokens: 16,
      temperature: 0,
      n: 1,
      stream: false,
    });
  });

  it("behavior: only an enclave can say what it said", () => {
    expect(model.deterministic, "same bytes twice").to.equal(false);
    expect(pathsIn(model.paths), "paths").to.deep.equal(["tee"]);
    expect(model.commitInput(INPUT), "input commitment").to.equal(commitInputBytes(INPUT));
    const error = new PathNotOfferedError("tiny", "openai", pathsIn(model.paths));
    expect(error.message, "says what may be offered").to.match(/only: tee/);
  });

  it("behavior: completions", async () => {
    const manifest = openaiManifest(upstream.url, {}, "completions");
    const completions = openaiModel({ name: "tiny", manifest });
    const answer = { choices: [{ text: " two", finish_reason: "length" }] };
    upstream.answer(json(200, { ...answer, usage: chatAnswer("").usage }));
    const input = encodeChatInput({ max_tokens: 1, prompt: "one", seed: 0 });
    const { output } = await run(input, completions);
    expect(decodeChatOutput(output), "output").to.deep.include({ text: " two", finish: "length" });
    expect(upstream.received[0]?.path, "path").to.equal("/v1/completions");
    expect(upstream.received[0]?.body["prompt"], "prompt").to.equal("one");
    expect(upstream.received[0]?.headers["authorization"], "no key").to.equal(undefined);
  });

  it("behavior: tokens and units stay within what is paid for", async () => {
    upstream.answer(
      json(200, chatAnswer("x", { usage: { prompt_tokens: 9, completion_tokens: 900 } })),
    );
    const estimate = Math.ceil(INPUT.length / 4);
    const { units } = await model.run(INPUT, options(estimate + 5));
    expect(units, "units").to.equal(estimate + 5);
    expect(upstream.received[0]?.body["max_tokens"], "tokens asked for").to.equal(5);
    await run(INPUT, other({ outputTokens: 2 }));
    expect(upstream.received[1]?.body["max_tokens"], "manifest's limit").to.equal(2);
    const poor = await rejection(model.run(INPUT, options(estimate)));
    expect(poor, "nothing left for an answer").to.be.instanceOf(RuntimeInputError);
    expect(upstream.received.length, "not asked").to.equal(2);
  });

  it("behavior: asks again when the upstream says when, and only then", async () => {
    const busy = json(429, {}, { "retry-after": "0" });
    upstream.answer(busy, json(503, {}, { "retry-after": "0" }), json(200, chatAnswer("at last")));
    expect(decodeChatOutput((await run()).output).text, "text").to.equal("at last");
    expect(upstream.received.length, "requests").to.equal(3);

    upstream.answer(busy);
    expect(await rejection(run()), "for ever").to.be.instanceOf(UpstreamUnavailableError);
    expect(upstream.received.length, "at most three times").to.equal(3);

    for (const [title, headers] of Object.entries({
      "not said": {},
      "no number": { "retry-after": "soon" },
      "too long": { "retry-after": "3600" },
    })) {
      upstream.answer(json(429, {}, headers as Record<string, string>));
      expect(await rejection(run()), title).to.be.instanceOf(UpstreamUnavailableError);
      expect(upstream.received.length, `${title}: requests`).to.equal(1);
    }
    // What failed in the middle may have been computed and charged.
    upstream.answer(json(500, {}, { "retry-after": "0" }));
    expect(await rejection(run()), "500").to.be.instanceOf(UpstreamUnavailableError);
    expect(upstream.received.length, "500: requests").to.equal(1);
  });

  it("error: refusals", async () => {
    for (const status of [400, 401, 403, 404, 413, 422]) {
      upstream.answer(json(status, { error: { message: `bad key ${KEY}` } }));
      const error = await rejection(run());
      expect(error, `${status}`).to.be.instanceOf(UpstreamRefusedError);
      expect((error as RuntimeError).retryable, `${status} later`).to.equal(false);
    }
    upstream.answer((response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
    });
    expect(await rejection(run()), "redirect").to.be.instanceOf(UpstreamUnavailableError);
    expect(upstream.received.length, "not followed").to.equal(1);
  });

  it("error: slow", async () => {
    const hasty = other({ timeoutMs: 200 });
    upstream.answer(() => {});
    expect(await rejection(run(INPUT, hasty)), "silent").to.be.instanceOf(UpstreamSlowError);
    upstream.answer((response) => {
      response.writeHead(200).write("{");
    });
    expect(await rejection(run(INPUT, hasty)), "stops midway").to.be.instanceOf(UpstreamSlowError);
    upstream.answer(json(429, {}, { "retry-after": "20" }));
    expect(await rejection(run(INPUT, hasty)), "wants patience").to.be.instanceOf(
      UpstreamSlowError,
    );
  });

  it("error: cut off, or not there", async () => {
    upstream.answer((response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"choices":', () => response.destroy());
    });
    const cut = await rejection(run());
    expect(cut, "in the body").to.be.instanceOf(UpstreamUnavailableError);
    expect((cut as Error).message, "in the body").to.match(/cut off/);
    upstream.answer((response) => response.destroy());
    expect(await rejection(run()), "before headers").to.be.instanceOf(UpstreamUnavailableError);

    const nowhere = openaiModel({
      name: "tiny",
      manifest: openaiManifest("http://127.0.0.1:1/v1"),
    });
    const error = (await rejection(run(INPUT, nowhere))) as Error;
    expect(error, "nobody listens").to.be.instanceOf(UpstreamUnavailableError);
    expect(error.message, "no address").to.not.include("127.0.0.1");
  });

  it("error: answers that are none", async () => {
    const good = chatAnswer("hello");
    const [choice] = good.choices;
    const choiceWith = (changes: object) => ({ ...good, choices: [{ ...choice, ...changes }] });
    const cases: Record<string, unknown> = {
      "not JSON": "<html>busy</html>",
      "cut JSON": '{"choices":[',
      "a list": [],
      null: "null",
      "an error with status 200": { error: { message: "overloaded" } },
      "no choice": { ...good, choices: [] },
      "two choices": { ...good, choices: [choice, choice] },
      "no text": choiceWith({ message: { role: "assistant", content: null } }),
      "text that is a list": choiceWith({ message: { content: [{ type: "text", text: "x" }] } }),
      "a tool call": choiceWith({ finish_reason: "tool_calls" }),
      "no end": choiceWith({ finish_reason: null }),
      "no usage": { ...good, usage: undefined },
      "negative usage": { ...good, usage: { prompt_tokens: -1, completion_tokens: 3 } },
      "broken usage": { ...good, usage: { prompt_tokens: 1.5, completion_tokens: 3 } },
      "huge usage": { ...good, usage: { prompt_tokens: 2 ** 40, completion_tokens: 3 } },
      "deep JSON": "[".repeat(10_000),
      "too long": choiceWith({ message: { content: "x".repeat(2_048) } }),
      "far too long": choiceWith({ message: { content: "x".repeat(10 * 2 ** 20) } }),
    };
    for (const [title, body] of Object.entries(cases)) {
      upstream.answer(json(200, body));
      const error = await rejection(run());
      expect(error, title).to.be.instanceOf(RuntimeOutputError);
      expect((error as RuntimeError).retryable, `${title}: later`).to.equal(false);
    }
    upstream.answer(json(200, choiceWith({ message: { content: "\ud800x" } })));
    const { output } = await run();
    expect(decodeChatOutput(output).text, "half a character").to.equal("\ufffdx");
  });

  it("error: a body that never ends is not kept", async () => {
    const ended = new Promise((resolve) => {
      upstream.answer((response) => {
        response.writeHead(200).on("close", resolve);
        const more = () => {
          while (!response.closed && response.write("x".repeat(65_536)));
        };
        response.on("drain", more);
        more();
      });
    });
    expect(await rejection(run()), "error").to.be.instanceOf(RuntimeOutputError);
    await ended;
  });

  it("error: inputs that are none", () => {
    const user = { content: "x", role: "user" };
    const cases: Record<string, Uint8Array> = {
      empty: new Uint8Array(),
      "not UTF-8": Uint8Array.of(0x22, 0xff, 0x22),
      "white space": new TextEncoder().encode(' {"max_tokens":1,"messages":[],"seed":0}'),
      "keys not sorted": encode({ seed: 0, messages: [user], max_tokens: 1 }),
      "another temperature": encode({ max_tokens: 1, messages: [user], seed: 0, temperature: 2 }),
      "another model": encode({ max_tokens: 1, messages: [user], model: "big", seed: 0 }),
      "another role": encode({
        max_tokens: 1,
        messages: [{ content: "x", role: "tool" }],
        seed: 0,
      }),
      "no seed": encode({ max_tokens: 1, messages: [user] }),
      "half a character": encode({
        max_tokens: 1,
        messages: [{ ...user, content: "\ud800" }],
        seed: 0,
      }),
      "too long": encode({
        max_tokens: 1,
        messages: [{ ...user, content: "x".repeat(4_096) }],
        seed: 0,
      }),
    };
    for (const [title, input] of Object.entries(cases)) {
      expect(() => model.commitInput(input), title)
        .to.throw()
        .with.property("code");
    }
  });

  it("error: aborted, or too many at once", async () => {
    const busy = openaiModel({ name: "tiny", manifest: openaiManifest(upstream.url) });
    upstream.answer(() => {});
    const stop = new AbortController();
    const many = Array.from({ length: 2 + 256 }, () =>
      rejection(busy.run(INPUT, { signal: stop.signal, maxUnits: 1_000 })),
    );
    expect(await rejection(run(INPUT, busy)), "one more").to.be.instanceOf(RuntimeBusyError);
    stop.abort();
    for (const error of await Promise.all(many)) {
      expect(error, "aborted").to.be.instanceOf(RuntimeAbortedError);
    }
    upstream.answer(json(200, chatAnswer("free again")));
    const { output } = await run(INPUT, busy);
    expect(decodeChatOutput(output).text, "places are given back").to.equal("free again");
    const late = busy.run(INPUT, { signal: stop.signal, maxUnits: 1_000 });
    expect(await rejection(late), "aborted before").to.be.instanceOf(RuntimeAbortedError);
  });

  it("error: keys that cannot be sent", () => {
    const local = openaiManifest("http://127.0.0.1:1/v1");
    const remote = openaiManifest("http://models.example/v1");
    for (const key of ["", "two\nlines", "späte", " "]) {
      expect(
        () => openaiModel({ name: "tiny", manifest: local, key }),
        JSON.stringify(key),
      ).to.throw(UpstreamKeyError);
    }
    const clear = () => openaiModel({ name: "tiny", manifest: remote, key: KEY });
    expect(clear, "in the clear").to.throw(UpstreamKeyError);
    expect(openaiModel({ name: "tiny", manifest: remote }).kind, "without key").to.equal("openai");
  });

  it("behavior: the key is in no error", async () => {
    const faults = [
      json(401, { error: { message: `Incorrect API key ${KEY}` } }),
      json(500, `key ${KEY}`),
      json(200, `key ${KEY}`),
      json(200, { [KEY]: KEY, choices: KEY }),
      () => {},
    ];
    const hasty = other({ timeoutMs: 200 });
    for (const fault of faults) {
      upstream.answer(fault);
      const error = (await rejection(run(INPUT, hasty))) as Error;
      let shown = "";
      for (let each: unknown = error; each instanceof Error; each = each.cause) {
        shown += `${each.message} ${each.stack} ${JSON.stringify(each)}`;
      }
      expect(shown, "shown").to.not.include(KEY);
      expect(shown, "prompt").to.not.include("spät");
    }
  });
});
