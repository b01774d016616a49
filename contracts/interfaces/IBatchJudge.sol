// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Countersignature, Header, Place} from "../types/Batch.sol";
import {Entry, Fault, Loss, Opening} from "../types/Receipt.sol";
import {Reliance} from "../types/State.sol";
import {IReceiptErrors} from "./IReceiptErrors.sol";

/// @title What can be said about the receipts of a batch from its header, its parts and the receipts alone
/// @notice The half of the batch settler that neither stores nor pays: all are views, and all revert on what is not of the batch.
/// @dev The settler passes the arguments of its own calls on as they came, so each takes what the settler's function takes.
interface IBatchJudge is IReceiptErrors {
    /// @notice The verification nodes whose signatures count, by seat: drawn by the hash of the header's block, none of the
    /// node's operator, each of another one.
    /// @dev Warning: it can be told for 8,191 blocks.
    function committeeOf(Header calldata header) external view returns (address[] memory);

    /// @notice Who of the committee signed; reverts unless all signatures are theirs, by rising seats, and as many as the quorum.
    /// @return signers By seat.
    /// @return stakes Token units that each can lose as long as the batch can be challenged.
    function signersOf(
        Header calldata header,
        Countersignature[] calldata signatures
    ) external view returns (address[] memory signers, uint256[] memory stakes);

    /// @notice Reverts unless the batch has this receipt at its position.
    function requireIncluded(Header calldata header, Opening calldata opening) external view;

    /// @notice What a claim of an accepted voucher is worth, token units; reverts if the receipt alone shows a fault.
    function claimOf(
        Header calldata header,
        Place calldata place,
        Opening calldata opening
    ) external view returns (uint256 charge, uint256 bond);

    /// @notice What a receipt of an accepted voucher is worth, if it has at least what is relied on.
    function entryOf(
        Header calldata header,
        Place calldata place,
        Opening calldata opening,
        Reliance calldata reliance
    ) external view returns (Entry memory);

    /// @notice What a faulty receipt cost; reverts unless it has this fault.
    /// @param leaves The receipt; for WRONG_SUM also the one before it, if it does not go on from that one.
    /// @dev TEE evidence is judged as of when the batch was posted; what was revoked less than 600 seconds before excuses the loss. In a
    /// refused voucher's part only the sums are judged.
    function lossByFault(
        Header calldata header,
        Place calldata place,
        address[] calldata signers,
        Opening[] calldata leaves,
        Fault fault,
        bytes32 salt
    ) external view returns (Loss memory);

    /// @notice What the withheld receipts at positions `first` to `last` of one voucher cost.
    /// @param neighbours The receipts before `first` and after `last`, each if it is in the same part.
    function lossBySilence(
        Header calldata header,
        Place calldata place,
        address[] calldata signers,
        uint40 first,
        uint40 last,
        Opening[] calldata neighbours
    ) external view returns (Loss memory);
}
