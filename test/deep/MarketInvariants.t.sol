// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {State} from "../../contracts/types/State.sol";
import {MarketHandler} from "../support/MarketHandler.sol";
import {vm} from "../support/Vm.sol";

/// @dev In this file, because the fuzzer knows the contracts of test files only.
contract Everybody is MarketHandler {}

/// @notice What holds after any sequence of calls (docs/invariants.md). Each run must have done everything: see
/// `afterInvariant`.
contract MarketInvariantsTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Everybody private _handler;

    function setUp() public {
        _handler = new Everybody();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        // How often each is tried: most for those that move a request on, so that runs get far.
        bytes4[22] memory actions = [
            MarketHandler.deposit.selector,
            MarketHandler.withdraw.selector,
            MarketHandler.reserve.selector,
            MarketHandler.release.selector,
            MarketHandler.openRequest.selector,
            MarketHandler.fulfilOrder.selector,
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
            MarketHandler.pauseOrNot.selector
        ];
        uint8[22] memory weights = [uint8(1), 1, 1, 1, 8, 4, 1, 6, 4, 3, 2, 1, 4, 4, 3, 2, 1, 1, 2, 2, 1, 1];
        uint256 total;
        for (uint256 i = 0; i < weights.length; ++i) total += weights[i];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_handler);
        targets[0].selectors = new bytes4[](total);
        for (uint256 i = 0; i < actions.length; ++i) {
            for (uint256 j = 0; j < weights[i]; ++j) targets[0].selectors[--total] = actions[i];
        }
    }

    /// @dev I1.
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 800
    function invariant_solvency() public view {
        vm.assertEq(_handler.marketHas(), _handler.marketOwes(), "market");
        vm.assertEq(_handler.registryHas(), _handler.registryOwes(), "registry");
    }

    /// @dev I2.
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 800
    function invariant_ghostLedger() public view {
        uint256 came = _handler.deposited() + _handler.recovered();
        vm.assertEq(came - _handler.withdrawn(), _handler.marketOwes(), "market");
        uint256 went = _handler.unstaked() + _handler.recovered();
        vm.assertEq(_handler.staked() - went, _handler.registryOwes(), "registry");
    }

    /// @dev I3.
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 800
    function invariant_terminalAbsorbs() public view {
        vm.assertFalse(_handler.absorptionBroken(), "an ended request changed");
    }

    /// @dev I4.
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 800
    function invariant_conservation() public view {
        vm.assertFalse(_handler.conservationBroken(), "an escrow was not paid out once, to the wei");
    }

    /// @dev I11.
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 800
    function invariant_locksAreBonds() public view {
        vm.assertTrue(_handler.locksAreBonds(), "locked stake");
    }

    /// @dev I14.
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 800
    function invariant_isolation() public view {
        vm.assertTrue(_handler.recordsAreAsLeft(), "another request changed");
    }

    /// @dev I15.
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 800
    function invariant_authority() public view {
        vm.assertFalse(_handler.authorityBroken(), "somebody else's money fell");
    }

    /// @dev A run that did nothing shows nothing.
    function afterInvariant() public view {
        string[22] memory actions = [
            "deposit",
            "withdraw",
            "reserve",
            "release",
            "open",
            "order",
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
            "pause"
        ];
        string memory missing = "";
        string memory counts = "";
        for (uint256 i = 0; i < actions.length; ++i) {
            counts = string.concat(counts, actions[i], " ", Strings.toString(_handler.acted(actions[i])), ", ");
            if (_handler.acted(actions[i]) == 0) missing = string.concat(missing, " ", actions[i]);
        }
        for (uint8 state = 1; state <= uint8(type(State).max); ++state) {
            if (_handler.reached(State(state)) == 0) missing = string.concat(missing, " a state");
        }
        vm.assertEq(missing, "", counts);
    }
}
