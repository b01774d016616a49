// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {OrderHandler} from "./support/OrderHandler.sol";
import {vm} from "./support/Vm.sol";

contract OrderEverybody is OrderHandler {}

/// @notice What holds of the settler after any sequence of the handler's actions, on fixed sequences, as for the market in
/// MarketInvariants.t.sol.
contract OrderInvariantsTest {
    uint256 private constant SEQUENCES = 64;
    uint256 private constant STEPS = 128;
    uint256 private constant COUNTED = 25;

    OrderHandler private _handler;

    function setUp() public {
        _handler = new OrderEverybody();
    }

    function test_invariantsHoldAfterEachStep() public {
        uint256[] memory counts = new uint256[](COUNTED);
        string[COUNTED] memory counted = names();
        bytes4[] memory list = actions();
        for (uint256 seed = 0; seed < SEQUENCES; ++seed) {
            uint256 snapshot = vm.snapshotState();
            for (uint256 step = 0; step < STEPS; ++step) act(list, uint256(keccak256(abi.encode(seed, step))));
            for (uint256 i = 0; i < COUNTED; ++i) counts[i] += _handler.acted(counted[i]);
            vm.revertToState(snapshot);
        }
        checkEverythingWasDone(counts);
    }

    /// @dev An action that finds nothing to do reverts, and changes nothing.
    function act(bytes4[] memory list, uint256 drawn) private {
        (bool acted, ) = address(_handler).call(abi.encodePacked(list[drawn % list.length], drawn >> 16));
        if (acted) checkInvariants();
    }

    /* INVARIANTS */

    function checkInvariants() private view {
        // I1, I2: to the wei.
        vm.assertEq(_handler.settlerHas(), _handler.settlerOwes(), "solvency: settler");
        vm.assertEq(_handler.marketHas(), _handler.marketOwes(), "solvency: market");
        // I3.
        vm.assertFalse(_handler.paidTwice(), "an order was taken twice");
        vm.assertFalse(_handler.replayTaken(), "a replay moved money");
        // I4: what orders cost is with the nodes or under its root.
        vm.assertFalse(_handler.conservationBroken(), "a root is not the sum of its claims");
        vm.assertEq(_handler.claims(), _handler.claimedFees(), "conservation: claims");
        vm.assertEq(_handler.earnings(), _handler.earned() - _handler.collected(), "conservation: earnings");
        vm.assertFalse(_handler.extractionBroken(), "an extraction changed a sum");
        // I10.
        vm.assertFalse(_handler.flagsBroken(), "a replay flag fell");
        // I11.
        vm.assertTrue(_handler.locksAreBonds(), "locked stake");
        // I23.
        vm.assertTrue(_handler.promisesAreKept(), "reserved = drawn + released + left");
    }

    /* SEQUENCES */

    /// @dev Each as often as it is to be tried.
    function actions() private pure returns (bytes4[] memory list) {
        bytes4[18] memory all = [
            OrderHandler.withdraw.selector,
            OrderHandler.reserve.selector,
            OrderHandler.release.selector,
            OrderHandler.collect.selector,
            OrderHandler.payPool.selector,
            OrderHandler.fulfilOrder.selector,
            OrderHandler.fulfilOrderAndCall.selector,
            OrderHandler.fulfilOrders.selector,
            OrderHandler.replay.selector,
            OrderHandler.finalizeClaims.selector,
            OrderHandler.extractClaim.selector,
            OrderHandler.prove.selector,
            OrderHandler.finalize.selector,
            OrderHandler.refund.selector,
            OrderHandler.challenge.selector,
            OrderHandler.conclude.selector,
            OrderHandler.wait.selector,
            OrderHandler.pauseOrNot.selector
        ];
        uint8[18] memory weights = [uint8(1), 5, 2, 1, 1, 7, 2, 8, 3, 2, 4, 2, 2, 1, 3, 3, 1, 1];
        uint256 total;
        for (uint256 i = 0; i < weights.length; ++i) total += weights[i];
        list = new bytes4[](total);
        for (uint256 i = 0; i < all.length; ++i) {
            for (uint256 j = 0; j < weights[i]; ++j) list[--total] = all[i];
        }
    }

    function names() private pure returns (string[COUNTED] memory) {
        return
            [
                "withdraw",
                "reserve",
                "release",
                "collect",
                "payPool",
                "order",
                "order without record",
                "order with record",
                "order and call",
                "orders",
                "orders with own evidence",
                "orders with shared signature",
                "replay",
                "finalizeClaims",
                "extract",
                "prove",
                "finalize",
                "refund",
                "challenge",
                "conclude",
                "rejected",
                "upheld",
                "undecided",
                "wait",
                "pause"
            ];
    }

    /// @dev Sequences that did nothing show nothing.
    function checkEverythingWasDone(uint256[] memory counts) private pure {
        string[COUNTED] memory counted = names();
        string memory missing = "";
        string memory all = "";
        for (uint256 i = 0; i < COUNTED; ++i) {
            all = string.concat(all, counted[i], " ", Strings.toString(counts[i]), ", ");
            if (counts[i] < 16) missing = string.concat(missing, " ", counted[i]);
        }
        vm.assertEq(missing, "", all);
    }
}
