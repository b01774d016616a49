// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "../contracts/mocks/TestToken.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {ModelStake, Node, Role} from "../contracts/types/Node.sol";
import {NodeRegistry} from "../contracts/NodeRegistry.sol";
import {vm} from "./support/Vm.sol";
import {newNodeRegistry} from "./support/Deployer.sol";

/// @notice A registry whose deployer is the test, with one appointed contract and money for everybody.
abstract contract NodeRegistryFixture {
    uint128 internal constant MIN_STAKE = 100;
    uint40 internal constant UNBONDING_PERIOD = 7 days;
    uint40 internal constant START = 1_000_000;
    bytes32 internal constant MODEL = keccak256("model");
    bytes32 internal constant OTHER_MODEL = keccak256("other model");

    address internal immutable NODE = makeAccount("node");
    address internal immutable OPERATOR = makeAccount("operator");
    address internal immutable PAYOUT = makeAccount("payout");
    address internal immutable MARKET = makeAccount("market");
    address internal immutable STRANGER = makeAccount("stranger");

    TestToken internal token;
    NodeRegistry internal registry;

    function setUp() public virtual {
        vm.warp(START);
        token = new TestToken();
        registry = newNodeRegistry(address(token), MIN_STAKE, UNBONDING_PERIOD);
        registry.appoint(list(MARKET));
    }

    function makeAccount(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(account, name);
    }

    function list(address account) internal pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }

    function fund(address account, uint256 amount) internal {
        token.mint(account, amount);
        vm.prank(account);
        token.approve(address(registry), type(uint256).max);
    }

    /// @dev A node that is its own operator.
    function register(address node, Role role, uint128 amount) internal {
        fund(node, amount);
        vm.prank(node);
        registry.register(role, node, PAYOUT, amount, "https://node.example");
    }

    function registerFor(address operator, address node, Role role, uint128 amount) internal {
        vm.prank(operator);
        registry.approveNode(node, true);
        fund(node, amount);
        vm.prank(node);
        registry.register(role, operator, PAYOUT, amount, "");
    }

    /// @dev NODE serves MODEL with `opted` of its `stake`.
    function serve(uint128 stake, uint128 opted) internal {
        register(NODE, Role.INFERENCE, stake);
        vm.prank(NODE);
        registry.optIn(MODEL, opted);
    }

    function lock(uint128 amount) internal {
        vm.prank(MARKET);
        registry.lockBond(NODE, MODEL, amount);
    }

    function retire(address node) internal {
        vm.prank(node);
        registry.retire();
    }

    /// @dev Names the error that the next call must revert with, with all its arguments.
    function expect(bytes memory revertData) internal {
        vm.expectRevert(revertData);
    }

    function assertNode(address node, uint128 stake, uint128 unbonding, uint40 unbondedAt) internal view {
        Node memory record = registry.nodeOf(node);
        vm.assertEq(record.stake, stake, "free stake");
        vm.assertEq(record.unbonding, unbonding, "unbonding stake");
        vm.assertEq(record.unbondedAt, unbondedAt, "date of withdrawal");
    }

    function assertModelStake(uint128 opted, uint128 locked) internal view {
        ModelStake memory stake = registry.modelStakeOf(NODE, MODEL);
        vm.assertEq(stake.opted, opted, "opted stake");
        vm.assertEq(stake.locked, locked, "locked stake");
    }
}
