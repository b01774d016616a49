// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, BatchState, Channel} from "../contracts/types/Batch.sol";
import {Exposure} from "../contracts/types/Exposure.sol";
import {Node} from "../contracts/types/Node.sol";
import {BatchHandler} from "./support/BatchHandler.sol";
import {Draft} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What holds after any sequence of actions. The sequences are drawn by hand, so that they are the same each time.
contract BatchSettlerInvariantsTest is BatchHandler {
    uint256 private constant SEQUENCES = 64;
    uint256 private constant STEPS = 128;
    bytes4 private constant ASSERTION_FAILED = bytes4(keccak256("CheatcodeError(string)"));

    Channel[CLIENTS] private _last;

    function test_invariantsHoldAfterEachStep() public {
        uint256[] memory done = new uint256[](names().length);
        uint256 start = vm.snapshotState();
        for (uint256 seed = 1; seed <= SEQUENCES; ++seed) {
            this.runSequence(seed);
            string[] memory list = names();
            for (uint256 i = 0; i < done.length; ++i) done[i] += acted[list[i]];
            vm.revertToState(start);
            start = vm.snapshotState();
        }
        for (uint256 i = 0; i < done.length; ++i) {
            vm.assertGt(done[i], 10, string.concat("done: ", names()[i]));
        }
    }

    /// @dev In calls of their own, because memory is freed only then.
    function runSequence(uint256 seed) external {
        bytes4[] memory list = actions();
        for (uint256 step = 0; step < STEPS; ++step) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, step)));
            bytes memory data = abi.encodeWithSelector(list[drawn % list.length], drawn >> 16);
            // An action that finds nothing to do reverts, and changes nothing.
            (bool did, bytes memory reason) = address(this).call(data);
            if (did) this.checkInvariants();
            else if (bytes4(reason) == ASSERTION_FAILED) rethrow(reason);
        }
    }

    function rethrow(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    /// @dev Each as often as it is to be tried.
    function actions() private pure returns (bytes4[] memory list) {
        bytes4[19] memory all = [
            this.topUp.selector,
            this.release.selector,
            this.postBatch.selector,
            this.sign.selector,
            this.finish.selector,
            this.show.selector,
            this.accuse.selector,
            this.takeOut.selector,
            this.finishClaim.selector,
            this.ask.selector,
            this.reveal.selector,
            this.lapse.selector,
            this.giveUp.selector,
            this.collectAll.selector,
            this.movePledge.selector,
            this.unbond.selector,
            this.wait.selector,
            this.waitLong.selector,
            this.postBatch.selector
        ];
        uint8[19] memory weights = [uint8(1), 1, 4, 6, 4, 6, 2, 5, 2, 4, 3, 3, 3, 2, 1, 1, 4, 1, 2];
        uint256 total;
        for (uint256 i = 0; i < weights.length; ++i) total += weights[i];
        list = new bytes4[](total);
        for (uint256 i = 0; i < all.length; ++i) {
            for (uint256 j = 0; j < weights[i]; ++j) list[--total] = all[i];
        }
    }

    function names() private pure returns (string[] memory list) {
        string[18] memory all = [
            "fund",
            "release",
            "post",
            "countersign",
            "finalize",
            "challenge",
            "accuse",
            "extract",
            "finalize claim",
            "demand",
            "reveal",
            "lapse",
            "return demand",
            "collect",
            "pledge",
            "unbond",
            "wait",
            "wait long"
        ];
        list = new string[](all.length);
        for (uint256 i = 0; i < all.length; ++i) list[i] = all[i];
    }

    /* INVARIANTS */

    function checkInvariants() external {
        uint256 owed = channels() + batches() + earned() + demanded.length * DEMAND_BOND;
        vm.assertEq(market.balanceOf(address(settler)), owed, "solvency");
        vm.assertEq(token.balanceOf(address(settler)), 0, "no tokens stay");
        stakes();
        pledges();
        covers();
    }

    /// @dev What was staked is staked, awarded or burned.
    function stakes() private view {
        uint256 held = registry.burned() + registry.awardOf(CHALLENGER) + registry.awardOf(address(this));
        held += 3 * uint256(MIN_STAKE) + 2 * uint256(PLENTY);
        for (uint256 i = 0; i < CLIENTS; ++i) held += registry.awardOf(clientOf(i));
        uint256 lost = PLENTY - registry.nodeOf(NODE).stake - registry.optedOf(NODE);
        for (uint256 i = 0; i < verifiers(); ++i) {
            Node memory node = registry.nodeOf(vm.addr(verifierKey(i)));
            held += node.stake + node.unbonding;
        }
        vm.assertEq(token.balanceOf(address(registry)), held - lost, "stakes, awards and what is burned");
    }

    /// @dev All of a channel only grows, and no more is charged than is there.
    function channels() private returns (uint256 reserved) {
        for (uint256 i = 0; i < CLIENTS; ++i) {
            Channel memory channel = channelOf(i);
            vm.assertLe(channel.charged, channel.deposited, "charged what is there");
            vm.assertGe(channel.charged, _last[i].charged, "charged only grows");
            vm.assertGe(channel.count, _last[i].count, "count only grows");
            vm.assertGe(channel.until, _last[i].until, "the date only moves later");
            vm.assertEq(channel.count, claimedUpTo[i], "all is claimed once");
            _last[i] = channel;
            reserved += channel.deposited - channel.charged;
        }
    }

    /// @dev What every batch still has; it pays its charge once, to the unit, and void receipts are not paid.
    function batches() private view returns (uint256 unpaid) {
        for (uint256 i = 0; i < drafts.length; ++i) {
            (Draft memory draft, Batch memory batch) = batchNumber(i);
            vm.assertEq(batch.returned, gone[i], "void receipts left the batch");
            vm.assertLe(paid[i] + gone[i], draft.header.charge, "at most its charge");
            vm.assertLe(batch.compensated, paid[i], "nobody gets back what was not paid");
            if (batch.state == BatchState.FINAL) vm.assertEq(paid[i] + gone[i], draft.header.charge, "all of it");
            unpaid += draft.header.charge - paid[i] - gone[i];
        }
    }

    /// @dev Exposures are pledged, and what is pledged is locked, beside the bonds of the claims at the market.
    function pledges() private view {
        uint256 held;
        uint256 locked;
        for (uint256 i = 0; i < 3; ++i) {
            Exposure memory pledged = settler.pledgeOf(NODE, modelFor[i]);
            vm.assertLe(uint256(pledged.current) + pledged.previous, pledged.held, "exposures are pledged");
            held += pledged.held;
            locked += registry.modelStakeOf(NODE, modelFor[i]).locked;
        }
        vm.assertEq(locked, held + extractedBonds, "pledges and claims are locked");
    }

    /// @dev What a signer covers it has, or has lost already.
    function covers() private view {
        for (uint256 i = 0; i < verifiers(); ++i) {
            Node memory node = registry.nodeOf(vm.addr(verifierKey(i)));
            uint256 lost = VERIFIER_STAKE - node.stake - node.unbonding;
            Exposure memory signer = signerNumber(i);
            vm.assertLe(
                uint256(signer.current) + signer.previous,
                uint256(node.stake) + node.unbonding + lost,
                "covers are staked"
            );
        }
    }
}
