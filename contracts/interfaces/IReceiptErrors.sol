// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Fault} from "../types/Receipt.sol";
import {Reliance} from "../types/State.sol";

/// @title What a batch's judge reverts with
/// @notice Apart, because the settler reverts with the same, and a reader of its errors must know them.
interface IReceiptErrors {
    error CommitteePending(uint40 drawBlock);
    error CommitteeUnreachable(uint40 drawBlock);
    error QuorumMissing(uint256 signatures, uint256 quorum);
    error SeatInvalid(uint8 seat);
    error CountersignatureInvalid(address signer, address expected);
    error PartMismatch(uint40 position);
    error PartRefused(uint40 position);
    error ReceiptNotIncluded(uint40 position);
    error ReceiptProven(uint40 position);
    error ReceiptFaulty(uint40 position, Fault fault);
    error OpeningsMismatch(uint256 count, uint256 expected);
    error RunInvalid(uint40 first, uint40 last);
    error FaultUnproven(Fault fault, uint40 position);
    error ReceiptRelianceMismatch(uint40 position, Reliance reliance);
}
