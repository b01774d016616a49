// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {Role} from "../contracts/types/Node.sol";
import {NodeRegistry} from "../contracts/NodeRegistry.sol";
import {HostileToken, ITokenHook, Vice} from "../contracts/mocks/HostileToken.sol";
import {vm} from "./support/Vm.sol";
import {newNodeRegistry} from "./support/Deployer.sol";

/// @notice A node that calls back into the registry whenever the token tells it of a move.
contract ReentrantNode is ITokenHook {
    NodeRegistry private immutable REGISTRY;
    bytes private call;
    bool public reached;
    bool public succeeded;
    bytes public returned;
    uint128 public unbondingSeen;
    uint256 public balanceSeen;

    constructor(HostileToken token, NodeRegistry registry) {
        REGISTRY = registry;
        token.approve(address(registry), type(uint256).max);
    }

    function join(Role role, uint128 amount) external {
        REGISTRY.register(role, address(this), address(this), amount, "");
    }

    function add(uint128 amount) external {
        REGISTRY.addStake(address(this), amount);
    }

    function unbond(uint128 amount) external {
        REGISTRY.beginUnbonding(amount);
    }

    function withdraw() external {
        REGISTRY.withdrawStake(address(this));
    }

    function reenterWith(bytes calldata call_) external {
        call = call_;
    }

    function onTokenMoved(address, address, uint256) external {
        if (reached) return;
        reached = true;
        unbondingSeen = REGISTRY.nodeOf(address(this)).unbonding;
        balanceSeen = HostileToken(msg.sender).balanceOf(address(REGISTRY));
        (succeeded, returned) = address(REGISTRY).call(call);
    }
}

contract NodeRegistryTokensTest {
    uint128 private constant MIN_STAKE = 100;
    uint40 private constant START = 1_000_000;
    address private constant VICTIM = address(0xBEEF);
    address private constant MARKET = address(0xACE);

    HostileToken private token;
    NodeRegistry private registry;
    ReentrantNode private node;

    function setUp() public {
        vm.warp(START);
        token = new HostileToken();
        registry = newNodeRegistry(address(token), MIN_STAKE, 7 days);
        address[] memory contracts = new address[](1);
        contracts[0] = MARKET;
        registry.appoint(contracts);
        node = new ReentrantNode(token, registry);
        token.mint(address(node), 1000);
        token.mint(VICTIM, 1000);
        vm.startPrank(VICTIM);
        token.approve(address(registry), type(uint256).max);
        registry.register(Role.DATA, VICTIM, VICTIM, 500, "");
        vm.stopPrank();
    }

    function test_RevertWhen_theTokenReturnsFalse() public {
        token.misbehave(Vice.RETURNS_FALSE, address(0));
        bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token);
        vm.expectRevert(failed);
        node.join(Role.DATA, 200);
        vm.expectRevert(failed);
        vm.prank(VICTIM);
        registry.addStake(VICTIM, 1);

        leave(VICTIM);
        vm.expectRevert(failed);
        vm.prank(VICTIM);
        registry.withdrawStake(VICTIM);
        vm.assertEq(registry.nodeOf(VICTIM).unbonding, 500, "the stake is still owed");
    }

    function test_tokenThatReturnsNothing() public {
        token.misbehave(Vice.RETURNS_NOTHING, address(0));
        node.join(Role.DATA, 200);
        leave(VICTIM);
        vm.prank(VICTIM);
        registry.withdrawStake(VICTIM);
        vm.assertEq(token.balanceOf(VICTIM), 1000, "paid out");
        vm.assertEq(token.balanceOf(address(registry)), 200, "and paid in");
    }

    function test_RevertWhen_theTokenTakesAFee() public {
        token.misbehave(Vice.TAKES_FEE, address(0));
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.StakeTransferMismatch.selector, 198, 200));
        node.join(Role.DATA, 200);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.StakeTransferMismatch.selector, 396, 400));
        vm.prank(VICTIM);
        registry.addStake(VICTIM, 400);
    }

    /// @dev The books cannot know; nobody is paid with what is not there, and a payment never fails half.
    function test_RevertWhen_theTokenShrankBelowWhatIsOwed() public {
        leave(VICTIM);
        token.shrink(address(registry), 1);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(registry), 499, 500)
        );
        vm.prank(VICTIM);
        registry.withdrawStake(VICTIM);
        vm.assertEq(registry.nodeOf(VICTIM).unbonding, 500, "still owed");
    }

    function test_blockedPayeeWithdrawsElsewhere() public {
        leave(VICTIM);
        token.misbehave(Vice.BLOCKS, VICTIM);
        vm.expectRevert(abi.encodeWithSelector(HostileToken.AccountBlocked.selector, VICTIM));
        vm.prank(VICTIM);
        registry.withdrawStake(VICTIM);

        vm.prank(VICTIM);
        registry.withdrawStake(address(0xCAFE));
        vm.assertEq(token.balanceOf(address(0xCAFE)), 500, "paid to the other address");
    }

    function test_RevertWhen_hookReentersWithdrawStake() public {
        node.join(Role.DATA, 400);
        node.unbond(300);
        vm.warp(START + 7 days);
        reenter(abi.encodeCall(registry.withdrawStake, (address(node))));
        node.withdraw();

        assertGuarded();
        vm.assertEq(node.unbondingSeen(), 0, "the hook saw the stake already gone");
        vm.assertEq(node.balanceSeen(), 600, "and the money too");
        vm.assertEq(token.balanceOf(address(node)), 900, "paid once");
        vm.assertEq(token.balanceOf(address(registry)), 600, "the others' stake is untouched");
    }

    function test_RevertWhen_hookReentersAddStake() public {
        node.join(Role.DATA, 400);
        reenter(abi.encodeCall(registry.addStake, (address(node), 100)));
        node.add(100);
        assertGuarded();
        vm.assertEq(registry.nodeOf(address(node)).stake, 500, "credited once");
    }

    function test_RevertWhen_hookReentersRegister() public {
        reenter(abi.encodeCall(registry.register, (Role.DATA, address(node), address(node), 200, "")));
        node.join(Role.DATA, 200);
        assertGuarded();
        vm.assertEq(registry.nodeOf(address(node)).stake, 200, "credited once");
    }

    /// @dev What is not guarded moves no money: it finds the books already settled.
    function test_hookCallsAnUnguardedFunction() public {
        node.join(Role.DATA, 400);
        node.unbond(100);
        vm.warp(START + 7 days);
        reenter(abi.encodeCall(registry.beginUnbonding, (200)));
        node.withdraw();

        vm.assertTrue(node.succeeded(), "it may start another unbonding");
        vm.assertEq(token.balanceOf(address(node)), 700, "which pays nothing yet");
        vm.assertEq(registry.nodeOf(address(node)).unbonding, 200, "200 are unbonding");
        vm.assertEq(registry.nodeOf(address(node)).unbondedAt, START + 14 days, "for a full period");
    }

    function leave(address account) private {
        vm.prank(account);
        registry.retire();
        vm.warp(START + 7 days);
    }

    function reenter(bytes memory call) private {
        node.reenterWith(call);
        token.misbehave(Vice.CALLS_BACK, address(node));
    }

    function assertGuarded() private view {
        vm.assertTrue(node.reached(), "the hook ran");
        vm.assertFalse(node.succeeded(), "the call back was refused");
        bytes memory expected = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.assertEq(node.returned(), expected, "by the guard");
    }
}
