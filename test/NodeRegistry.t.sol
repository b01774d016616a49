// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {Node, Role} from "../contracts/types/Node.sol";
import {NodeRegistry} from "../contracts/NodeRegistry.sol";
import {NodeRegistryFixture} from "./NodeRegistryFixture.t.sol";
import {vm} from "./support/Vm.sol";
import {newNodeRegistry} from "./support/Deployer.sol";

contract NodeRegistryRegisterTest is NodeRegistryFixture {
    function test_register() public {
        fund(NODE, 250);
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeRegistered(NODE, Role.INFERENCE, NODE, PAYOUT, "https://node.example");
        vm.expectEmit(address(registry));
        emit INodeRegistry.StakeAdded(NODE, 250);
        vm.prank(NODE);
        registry.register(Role.INFERENCE, NODE, PAYOUT, 250, "https://node.example");

        Node memory record = registry.nodeOf(NODE);
        vm.assertEq(record.operator, NODE, "operator");
        vm.assertEq(record.payout, PAYOUT, "payout");
        vm.assertEq(record.since, START, "since");
        vm.assertEq(record.retiredAt, 0, "not retired");
        vm.assertEq(record.seat, 0, "an inference node has no seat");
        vm.assertEq(registry.endpointOf(NODE), "https://node.example", "endpoint");
        vm.assertEq(token.balanceOf(address(registry)), 250, "stake is held by the registry");
        assertNode(NODE, 250, 0, 0);
    }

    function testFuzz_register_allRoles(uint8 choice) public {
        Role role = Role(1 + (choice % 3));
        register(NODE, role, MIN_STAKE);

        for (uint8 other = 0; other <= uint8(type(Role).max); ++other) {
            vm.assertEq(registry.isActive(NODE, Role(other)), Role(other) == role, "active in its role only");
        }
        vm.assertEq(registry.seatCount(), role == Role.VERIFICATION ? 1 : 0, "only verification nodes have seats");
    }

    function test_register_underAnOperatorThatApproved() public {
        registerFor(OPERATOR, NODE, Role.DATA, MIN_STAKE);
        vm.assertEq(registry.nodeOf(NODE).operator, OPERATOR, "operator");
    }

    function test_register_acceptsTheMinimumAndNotLess() public {
        fund(NODE, MIN_STAKE);
        expect(abi.encodeWithSelector(INodeRegistry.StakeTooLow.selector, MIN_STAKE - 1, MIN_STAKE));
        vm.prank(NODE);
        registry.register(Role.DATA, NODE, PAYOUT, MIN_STAKE - 1, "");

        vm.prank(NODE);
        registry.register(Role.DATA, NODE, PAYOUT, MIN_STAKE, "");
        assertNode(NODE, MIN_STAKE, 0, 0);
    }

    function test_RevertWhen_register_withoutRole() public {
        expect(abi.encodeWithSelector(INodeRegistry.RoleInvalid.selector, Role.NONE));
        vm.prank(NODE);
        registry.register(Role.NONE, NODE, PAYOUT, MIN_STAKE, "");
    }

    function test_RevertWhen_register_withoutTheOperatorsApproval() public {
        expect(abi.encodeWithSelector(INodeRegistry.OperatorApprovalMissing.selector, OPERATOR, NODE));
        vm.prank(NODE);
        registry.register(Role.DATA, OPERATOR, PAYOUT, MIN_STAKE, "");
    }

    function test_RevertWhen_register_afterTheApprovalWasTakenBack() public {
        vm.startPrank(OPERATOR);
        registry.approveNode(NODE, true);
        registry.approveNode(NODE, false);
        vm.stopPrank();

        expect(abi.encodeWithSelector(INodeRegistry.OperatorApprovalMissing.selector, OPERATOR, NODE));
        vm.prank(NODE);
        registry.register(Role.DATA, OPERATOR, PAYOUT, MIN_STAKE, "");
    }

    function test_RevertWhen_register_withOperatorZero() public {
        expect(abi.encodeWithSelector(INodeRegistry.OperatorApprovalMissing.selector, address(0), NODE));
        vm.prank(NODE);
        registry.register(Role.DATA, address(0), PAYOUT, MIN_STAKE, "");
    }

    function test_RevertWhen_register_withPayoutZero() public {
        vm.expectRevert(INodeRegistry.PayoutZero.selector);
        vm.prank(NODE);
        registry.register(Role.DATA, NODE, address(0), MIN_STAKE, "");
    }

    function test_RevertWhen_register_twice() public {
        register(NODE, Role.INFERENCE, MIN_STAKE);
        expect(abi.encodeWithSelector(INodeRegistry.NodeAlreadyRegistered.selector, NODE));
        vm.prank(NODE);
        registry.register(Role.VERIFICATION, NODE, PAYOUT, MIN_STAKE, "");
    }

    function test_RevertWhen_register_afterRetiringAndWithdrawing() public {
        register(NODE, Role.VERIFICATION, MIN_STAKE);
        retire(NODE);
        vm.warp(START + UNBONDING_PERIOD);
        vm.prank(NODE);
        registry.withdrawStake(NODE);

        expect(abi.encodeWithSelector(INodeRegistry.NodeAlreadyRegistered.selector, NODE));
        vm.prank(NODE);
        registry.register(Role.VERIFICATION, NODE, PAYOUT, MIN_STAKE, "");
    }

    function test_setPayout() public {
        register(NODE, Role.DATA, MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.PayoutChanged(NODE, STRANGER);
        vm.prank(NODE);
        registry.setPayout(STRANGER);
        vm.assertEq(registry.nodeOf(NODE).payout, STRANGER, "payout");
    }

    function test_RevertWhen_setPayout_isZero() public {
        register(NODE, Role.DATA, MIN_STAKE);
        vm.expectRevert(INodeRegistry.PayoutZero.selector);
        vm.prank(NODE);
        registry.setPayout(address(0));
    }

    function test_setEndpoint() public {
        register(NODE, Role.DATA, MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.EndpointChanged(NODE, "https://moved.example");
        vm.prank(NODE);
        registry.setEndpoint("https://moved.example");
        vm.assertEq(registry.endpointOf(NODE), "https://moved.example", "endpoint");
    }

    function test_RevertWhen_callerIsNoNode() public {
        bytes memory unregistered = abi.encodeWithSelector(INodeRegistry.NodeNotRegistered.selector, STRANGER);
        vm.startPrank(STRANGER);
        expect(unregistered);
        registry.setPayout(PAYOUT);
        expect(unregistered);
        registry.setEndpoint("");
        expect(unregistered);
        registry.addStake(STRANGER, 1);
        expect(unregistered);
        registry.optIn(MODEL, 0);
        expect(unregistered);
        registry.optOut(MODEL, 0);
        expect(unregistered);
        registry.beginUnbonding(0);
        expect(unregistered);
        registry.retire();
        expect(unregistered);
        registry.withdrawStake(STRANGER);
        vm.stopPrank();
    }
}

contract NodeRegistryAuthorityTest is NodeRegistryFixture {
    function test_constructor() public view {
        vm.assertEq(registry.token(), address(token), "token");
        vm.assertEq(registry.minStake(), MIN_STAKE, "minimum stake");
        vm.assertEq(registry.unbondingPeriod(), UNBONDING_PERIOD, "unbonding period");
        vm.assertEq(registry.owner(), address(this), "the deployer is the first guardian");
        vm.assertTrue(registry.isAppointed(MARKET), "market is appointed");
        vm.assertFalse(registry.isAppointed(address(this)), "the deployer is not");
    }

    function test_appoint() public {
        NodeRegistry fresh = newNodeRegistry(address(token), MIN_STAKE, UNBONDING_PERIOD);
        vm.expectEmit(address(fresh));
        emit INodeRegistry.ContractsAppointed(list(MARKET));
        fresh.appoint(list(MARKET));
        vm.assertTrue(fresh.isAppointed(MARKET), "appointed");
    }

    function test_RevertWhen_appoint_byAnybodyElse() public {
        NodeRegistry fresh = newNodeRegistry(address(token), MIN_STAKE, UNBONDING_PERIOD);
        expect(abi.encodeWithSelector(INodeRegistry.AppointmentMissing.selector, STRANGER));
        vm.prank(STRANGER);
        fresh.appoint(list(STRANGER));
    }

    function test_RevertWhen_appoint_twice() public {
        vm.expectRevert(INodeRegistry.AppointmentRepeated.selector);
        registry.appoint(list(STRANGER));
    }

    function test_RevertWhen_appoint_twice_evenWithNobodyAtFirst() public {
        NodeRegistry fresh = newNodeRegistry(address(token), MIN_STAKE, UNBONDING_PERIOD);
        fresh.appoint(new address[](0));
        vm.expectRevert(INodeRegistry.AppointmentRepeated.selector);
        fresh.appoint(list(STRANGER));
    }

    function test_RevertWhen_appoint_byANewOwner() public {
        registry.transferOwnership(STRANGER);
        vm.startPrank(STRANGER);
        registry.acceptOwnership();
        expect(abi.encodeWithSelector(INodeRegistry.AppointmentMissing.selector, STRANGER));
        registry.appoint(list(STRANGER));
        vm.stopPrank();

        vm.expectRevert(INodeRegistry.AppointmentRepeated.selector);
        registry.appoint(list(STRANGER));
    }

    function test_RevertWhen_appoint_afterOwnershipWasRenounced() public {
        registry.renounceOwnership();
        vm.assertEq(registry.owner(), address(0), "nobody owns it");
        vm.expectRevert(INodeRegistry.AppointmentRepeated.selector);
        registry.appoint(list(STRANGER));
    }

    function test_RevertWhen_callerIsNotAppointed() public {
        serve(300, 200);
        lock(100);
        bytes memory missing = abi.encodeWithSelector(INodeRegistry.AppointmentMissing.selector, address(this));
        expect(missing);
        registry.lockBond(NODE, MODEL, 1);
        expect(missing);
        registry.unlockBond(NODE, MODEL, 1);
        expect(missing);
        registry.slashBond(NODE, MODEL, 1, 1);
        expect(missing);
        registry.slashStake(NODE, 1, 0);
    }

    function test_pause_stopsRegistrationsAlone() public {
        serve(300, 200);
        lock(50);
        registry.pause();
        fund(STRANGER, 200);

        vm.expectRevert(Pausable.EnforcedPause.selector);
        vm.prank(STRANGER);
        registry.register(Role.DATA, STRANGER, PAYOUT, MIN_STAKE, "");

        vm.prank(STRANGER);
        registry.addStake(NODE, 10);
        vm.startPrank(MARKET);
        registry.lockBond(NODE, MODEL, 10);
        registry.unlockBond(NODE, MODEL, 20);
        registry.slashBond(NODE, MODEL, 40, 40);
        registry.slashStake(NODE, 10, 0);
        vm.stopPrank();
        vm.startPrank(NODE);
        registry.optIn(MODEL, 5);
        registry.optOut(MODEL, 165);
        registry.retire();
        vm.warp(START + UNBONDING_PERIOD);
        registry.withdrawStake(NODE);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(NODE), 260, "the node left with all that was not slashed");
    }

    function test_unpause() public {
        registry.pause();
        registry.unpause();
        register(NODE, Role.DATA, MIN_STAKE);
    }

    function test_RevertWhen_pause_byAnybodyElse() public {
        bytes memory unauthorized = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER);
        vm.startPrank(STRANGER);
        expect(unauthorized);
        registry.pause();
        expect(unauthorized);
        registry.unpause();
        expect(unauthorized);
        registry.renounceOwnership();
        vm.stopPrank();
    }

    function test_RevertWhen_renounceOwnership_whilePaused() public {
        registry.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        registry.renounceOwnership();
    }
}
