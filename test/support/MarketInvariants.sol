// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {State} from "../../contracts/types/State.sol";
import {MarketHandler} from "./MarketHandler.sol";
import {MarketMistakes} from "./MarketMistakes.sol";
import {vm} from "./Vm.sol";

/// @notice What holds after any sequence of the handler's actions (docs/invariants.md), how often each is tried, and that
/// a sequence did everything. Heirs make the sequences.
abstract contract MarketInvariants {
    MarketHandler internal handler;

    function setUp() public {
        handler = newHandler();
    }

    /// @dev Of a contract in the test's own file, because the fuzzer knows the contracts of test files only.
    function newHandler() internal virtual returns (MarketHandler);

    /// @dev Each as often as it is to be tried: most those that move a request on, so that sequences get far.
    function actions() internal pure returns (bytes4[] memory list) {
        bytes4[22] memory all = [
            MarketHandler.deposit.selector,
            MarketHandler.withdraw.selector,
            MarketHandler.collect.selector,
            MarketHandler.payPool.selector,
            MarketHandler.openRequest.selector,
            MarketHandler.cancel.selector,
            MarketHandler.accept.selector,
            MarketHandler.fulfil.selector,
            MarketHandler.prove.selector,
            MarketHandler.finalize.selector,
            MarketHandler.refund.selector,
            MarketHandler.rescue.selector,
            MarketHandler.challenge.selector,
            MarketHandler.decide.selector,
            MarketHandler.conclude.selector,
            MarketHandler.stakeIn.selector,
            MarketHandler.stakeOut.selector,
            MarketHandler.withdrawStake.selector,
            MarketHandler.wait.selector,
            MarketHandler.waitLong.selector,
            MarketHandler.pauseOrNot.selector,
            MarketMistakes.misstate.selector
        ];
        uint8[22] memory weights = [uint8(1), 1, 1, 1, 10, 1, 6, 9, 3, 2, 1, 4, 5, 4, 3, 1, 1, 3, 2, 1, 1, 4];
        uint256 total;
        for (uint256 i = 0; i < weights.length; ++i) total += weights[i];
        list = new bytes4[](total);
        for (uint256 i = 0; i < all.length; ++i) {
            for (uint256 j = 0; j < weights[i]; ++j) list[--total] = all[i];
        }
    }

    /* INVARIANTS */

    function checkInvariants() internal view {
        solvency();
        ghostLedger();
        terminalAbsorbs();
        conservation();
        locksAreBonds();
        isolation();
        authority();
        deliveryStands();
    }

    /// @dev I1.
    function solvency() private view {
        vm.assertEq(handler.marketHas(), handler.marketOwes(), "solvency: market");
        vm.assertEq(handler.registryHas(), handler.registryOwes(), "solvency: registry");
    }

    /// @dev I2.
    function ghostLedger() private view {
        uint256 came = handler.deposited() + handler.recovered();
        vm.assertEq(came - handler.withdrawn(), handler.marketOwes(), "ghost ledger: market");
        uint256 went = handler.unstaked() + handler.recovered();
        vm.assertEq(handler.staked() - went, handler.registryOwes(), "ghost ledger: registry");
    }

    /// @dev I3.
    function terminalAbsorbs() private view {
        vm.assertFalse(handler.absorptionBroken(), "an ended request changed");
    }

    /// @dev I4.
    function conservation() private view {
        vm.assertFalse(handler.conservationBroken(), "an escrow was not paid out once, to the wei");
    }

    /// @dev I11.
    function locksAreBonds() private view {
        vm.assertTrue(handler.locksAreBonds(), "locked stake");
    }

    /// @dev I14.
    function isolation() private view {
        vm.assertTrue(handler.recordsAreAsLeft(), "another request changed");
    }

    /// @dev I15.
    function authority() private view {
        vm.assertFalse(handler.authorityBroken(), "somebody else's money fell");
    }

    /// @dev I21.
    function deliveryStands() private view {
        vm.assertFalse(handler.subjectBroken(), "a record is not of the delivered result");
        vm.assertFalse(handler.mistakeTaken(), "another result than the delivered one was taken");
    }

    /// @dev A sequence that did nothing shows nothing.
    function checkEverythingWasDone() internal view {
        string[25] memory names = [
            "deposit",
            "withdraw",
            "collect",
            "payPool",
            "open",
            "cancel",
            "accept",
            "fulfil",
            "prove",
            "finalize",
            "refund",
            "rescue",
            "challenge",
            "decide",
            "conclude",
            "stakeIn",
            "stakeOut",
            "withdrawStake",
            "wait",
            "waitLong",
            "pause",
            "misstate",
            "misstate delivered",
            "misstate disputed",
            "misstate final"
        ];
        string memory missing = "";
        string memory counts = "";
        for (uint256 i = 0; i < names.length; ++i) {
            counts = string.concat(counts, names[i], " ", Strings.toString(handler.acted(names[i])), ", ");
            if (handler.acted(names[i]) == 0) missing = string.concat(missing, " ", names[i]);
        }
        for (uint8 state = 1; state <= uint8(type(State).max); ++state) {
            if (handler.reached(State(state)) == 0) missing = string.concat(missing, " a state");
        }
        vm.assertEq(missing, "", counts);
    }
}
