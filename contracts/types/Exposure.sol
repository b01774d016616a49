// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What open batches can cost somebody, in one slot: sums of the current epoch and the one before. An epoch is as long
/// as a batch can be challenged, so that what is older is over and nothing has to be taken back batch by batch.
struct Exposure {
    uint80 held; // token units: what a node pledged, or what a signer earned and has not collected
    uint80 current; // token units
    uint80 previous; // token units
    uint16 epoch; // the current one's number; after 65,536 epochs an old sum may count once more, never less
}

using {write} for Exposure global;

/// @dev At once: the compiler would write the slot field by field.
function write(Exposure storage self, Exposure memory value) {
    uint256 word = uint256(value.held) |
        (uint256(value.current) << 80) |
        (uint256(value.previous) << 160) |
        (uint256(value.epoch) << 240);
    assembly ("memory-safe") {
        sstore(self.slot, word)
    }
}
