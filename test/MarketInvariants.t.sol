// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketHandler} from "./support/MarketHandler.sol";
import {MarketInvariants} from "./support/MarketInvariants.sol";

contract SeededEverybody is MarketHandler {}

/// @notice The market's invariants on fixed sequences, for `npm test`. The fuzzer of test/deep makes others each time, even
/// with a fixed seed, and is slower, so here they are drawn by hand.
contract SeededMarketInvariantsTest is MarketInvariants {
    uint256 private constant SEQUENCES = 3;
    uint256 private constant STEPS = 850;

    function newHandler() internal override returns (MarketHandler) {
        return new SeededEverybody();
    }

    function test_invariantsHoldAfterEachStep() public {
        for (uint256 seed = 1; seed <= SEQUENCES; ++seed) {
            setUp();
            runSequence(seed);
            checkEverythingWasDone();
        }
    }

    function runSequence(uint256 seed) private {
        bytes4[] memory list = actions();
        for (uint256 step = 0; step < STEPS; ++step) {
            // An action that finds nothing to do reverts, and changes nothing.
            (bool acted, ) = address(handler).call(drawCall(list, seed, step));
            if (acted) checkInvariants();
        }
    }

    /// @dev With four arguments, the most that an action takes, which fit the smallest of their types.
    function drawCall(bytes4[] memory list, uint256 seed, uint256 step) private pure returns (bytes memory) {
        uint256 drawn = uint256(keccak256(abi.encode(seed, step)));
        bytes4 action = list[drawn % list.length];
        uint40[4] memory arguments = [
            uint40(drawn >> 40),
            uint40(drawn >> 80),
            uint40(drawn >> 120),
            uint40(drawn >> 160)
        ];
        return abi.encodePacked(action, abi.encode(arguments));
    }
}
