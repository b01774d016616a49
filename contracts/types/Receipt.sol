// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Evidence} from "./Evidence.sol";
import {Request} from "./Request.sol";

/// @notice Sums over a batch's receipts up to and with one of them, token units.
struct Totals {
    uint80 charge;
    uint80 provenCharge; // of receipts with TEE or ZKML evidence
    uint80 provenValue; // that these declare
    uint80 claimBond; // bonds and declared values of the others
}

/// @notice All there is about a request that was settled in a batch. Its hash is a leaf of the batch's tree.
struct Receipt {
    Request request;
    uint40 index; // of the request in its channel's life, from zero
    bytes32 r;
    bytes32 vs; // with `r` the client's signature over request and index, as EIP-2098 has it
    bytes32 outputCommitment;
    uint40 units; // metered units; fee = units x unitPrice, at most maxFee
    Evidence kind;
    bytes evidence; // empty for a claim
    Totals totals;
}

/// @notice A receipt with the proof that a batch has it at a position.
struct Opening {
    uint40 position;
    Receipt receipt;
    bytes32[] proof; // from the leaf up
}

/// @notice What can be wrong with a receipt.
enum Fault {
    MISPLACED, // of another client, index, node, model or data node than its position belongs to
    UNSIGNED, // its client's signer did not sign it
    MISMETERED, // units that the model does not allow
    WRONG_SUM, // totals that do not go on from the receipt before, or do not end where they must
    EVIDENCE, // evidence that does not prove the result
    REQUIREMENT // evidence, declared value or date that request or model do not allow
}

/// @notice What a faulty or withheld receipt cost.
struct Loss {
    address client; // who paid for it
    address signer; // of the channel it was paid from
    uint256 charge; // token units of its fee; zero in a refused voucher's part
    uint256 excess; // token units that the sums charged beyond it; likewise
    uint256 value; // token units it declared, if it had TEE or ZKML evidence
    bool excused; // its evidence was revoked so late that nobody is to blame
}

/// @notice What a receipt adds to the totals, and what it is.
struct Entry {
    uint256 charge; // token units
    uint256 value; // token units that it declares
    bool proven; // TEE or ZKML evidence
}
