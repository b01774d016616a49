// SPDX-License-Identifier: MIT
/**
 * Models that an OpenAI-compatible service runs. What the service says is not the same bytes twice, and nobody sees its
 * weights: an enclave that is measured with this runtime can say that this upstream answered so, and nothing else can.
 */
import {
  type ChatInput,
  CHAT_OUTPUT_FORMAT,
  type ChatOutput,
  type CompletionInput,
  decodeChatInput,
  decodeCompletionInput,
  encodeChatOutput,
} from "../../protocol/chat.ts";
import { commitInputBytes } from "../../protocol/commitments.ts";
import { BaseError } from "../../protocol/errors.ts";
import { Evidence, toEvidenceSet } from "../../protocol/evidence.ts";
import {
  listOf,
  oneOf,
  parseJson,
  partOf,
  type Reader,
  textOf,
  uint,
} from "../../protocol/json.ts";
import type { OpenaiManifest } from "../../protocol/manifest.ts";
import {
  RuntimeInputError,
  RuntimeOutputError,
  UpstreamKeyError,
  UpstreamSlowError,
} from "./errors.ts";
import { limitRuntime } from "./limit.ts";
import type { Computed, RunOptions, ServedModel } from "./types.ts";
import { callUpstream } from "./upstream.ts";

/** Name and version of this runtime, as an enclave measures it. */
export const OPENAI_RUNTIME = "assay-openai-runtime/1";

export interface OpenaiModelParameters {
  name: string;
  manifest: OpenaiManifest;
  /** The upstream's bearer token, if it wants one. */
  key?: string | undefined;
}

const PATHS = { chat: "chat/completions", completions: "completions" } as const;
const WAITING = 256;
/** The limiter's own time is longer, so that a slow upstream is called that. */
const GRACE_MS = 1_000;
/** JSON spells a character with up to six, and there are fields that are not read. */
const ANSWER_FACTOR = 6;
const ANSWER_EXTRA = 16_384;
/** Text has about this many bytes a token; the rest of what the request pays for is left for the answer. */
const BYTES_PER_TOKEN = 4;

interface Answer {
  finish: ChatOutput["finish"];
  text: string;
}

const readFinish = oneOf(["stop", "length", "content_filter"]);
const readString = textOf(/^/, "text");
const readUsage = partOf<{ prompt_tokens: number; completion_tokens: number }>({
  prompt_tokens: uint(32),
  completion_tokens: uint(32),
});

/** Answers have one choice, since no other number was asked for. */
const readChoice = {
  chat: adapt(
    partOf<{ finish_reason: Answer["finish"]; message: { content: string } }>({
      finish_reason: readFinish,
      message: partOf<{ content: string }>({ content: readString }),
    }),
    ({ finish_reason: finish, message }) => ({ finish, text: message.content }),
  ),
  completions: adapt(
    partOf<{ finish_reason: Answer["finish"]; text: string }>({
      finish_reason: readFinish,
      text: readString,
    }),
    ({ finish_reason: finish, text }) => ({ finish, text }),
  ),
} as const;

function adapt<T>(read: Reader<T>, toAnswer: (value: T) => Answer): Reader<Answer> {
  return (value, path) => toAnswer(read(value, path));
}

/**
 * A model behind an OpenAI-compatible API.
 *
 * @throws {UpstreamKeyError} if the key cannot be sent, or would go over the network in the clear.
 *
 * @example
 * const manifest = parseManifest(await readFile("manifest.json", "utf8"));
 * const model = openaiModel({ name: "assistant", manifest, key: process.env.UPSTREAM_KEY });
 */
export function openaiModel({ name, manifest, key }: OpenaiModelParameters): ServedModel {
  const { upstream, limits, weightsCommitment } = manifest;
  checkKey(name, upstream.url, key);
  const decode = (input: Uint8Array): ChatInput | CompletionInput => {
    if (input.length > limits.inputBytes) {
      throw new RuntimeInputError(name, `it has ${input.length} bytes, over ${limits.inputBytes}`);
    }
    return upstream.api === "chat" ? decodeChatInput(input) : decodeCompletionInput(input);
  };

  const run = async (input: Uint8Array, { signal, maxUnits }: RunOptions): Promise<Computed> => {
    const { max_tokens: wanted, ...content } = decode(input);
    const left = maxUnits - Math.ceil(input.length / BYTES_PER_TOKEN);
    if (left < 1) throw new RuntimeInputError(name, `it is too long for ${maxUnits} paid units`);
    const max_tokens = Math.max(1, Math.min(wanted, limits.outputTokens, left));
    const { model } = upstream;
    const slow = AbortSignal.timeout(limits.timeoutMs);
    let text: string;
    try {
      text = await callUpstream({
        name,
        url: `${upstream.url}/${PATHS[upstream.api]}`,
        key,
        body: JSON.stringify({
          ...content,
          model,
          max_tokens,
          temperature: 0,
          n: 1,
          stream: false,
        }),
        maxBytes: limits.outputBytes * ANSWER_FACTOR + ANSWER_EXTRA,
        signal: AbortSignal.any([signal, slow]),
      });
    } catch (error) {
      if (!(error instanceof BaseError) && slow.aborted) {
        throw new UpstreamSlowError(name, limits.timeoutMs);
      }
      throw error;
    }
    const output = toOutput(name, upstream.api, text);
    const { usage } = output;
    return {
      output: encodeChatOutput(output),
      units: Math.min(usage.input + usage.output, maxUnits),
    };
  };

  return limitRuntime(
    {
      name,
      kind: "openai",
      identity: OPENAI_RUNTIME,
      deterministic: false,
      weightsCommitment,
      paths: toEvidenceSet([Evidence.TEE]),
      unitsPerInference: undefined,
      integer: undefined,
      commitInput: (input) => {
        decode(input);
        return commitInputBytes(input);
      },
      start: async () => {},
      run,
    },
    {
      timeoutMs: limits.timeoutMs + GRACE_MS,
      concurrency: limits.concurrency,
      waiting: WAITING,
      outputBytes: limits.outputBytes,
    },
  );
}

function toOutput(name: string, api: "chat" | "completions", text: string): ChatOutput {
  const readAnswer = partOf<{ choices: Answer[]; usage: ReturnType<typeof readUsage> }>({
    choices: listOf(readChoice[api], 1),
    usage: readUsage,
  });
  try {
    const { choices, usage } = parseJson(text, readAnswer, { what: "answer", limit: text.length });
    const [choice] = choices;
    if (choice === undefined) throw new RuntimeOutputError(name, "it has no choice");
    return {
      format: CHAT_OUTPUT_FORMAT,
      finish: choice.finish,
      text: choice.text.toWellFormed(),
      usage: { input: usage.prompt_tokens, output: usage.completion_tokens },
    };
  } catch (error) {
    if (error instanceof RuntimeOutputError || !(error instanceof BaseError)) throw error;
    // The readers' messages name fields and quote nothing.
    throw new RuntimeOutputError(name, error.message.replace(/\.$/, ""));
  }
}

/** What a header cannot hold would be quoted by the error of whoever builds the header. */
function checkKey(name: string, url: string, key: string | undefined): void {
  if (key === undefined) return;
  if (!/^[\x21-\x7e]{1,4096}$/.test(key)) {
    throw new UpstreamKeyError(name, "it has other characters than a header's");
  }
  const { protocol, hostname } = new URL(url);
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  if (protocol !== "https:" && !isLocal) {
    throw new UpstreamKeyError(name, "the upstream's URL is not https");
  }
}
