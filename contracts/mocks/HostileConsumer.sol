// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {EvidenceSet} from "../types/Evidence.sol";
import {Request} from "../types/Request.sol";
import {RequestId} from "../types/RequestId.sol";

/// @notice What a consumer does when it is called.
enum Trick {
    NONE,
    REVERTS,
    BURNS_GAS,
    RETURNS_BOMB, // a megabyte of zeros
    CALLS_BACK // the target, with the data given
}

/// @title A consumer that misbehaves in a chosen way, for tests only
contract HostileConsumer is IInferenceConsumer {
    Trick public trick;
    address public target;
    bytes public data;
    uint256 public calls;
    /// @notice What calling back returned; a refused call returns its error.
    bool public succeeded;
    bytes public returned;

    error ConsumerBroken();

    function play(Trick trick_, address target_, bytes calldata data_) external {
        trick = trick_;
        target = target_;
        data = data_;
    }

    function onInference(RequestId, Request calldata, EvidenceSet, bytes32, bytes calldata) external {
        ++calls;
        if (trick == Trick.REVERTS) revert ConsumerBroken();
        if (trick == Trick.BURNS_GAS) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (trick == Trick.RETURNS_BOMB) {
            assembly ("memory-safe") {
                return(mload(0x40), 1000000)
            }
        }
        if (trick == Trick.CALLS_BACK) (succeeded, returned) = target.call(data);
    }
}
