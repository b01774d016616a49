// SPDX-License-Identifier: MIT
// Inputs and outputs of language models: canonical JSON, so that one meaning has one commitment.
import { InvalidFieldError } from "./errors.ts";
import { listOf, objectOf, oneOf, parseJson, type Reader, toCanonicalJson, uint } from "./json.ts";

/** One turn of a conversation. */
export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** What both APIs take. Temperature is always 0. */
interface Sampling {
  max_tokens: number;
  seed: number;
}

/** Input of a model whose manifest says `chat`. */
export interface ChatInput extends Sampling {
  messages: ChatMessage[];
}

/** Input of a model whose manifest says `completions`. */
export interface CompletionInput extends Sampling {
  prompt: string;
}

/** Output of both: the parts of an answer that a receipt needs. The format's name makes it no other bytes' equal. */
export interface ChatOutput {
  format: typeof CHAT_OUTPUT_FORMAT;
  /** Why it ends: by itself, at the limit of tokens, or withheld by the upstream. */
  finish: "stop" | "length" | "content_filter";
  text: string;
  /** Tokens, as the upstream counts them. */
  usage: { input: number; output: number };
}

export const CHAT_OUTPUT_FORMAT = "assay/chat-output/1";
const MESSAGES_MAX = 1_024;
const MAX_CHARS = 1024 * 1024;

const text: Reader<string> = (value, path) => {
  // Half of a surrogate pair would become another character on its way through UTF-8.
  if (typeof value === "string" && value.isWellFormed()) return value;
  throw new InvalidFieldError(path, "text of whole characters");
};

const readChatInput = objectOf<ChatInput>({
  max_tokens: uint(32),
  messages: listOf(
    objectOf<ChatMessage>({ role: oneOf(["system", "user", "assistant"]), content: text }),
    MESSAGES_MAX,
  ),
  seed: uint(32),
});

const readCompletionInput = objectOf<CompletionInput>({
  max_tokens: uint(32),
  prompt: text,
  seed: uint(32),
});

const readChatOutput = objectOf<ChatOutput>({
  format: oneOf([CHAT_OUTPUT_FORMAT]),
  finish: oneOf(["stop", "length", "content_filter"]),
  text,
  usage: objectOf({ input: uint(32), output: uint(32) }),
});

/** The input bytes of a conversation, or of a text to be continued. */
export function encodeChatInput(input: ChatInput | CompletionInput): Uint8Array {
  return encode(input);
}

/** @throws `BaseError` unless the bytes are what {@link encodeChatInput} makes. */
export function decodeChatInput(bytes: Uint8Array): ChatInput {
  return decode(bytes, readChatInput);
}

/** @throws `BaseError` unless the bytes are what {@link encodeChatInput} makes. */
export function decodeCompletionInput(bytes: Uint8Array): CompletionInput {
  return decode(bytes, readCompletionInput);
}

export function encodeChatOutput(output: ChatOutput): Uint8Array {
  return encode(output);
}

/** @throws `BaseError` unless the bytes are what {@link encodeChatOutput} makes. */
export function decodeChatOutput(bytes: Uint8Array): ChatOutput {
  return decode(bytes, readChatOutput);
}

function encode(value: object): Uint8Array {
  return new TextEncoder().encode(toCanonicalJson(value));
}

function decode<T extends object>(bytes: Uint8Array, reader: Reader<T>): T {
  const given = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const value = parseJson(given, reader, { what: "chat", limit: MAX_CHARS });
  const canonical = encode(value);
  if (canonical.length === bytes.length && canonical.every((byte, k) => byte === bytes[k])) {
    return value;
  }
  throw new InvalidFieldError("$", "canonical JSON: keys sorted, no white space");
}
