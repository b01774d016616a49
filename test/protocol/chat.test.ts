// SPDX-License-Identifier: MIT
import { expect } from "chai";

import {
  BaseError,
  CHAT_OUTPUT_FORMAT,
  type ChatOutput,
  decodeChatInput,
  decodeChatOutput,
  decodeCompletionInput,
  encodeChatInput,
  encodeChatOutput,
} from "../../src/protocol/index.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("encodeChatInput", () => {
  it("default: canonical JSON that decodes again", () => {
    const chat = { seed: 1, messages: [{ role: "user", content: "é" } as const], max_tokens: 2 };
    const bytes = encodeChatInput(chat);
    expect(text(bytes), "text").to.equal(
      '{"max_tokens":2,"messages":[{"content":"é","role":"user"}],"seed":1}',
    );
    expect(decodeChatInput(bytes), "decoded").to.deep.equal(chat);
    const completion = { seed: 0, prompt: "a\nb", max_tokens: 1 };
    expect(decodeCompletionInput(encodeChatInput(completion)), "prompt").to.deep.equal(completion);
  });
});

describe("decodeChatOutput", () => {
  const output: ChatOutput = {
    format: CHAT_OUTPUT_FORMAT,
    finish: "stop",
    text: "4",
    usage: { input: 3, output: 1 },
  };

  it("default", () => {
    const bytes = encodeChatOutput(output);
    expect(text(bytes), "text").to.equal(
      '{"finish":"stop","format":"assay/chat-output/1","text":"4","usage":{"input":3,"output":1}}',
    );
    expect(decodeChatOutput(bytes), "decoded").to.deep.equal(output);
  });

  it("error: other bytes of the same meaning, and other meanings", () => {
    const canonical = text(encodeChatOutput(output));
    const cases = [
      ` ${canonical}`,
      `\ufeff${canonical}`,
      JSON.stringify(output),
      canonical.replace('"4"', '"\\u0034"'),
      canonical.replace("}}", '},"text":"5"}'),
      canonical.replace("output/1", "output/2"),
      canonical.replace("stop", "tool_calls"),
      "",
    ];
    for (const each of cases) {
      const decode = () => decodeChatOutput(new TextEncoder().encode(each));
      expect(decode, each).to.throw(BaseError);
    }
  });
});
