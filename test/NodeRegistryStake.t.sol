// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {Penalty, Role} from "../contracts/types/Node.sol";
import {NodeRegistryFixture} from "./NodeRegistryFixture.t.sol";
import {vm} from "./support/Vm.sol";

contract NodeRegistryStakeTest is NodeRegistryFixture {
    function test_addStake_byAnybody() public {
        register(NODE, Role.DATA, MIN_STAKE);
        fund(STRANGER, 30);
        vm.prank(STRANGER);
        registry.addStake(NODE, 30);
        assertNode(NODE, MIN_STAKE + 30, 0, 0);
        vm.assertEq(token.balanceOf(STRANGER), 0, "the caller paid");
    }

    function test_RevertWhen_addStake_toARetiredNode() public {
        register(NODE, Role.DATA, MIN_STAKE);
        retire(NODE);
        expect(abi.encodeWithSelector(INodeRegistry.NodeInactive.selector, NODE));
        registry.addStake(NODE, 1);
    }

    function test_optIn() public {
        register(NODE, Role.INFERENCE, 300);
        vm.assertFalse(registry.isServing(NODE, MODEL), "not serving before");
        vm.expectEmit(address(registry));
        emit INodeRegistry.OptedIn(NODE, MODEL, 200);
        vm.prank(NODE);
        registry.optIn(MODEL, 200);

        vm.assertTrue(registry.isServing(NODE, MODEL), "serving");
        vm.assertFalse(registry.isServing(NODE, OTHER_MODEL), "not serving another model");
        vm.assertEq(registry.optedOf(NODE), 200, "sum over models");
        assertNode(NODE, 100, 0, 0);
        assertModelStake(200, 0);
    }

    function test_RevertWhen_optIn_withMoreThanFreeStake() public {
        register(NODE, Role.INFERENCE, 300);
        vm.startPrank(NODE);
        registry.optIn(MODEL, 200);
        expect(abi.encodeWithSelector(INodeRegistry.StakeInsufficient.selector, NODE, 100, 101));
        registry.optIn(OTHER_MODEL, 101);
        vm.stopPrank();
    }

    function test_RevertWhen_optIn_withUnbondingStake() public {
        register(NODE, Role.INFERENCE, 300);
        vm.startPrank(NODE);
        registry.beginUnbonding(200);
        expect(abi.encodeWithSelector(INodeRegistry.StakeInsufficient.selector, NODE, 100, 101));
        registry.optIn(MODEL, 101);
        vm.stopPrank();
    }

    function testFuzz_RevertWhen_optIn_inAnotherRole(bool verification) public {
        Role role = verification ? Role.VERIFICATION : Role.DATA;
        register(NODE, role, 300);
        expect(abi.encodeWithSelector(INodeRegistry.RoleMismatch.selector, NODE, role, Role.INFERENCE));
        vm.prank(NODE);
        registry.optIn(MODEL, 1);
    }

    function test_RevertWhen_optIn_afterRetiring() public {
        register(NODE, Role.INFERENCE, 300);
        vm.startPrank(NODE);
        registry.retire();
        expect(abi.encodeWithSelector(INodeRegistry.NodeInactive.selector, NODE));
        registry.optIn(MODEL, 0);
        vm.stopPrank();
    }

    function test_optOut_leavesWhatBacksRequests() public {
        serve(300, 200);
        lock(150);
        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, NODE, MODEL, 50, 51));
        vm.prank(NODE);
        registry.optOut(MODEL, 51);

        vm.expectEmit(address(registry));
        emit INodeRegistry.OptedOut(NODE, MODEL, 50);
        vm.prank(NODE);
        registry.optOut(MODEL, 50);
        assertNode(NODE, 150, 0, 0);
        assertModelStake(150, 150);
    }

    function test_beginUnbonding_keepsTheMinimumAcrossFreeAndOptedStake() public {
        serve(300, 60);
        expect(abi.encodeWithSelector(INodeRegistry.StakeTooLow.selector, MIN_STAKE - 1, MIN_STAKE));
        vm.prank(NODE);
        registry.beginUnbonding(201);

        vm.expectEmit(address(registry));
        emit INodeRegistry.UnbondingStarted(NODE, 200, START + UNBONDING_PERIOD);
        vm.prank(NODE);
        registry.beginUnbonding(200);
        assertNode(NODE, 40, 200, START + UNBONDING_PERIOD);
    }

    function test_RevertWhen_beginUnbonding_moreThanFreeStake() public {
        serve(300, 250);
        expect(abi.encodeWithSelector(INodeRegistry.StakeInsufficient.selector, NODE, 50, 51));
        vm.prank(NODE);
        registry.beginUnbonding(51);
    }

    function testFuzz_beginUnbonding_againMovesTheDateOfAllOfIt(uint40 later) public {
        later = uint40(bound(later, 1, UNBONDING_PERIOD));
        register(NODE, Role.DATA, 300);
        vm.startPrank(NODE);
        registry.beginUnbonding(100);
        vm.warp(START + later);
        registry.beginUnbonding(1);
        assertNode(NODE, 199, 101, START + later + UNBONDING_PERIOD);

        vm.warp(START + later + UNBONDING_PERIOD - 1);
        expect(abi.encodeWithSelector(INodeRegistry.UnbondingPending.selector, NODE, START + later + UNBONDING_PERIOD));
        registry.withdrawStake(NODE);
        vm.stopPrank();
    }

    function test_withdrawStake_fromTheDateOn() public {
        register(NODE, Role.DATA, 300);
        vm.startPrank(NODE);
        registry.beginUnbonding(200);
        vm.warp(START + UNBONDING_PERIOD - 1);
        expect(abi.encodeWithSelector(INodeRegistry.UnbondingPending.selector, NODE, START + UNBONDING_PERIOD));
        registry.withdrawStake(STRANGER);

        vm.warp(START + UNBONDING_PERIOD);
        vm.expectEmit(address(registry));
        emit INodeRegistry.StakeWithdrawn(NODE, STRANGER, 200);
        registry.withdrawStake(STRANGER);
        registry.withdrawStake(STRANGER);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(STRANGER), 200, "paid once");
    }

    function test_RevertWhen_withdrawStake_toZero() public {
        register(NODE, Role.DATA, 300);
        vm.expectRevert(INodeRegistry.PayoutZero.selector);
        vm.prank(NODE);
        registry.withdrawStake(address(0));
    }

    function test_retire() public {
        register(NODE, Role.INFERENCE, 300);
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeRetired(NODE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.UnbondingStarted(NODE, 300, START + UNBONDING_PERIOD);
        retire(NODE);

        vm.assertEq(registry.nodeOf(NODE).retiredAt, START, "retired now");
        vm.assertFalse(registry.isActive(NODE, Role.INFERENCE), "no longer active");
        assertNode(NODE, 0, 300, START + UNBONDING_PERIOD);
    }

    function test_RevertWhen_retire_withModelStake() public {
        serve(300, 1);
        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeRemaining.selector, NODE, 1));
        retire(NODE);
    }

    function test_RevertWhen_retire_twice() public {
        register(NODE, Role.DATA, 300);
        retire(NODE);
        expect(abi.encodeWithSelector(INodeRegistry.NodeInactive.selector, NODE));
        retire(NODE);
    }

    function bound(uint256 value, uint256 least, uint256 most) private pure returns (uint256) {
        return least + (value % (most - least + 1));
    }
}

contract NodeRegistrySlashTest is NodeRegistryFixture {
    address private immutable CLIENT = makeAccount("client");
    address private immutable FINDER = makeAccount("finder");
    address private immutable FIRST = makeAccount("first signer");
    address private immutable SECOND = makeAccount("second signer");

    function test_lockBond() public {
        serve(300, 200);
        lock(200);
        assertModelStake(200, 200);

        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, NODE, MODEL, 0, 1));
        lock(1);
    }

    function test_RevertWhen_lockBond_onAModelTheNodeDoesNotServe() public {
        serve(300, 200);
        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, NODE, OTHER_MODEL, 0, 0));
        vm.prank(MARKET);
        registry.lockBond(NODE, OTHER_MODEL, 0);
    }

    /// @dev Only active inference nodes opt in, and none retires with stake opted in: so nobody else has anything to lock.
    function test_RevertWhen_lockBond_ofAnyoneButAnActiveInferenceNode() public {
        bytes memory nothing = abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, NODE, MODEL, 0, 0);
        expect(nothing);
        lock(0);

        serve(300, 200);
        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeRemaining.selector, NODE, 200));
        retire(NODE);
        vm.prank(NODE);
        registry.optOut(MODEL, 200);
        retire(NODE);
        vm.assertFalse(registry.isServing(NODE, MODEL), "retired");
        expect(nothing);
        lock(0);
        expect(abi.encodeWithSelector(INodeRegistry.NodeInactive.selector, NODE));
        vm.prank(NODE);
        registry.optIn(MODEL, 1);
    }

    function test_RevertWhen_lockBond_ofAnotherRole() public {
        register(NODE, Role.VERIFICATION, 300);
        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, NODE, MODEL, 0, 1));
        lock(1);
    }

    function test_unlockBond() public {
        serve(300, 200);
        lock(200);
        vm.prank(MARKET);
        registry.unlockBond(NODE, MODEL, 150);
        assertModelStake(200, 50);

        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, NODE, MODEL, 50, 51));
        vm.prank(MARKET);
        registry.unlockBond(NODE, MODEL, 51);
    }

    function testFuzz_slashBond_splitsExactly(uint128 amount, uint128 recovered) public {
        amount %= 201;
        recovered %= amount + 1;
        serve(300, 250);
        lock(200);
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeSlashed(NODE, MODEL, amount, recovered);
        vm.prank(MARKET);
        registry.slashBond(NODE, MODEL, amount, recovered);

        assertModelStake(250 - amount, 200 - amount);
        assertNode(NODE, 50, 0, 0);
        vm.assertEq(registry.optedOf(NODE), 250 - amount, "sum over models");
        vm.assertEq(token.balanceOf(MARKET), recovered, "recovered by the caller");
        vm.assertEq(registry.burned(), amount - recovered, "the rest is burned");
        vm.assertEq(token.balanceOf(address(registry)), 300 - recovered, "and stays here");
    }

    function test_RevertWhen_slashBond_aboveWhatIsLocked() public {
        serve(300, 200);
        lock(100);
        vm.startPrank(MARKET);
        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, NODE, MODEL, 100, 101));
        registry.slashBond(NODE, MODEL, 101, 0);

        registry.slashBond(NODE, MODEL, 100, 0);
        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, NODE, MODEL, 0, 100));
        registry.slashBond(NODE, MODEL, 100, 0);
        vm.stopPrank();
    }

    function test_RevertWhen_slashBond_recoversMoreThanItTakes() public {
        serve(300, 200);
        lock(100);
        expect(abi.encodeWithSelector(INodeRegistry.RecoveryAboveSlash.selector, 51, 50));
        vm.prank(MARKET);
        registry.slashBond(NODE, MODEL, 50, 51);
    }

    /// @dev A node that sees the challenge coming cannot take its stake away first.
    function test_slashBond_afterTheNodeTriedToLeave() public {
        serve(300, 200);
        lock(200);
        vm.startPrank(NODE);
        vm.expectPartialRevert(INodeRegistry.ModelStakeInsufficient.selector);
        registry.optOut(MODEL, 200);
        vm.expectPartialRevert(INodeRegistry.ModelStakeRemaining.selector);
        registry.retire();
        registry.beginUnbonding(100);
        vm.stopPrank();

        vm.prank(MARKET);
        registry.slashBond(NODE, MODEL, 200, 100);
        assertModelStake(0, 0);
    }

    function testFuzz_slashStake_takesFreeThenUnbonding(uint128 amount) public {
        amount %= 400;
        register(NODE, Role.DATA, 300);
        vm.prank(NODE);
        registry.beginUnbonding(120);

        uint128 expected = amount > 300 ? 300 : amount;
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeSlashed(NODE, bytes32(0), expected, 0);
        vm.prank(MARKET);
        uint128 slashed = registry.slashStake(NODE, amount, 0);

        vm.assertEq(slashed, expected, "what was there");
        vm.assertEq(registry.burned(), expected, "all of it is burned");
        vm.assertEq(token.balanceOf(MARKET), 0, "nothing goes to the caller");
        uint128 fromFree = amount > 180 ? 180 : amount;
        assertNode(NODE, 180 - fromFree, 120 - (expected - fromFree), START + UNBONDING_PERIOD);
    }

    function test_slashStake_handsOutWhatIsRecovered() public {
        register(NODE, Role.VERIFICATION, 300);
        uint256 before = token.balanceOf(MARKET);
        vm.prank(MARKET);
        vm.assertEq(registry.slashStake(NODE, 100, 30), 100, "taken");
        vm.assertEq(token.balanceOf(MARKET) - before, 30, "handed out");
        vm.assertEq(registry.burned(), 70, "burned");

        // No more than there is, and the caller's part first.
        vm.prank(MARKET);
        vm.assertEq(registry.slashStake(NODE, 1_000, 500), 200, "all that was left");
        vm.assertEq(token.balanceOf(MARKET) - before, 230, "all of it handed out");
        vm.assertEq(registry.burned(), 70, "nothing of it burned");
    }

    function test_RevertWhen_MoreIsRecoveredThanSlashed() public {
        register(NODE, Role.VERIFICATION, 300);
        vm.prank(MARKET);
        expect(abi.encodeWithSelector(INodeRegistry.RecoveryAboveSlash.selector, uint128(11), uint128(10)));
        registry.slashStake(NODE, 10, 11);
    }

    /// @dev The injured first, then the finder; nobody's tokens move before they take them.
    function testFuzz_slash_makesWholeFirst(uint128 owed) public {
        owed %= 400;
        (uint128 compensation, uint128 reward) = slashAll(owed);

        // Of the bond 80 are kept, of each signer 30, of which the second has only 20.
        uint128 kept = 80 + 30 + 20;
        vm.assertEq(compensation, owed < kept ? owed : kept, "what is owed, as far as there is any");
        vm.assertEq(reward, kept - compensation, "the rest");
        vm.assertEq(registry.awardOf(CLIENT), compensation, "awarded to the injured");
        vm.assertEq(registry.awardOf(FINDER), reward, "awarded to the finder");
        vm.assertEq(registry.burned(), 100 + 50 + 20 - kept, "what is not kept is burned");
        vm.assertEq(token.balanceOf(address(registry)), 300 + 300 + 20, "all of it is still here");
        assertModelStake(100, 50);
        vm.assertEq(registry.nodeOf(FIRST).stake, 250, "the first signer's");
        vm.assertEq(registry.nodeOf(SECOND).stake, 0, "the second signer's");
    }

    function slashAll(uint128 owed) private returns (uint128 compensation, uint128 reward) {
        serve(300, 200);
        lock(150);
        register(FIRST, Role.VERIFICATION, 300);
        register(SECOND, Role.VERIFICATION, 300);
        vm.prank(MARKET);
        registry.slashStake(SECOND, 280, 280);
        address[] memory signers = new address[](2);
        (signers[0], signers[1]) = (FIRST, SECOND);
        vm.prank(MARKET);
        return registry.slash(Penalty(NODE, MODEL, 100, 80, signers, 50, 30, CLIENT, owed, FINDER));
    }

    function test_withdrawAward() public {
        slashAll(45);
        vm.expectEmit(address(registry));
        emit INodeRegistry.AwardWithdrawn(CLIENT, PAYOUT, 45);
        vm.prank(CLIENT);
        registry.withdrawAward(PAYOUT);
        vm.assertEq(token.balanceOf(PAYOUT), 45, "paid");
        expect(abi.encodeWithSelector(INodeRegistry.AwardMissing.selector, CLIENT));
        vm.prank(CLIENT);
        registry.withdrawAward(PAYOUT);
        vm.expectRevert(INodeRegistry.PayoutZero.selector);
        vm.prank(FINDER);
        registry.withdrawAward(address(0));
    }

    function test_RevertWhen_slash_byAnybodyElse() public {
        expect(abi.encodeWithSelector(INodeRegistry.AppointmentMissing.selector, STRANGER));
        vm.prank(STRANGER);
        registry.slash(Penalty(NODE, MODEL, 100, 80, new address[](0), 0, 0, CLIENT, 0, FINDER));
    }

    function test_slashStake_leavesOptedStakeAlone() public {
        serve(300, 200);
        vm.prank(MARKET);
        vm.assertEq(registry.slashStake(NODE, 300, 0), 100, "free stake only");
        assertModelStake(200, 0);
    }

    /// @dev A retired node stays slashable until the end of its unbonding, and not afterwards.
    function test_slashStake_ofARetiredNode() public {
        register(NODE, Role.VERIFICATION, 300);
        retire(NODE);
        vm.warp(START + UNBONDING_PERIOD - 1);
        vm.prank(MARKET);
        vm.assertEq(registry.slashStake(NODE, 100, 0), 100, "still slashable");

        vm.warp(START + UNBONDING_PERIOD);
        vm.prank(NODE);
        registry.withdrawStake(NODE);
        vm.prank(MARKET);
        vm.assertEq(registry.slashStake(NODE, 100, 0), 0, "nothing left");
        vm.assertEq(token.balanceOf(NODE), 200, "the node got the rest");
    }

    function test_burnedStakeCannotBeWithdrawnByAnybody() public {
        register(NODE, Role.DATA, 300);
        vm.prank(MARKET);
        registry.slashStake(NODE, 300, 0);
        retire(NODE);
        vm.warp(START + UNBONDING_PERIOD);
        vm.prank(NODE);
        registry.withdrawStake(NODE);
        vm.assertEq(token.balanceOf(address(registry)), 300, "burned stake stays");
        vm.assertEq(token.balanceOf(NODE), 0, "the node gets nothing");
    }
}
