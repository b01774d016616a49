// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A client's escrow for one node, drawn on by whom it named as signer. All amounts run for life and are never reset,
/// so that no voucher can be used again.
struct Channel {
    uint88 deposited; // token units
    uint88 charged; // token units of it that batches claimed
    uint40 count; // requests that batches claimed
    uint40 until; // unix seconds
}

using {read, write} for Channel global;

/// @dev At once: the compiler would read and write the slot field by field.
function read(
    Channel storage self
) view returns (uint256 deposited, uint256 charged, uint256 count, uint256 until) {
    uint256 word;
    assembly ("memory-safe") {
        word := sload(self.slot)
    }
    return (uint88(word), uint88(word >> 88), uint40(word >> 176), word >> 216);
}

/// @dev None of them has more bits than its field.
function write(Channel storage self, uint256 deposited, uint256 charged, uint256 count, uint256 until) {
    assembly ("memory-safe") {
        sstore(self.slot, or(or(deposited, shl(88, charged)), or(shl(176, count), shl(216, until))))
    }
}

/// @notice What the node claims of one channel. Its client signed `toCount` and `maxCharge`; the rest is the node's.
struct Voucher {
    address client;
    bytes32 r;
    bytes32 vs; // with `r` the signature, as EIP-2098 has it
    uint40 fromCount; // must be the channel's count
    uint40 toCount;
    uint88 fromCharge; // token units; must be what the channel has charged
    uint88 toCharge; // token units
    uint88 maxCharge; // token units that the client allows for its first `toCount` requests
}

/// @notice What a node posts, besides its vouchers. The sums are over all of its receipts.
struct Posting {
    bytes32 modelId;
    address dataNode; // who is paid for the data of all receipts; zero: none
    bytes32 root; // of the tree of receipts, in the order of the vouchers
    uint40 postBy; // unix seconds: later, keys have expired or dates of requests have passed
    uint80 provenCharge; // token units, of receipts with TEE or ZKML evidence
    uint80 provenValue; // token units that they declare
    uint80 claimBond; // token units of bonds and declared values of the others
}

/// @notice A voucher's place in its batch: the requests `fromCount` to `toCount` of a channel own as many positions. Its hash is a
/// leaf of the batch's tree of parts.
struct Part {
    address client;
    address signer; // zero if the voucher was refused: then it keeps its positions, and nothing of it is charged
    uint40 fromCount;
    uint40 toCount;
    uint88 fromCharge; // token units
    uint88 toCharge; // token units
    uint40 start; // position of its first receipt
    uint80 charge; // token units, of all parts before, with those of refused vouchers
}

/// @notice A part with the proof that a batch has it.
struct Place {
    Part part;
    bytes32[] proof; // from the leaf up; pairs are sorted
}

/// @notice A posted batch. Its hash is the batch's id, so every call about a batch carries its header.
struct Header {
    address node;
    bytes32 modelId;
    address dataNode;
    bytes32 root;
    bytes32 partsRoot; // of the tree of parts, in the order of the vouchers
    uint40 count; // receipts, with those of refused vouchers
    uint80 charge; // token units, of the accepted vouchers
    uint80 refusedCharge; // token units, of the refused ones
    uint80 provenCharge;
    uint80 provenValue;
    uint80 claimBond;
    uint40 postedAt; // unix seconds
    uint40 drawBlock; // whose hash draws the committee
}

using {hashOf} for Header global;

/// @notice A batch's id.
/// @dev Takes the words as they came: one with dirty upper bits makes an id that no batch has.
function hashOf(Header calldata header) pure returns (bytes32 batchId) {
    assembly ("memory-safe") {
        let words := mload(0x40)
        calldatacopy(words, header, 416)
        batchId := keccak256(words, 416)
    }
}

/// @notice Where a batch stands.
enum BatchState {
    NONE,
    POSTED, // waits for its committee or its window
    COUNTERSIGNED, // part of the proven receipts is paid
    SECURED, // all of them are paid and final
    FINAL // paid
}

/// @notice What the settler stores of one batch: one slot if nothing goes wrong, and for its first fault before a quorum.
struct Batch {
    // slot 0
    BatchState state;
    bool faulty; // a fault was shown, and the node's bond is lost
    uint40 firstVoid; // one more than the position of the receipt that was void first; zero: none is
    uint80 returned; // token units of the charge that went back to channels or, with their claims, to the market
    bytes15 signersHash; // of the signers' addresses, a word each; another committee with this hash costs 2^120 to look for
    // slot 1: nothing before a quorum, but for demands
    uint80 paid; // token units, at quorum if the batch is not secured
    uint80 compensated; // token units that clients got from the bond and the signers
    uint16 demands; // receipts that are asked for
    uint32 heldUntil; // unix seconds: until then a receipt that was shown late can be challenged
    // slot 2
    uint80 extractedBond; // token units of the claim bond that went to the market with their claims
    uint80 lostValue; // token units of the declared values that signers have lost
}

/// @notice Who asked for a receipt.
struct Demand {
    address by;
    uint40 until; // unix seconds: the receipt comes before
    uint40 revealedAt; // unix seconds; zero until then
}

/// @notice A verification node's signature over a batch.
struct Countersignature {
    uint8 seat; // place in the drawn committee
    bytes32 r;
    bytes32 vs;
}

/// @dev EIP-712 types of what clients, nodes and verification nodes sign for batches.
bytes32 constant VOUCHER_TYPEHASH = keccak256(
    "Voucher(address client,address node,uint40 count,uint88 maxCharge)"
);
bytes32 constant BATCH_REQUEST_TYPEHASH = keccak256("BatchRequest(bytes32 requestId,uint40 index)");
bytes32 constant COUNTERSIGNATURE_TYPEHASH = keccak256("Countersignature(bytes32 batchId)");
bytes32 constant CLOSING_TYPEHASH = keccak256("Closing(address client,address signer,uint40 count,uint40 until)");
