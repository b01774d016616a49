// SPDX-License-Identifier: MIT
/**
 * The nodes: daemons that follow the chain, serve inferences and verify them.
 *
 * @packageDocumentation
 */
export * from "./errors.ts";
export { startInferenceNode } from "./inference/service.ts";
export * from "./runtimes/errors.ts";
export { integerModel, type Runtime } from "./runtimes/integer.ts";
export { loadServedModel, type LoadServedModelParameters } from "./runtimes/load.ts";
export { onnxModel, type OnnxModelParameters } from "./runtimes/onnx.ts";
export { openaiModel, type OpenaiModelParameters } from "./runtimes/openai.ts";
export type {
  Computed,
  ModelRuntime,
  RunLimits,
  RunOptions,
  ServedModel,
} from "./runtimes/types.ts";
export type {
  InferenceNodeOptions,
  NodeOptions,
  ReadyOptions,
  RunningNode,
  VerificationNodeOptions,
} from "./types.ts";
export { startVerificationNode } from "./verification/service.ts";
export { type RunningWorker, startWorker, type WorkerOptions } from "./worker.ts";
