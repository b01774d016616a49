// SPDX-License-Identifier: MIT
import { BaseError } from "../../protocol/errors.ts";

/** An action asks for another call than it did before, and the earlier one may be mined. */
export class IntentChangedError extends BaseError {
  override readonly code = "SENDER-001";
  constructor(name: string, functionName: string) {
    super(
      `${name} already stands for another call of ${functionName}. Give the new call a new name.`,
    );
  }
}

/** An action with more transactions than any has. */
export class ActionTooLongError extends BaseError {
  override readonly code = "SENDER-002";
  constructor(action: string, limit: number) {
    super(`${action} has more than ${limit} transactions. Split it into several actions.`);
  }
}

/** A key cannot pay for the gas of what it should send. */
export class GasFundsMissingError extends BaseError {
  override readonly code = "SENDER-003";
  constructor(sender: string, neededWei: bigint, balanceWei: bigint) {
    super(
      `${sender} has ${balanceWei} wei, its transactions may cost ${neededWei}. Send it ether.`,
    );
  }
}

/** An intent was begun with a key that this process does not have. */
export class SenderKeyMissingError extends BaseError {
  override readonly code = "SENDER-004";
  constructor(name: string, sender: string) {
    super(`${name} was begun by ${sender}. Start the node with that key again.`);
  }
}

/** The sender and the account of a call differ. */
export class SenderAccountError extends BaseError {
  override readonly code = "SENDER-005";
  constructor(functionName: string) {
    super(`${functionName} names an account of its own. Leave it out: the sender signs.`);
  }
}
