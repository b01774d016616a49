// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "../contracts/mocks/TestToken.sol";
import {ModelStake, Node, Role} from "../contracts/types/Node.sol";
import {NodeRegistry} from "../contracts/NodeRegistry.sol";
import {vm} from "./support/Vm.sol";
import {newNodeRegistry} from "./support/Deployer.sol";

/// @notice Drives the registry with calls that act, and keeps its own books. It is itself the appointed contract.
contract NodeRegistryHandler {
    uint128 private constant MIN_STAKE = 100;
    uint256 public constant NODES = 8;
    uint256 public constant MODELS = 2;

    struct Bond {
        uint128 amount;
        bool closed; // unlocked or slashed
    }

    TestToken private immutable TOKEN;
    NodeRegistry private immutable REGISTRY;

    Bond[] private _bonds;
    mapping(uint256 bond => uint256 place) private _places;

    uint256 public deposits;
    uint256 public withdrawals;
    uint256 public recoveries;
    uint256 public burns;
    uint256 public secondSlashes;
    mapping(string call => uint256) public calls;

    constructor(TestToken token, NodeRegistry registry) {
        TOKEN = token;
        REGISTRY = registry;
    }

    /* NODES */

    function register(uint256 seed, uint8 role, uint128 amount) external {
        (address node, bool found) = find(seed, isNew);
        if (!found) return;
        amount = MIN_STAKE + (amount % 1000);
        // The even nodes serve, so that bonds are exercised; the odd ones do anything.
        Role chosen = uint160(node) % 2 == 0 ? Role.INFERENCE : Role(1 + (role % 3));

        TOKEN.mint(node, amount);
        vm.startPrank(node);
        TOKEN.approve(address(REGISTRY), type(uint256).max);
        REGISTRY.register(chosen, node, node, amount, "");
        vm.stopPrank();
        deposits += amount;
        ++calls["register"];
    }

    function addStake(uint256 seed, uint128 amount) external {
        (address node, bool found) = find(seed, isActive);
        if (!found) return;
        amount %= 1000;

        TOKEN.mint(node, amount);
        vm.prank(node);
        REGISTRY.addStake(node, amount);
        deposits += amount;
        ++calls["addStake"];
    }

    function optIn(uint256 seed, uint256 model, uint128 amount) external {
        (address node, bool found) = find(seed, hasFreeStake);
        if (!found) return;
        uint128 free = REGISTRY.nodeOf(node).stake;

        vm.prank(node);
        REGISTRY.optIn(modelAt(model), 1 + (amount % free));
        ++calls["optIn"];
    }

    function optOut(uint256 seed, uint256 model, uint128 amount) external {
        (uint256 node, bool found) = freeNode(seed, modelAt(model));
        if (!found) return;
        ModelStake memory stake = REGISTRY.modelStakeOf(nodeAt(node), modelAt(model));

        vm.prank(nodeAt(node));
        REGISTRY.optOut(modelAt(model), 1 + (amount % (stake.opted - stake.locked)));
        ++calls["optOut"];
    }

    function beginUnbonding(uint256 seed, uint128 amount) external {
        (address node, bool found) = find(seed, canUnbond);
        if (!found) return;
        uint128 most = unbondable(node);

        vm.prank(node);
        REGISTRY.beginUnbonding(1 + (amount % most));
        ++calls["beginUnbonding"];
    }

    function retire(uint256 seed) external {
        (address node, bool found) = find(seed, canRetire);
        if (!found) return;

        vm.prank(node);
        REGISTRY.retire();
        ++calls["retire"];
    }

    function withdrawStake(uint256 seed, bool patient) external {
        (address node, bool found) = find(seed, isUnbonding);
        if (!found) return;
        uint40 unbondedAt = REGISTRY.nodeOf(node).unbondedAt;
        if (block.timestamp < unbondedAt) {
            if (!patient) return;
            vm.warp(unbondedAt);
        }

        uint256 before = TOKEN.balanceOf(node);
        vm.prank(node);
        REGISTRY.withdrawStake(node);
        withdrawals += TOKEN.balanceOf(node) - before;
        ++calls["withdrawStake"];
    }

    /* APPOINTED CONTRACT */

    function lockBond(uint256 seed, uint256 model, uint128 amount) external {
        (uint256 node, bool found) = freeNode(seed, modelAt(model));
        if (!found) return;
        ModelStake memory stake = REGISTRY.modelStakeOf(nodeAt(node), modelAt(model));
        // A part, so that many bonds are open at once.
        amount = 1 + (amount % (1 + (stake.opted - stake.locked) / 4));

        REGISTRY.lockBond(nodeAt(node), modelAt(model), amount);
        _places[_bonds.length] = node * MODELS + (model % MODELS);
        _bonds.push(Bond({amount: amount, closed: false}));
        ++calls["lockBond"];
    }

    function unlockBond(uint256 seed) external {
        (uint256 index, bool found) = openBond(seed);
        if (!found) return;

        REGISTRY.unlockBond(nodeAt(_places[index] / MODELS), modelAt(_places[index]), _bonds[index].amount);
        _bonds[index].closed = true;
        ++calls["unlockBond"];
    }

    function slashBond(uint256 seed, uint128 recovered) external {
        (uint256 index, bool found) = openBond(seed);
        if (!found) return;
        Bond storage bond = _bonds[index];
        recovered %= bond.amount + 1;

        uint256 before = TOKEN.balanceOf(address(this));
        REGISTRY.slashBond(nodeAt(_places[index] / MODELS), modelAt(_places[index]), bond.amount, recovered);
        recoveries += TOKEN.balanceOf(address(this)) - before;
        burns += bond.amount - recovered;
        bond.closed = true;
        ++calls["slashBond"];
    }

    /// @dev Tries to take more than all that is locked: must always be refused.
    function slashTooMuch(uint256 seed, uint256 model, uint128 excess) external {
        uint128 locked = REGISTRY.modelStakeOf(nodeAt(seed), modelAt(model)).locked;
        try REGISTRY.slashBond(nodeAt(seed), modelAt(model), locked + 1 + (excess % 1000), 0) {
            ++secondSlashes;
        } catch {
            ++calls["slashTooMuch"];
        }
    }

    function slashStake(uint256 seed, uint128 amount) external {
        (address node, bool found) = find(seed, hasStake);
        if (!found) return;

        burns += REGISTRY.slashStake(node, 1 + (amount % 100), 0);
        ++calls["slashStake"];
    }

    /* WORLD */

    function pass(uint256 time) external {
        vm.warp(block.timestamp + (time % 3 days));
        ++calls["pass"];
    }

    /* BOOKS */

    /// @notice What the open bonds say is locked on a node's model.
    function lockedOf(uint256 node, uint256 model) external view returns (uint256 locked) {
        for (uint256 i = 0; i < _bonds.length; ++i) {
            if (!_bonds[i].closed && _places[i] == node * MODELS + model) locked += _bonds[i].amount;
        }
    }

    function nodeAt(uint256 index) public pure returns (address) {
        return address(uint160(0xA000 + (index % NODES)));
    }

    function modelAt(uint256 index) public pure returns (bytes32) {
        return bytes32(1 + (index % MODELS));
    }

    /* CHOICES: calls that would only be refused teach nothing */

    /// @dev The next node that fits.
    function find(
        uint256 seed,
        function(address) view returns (bool) fits
    ) private view returns (address node, bool found) {
        for (uint256 i = 0; i < NODES; ++i) {
            node = nodeAt((seed % NODES) + i);
            if (fits(node)) return (node, true);
        }
    }

    function isNew(address node) private view returns (bool) {
        return REGISTRY.nodeOf(node).role == Role.NONE;
    }

    function isActive(address node) private view returns (bool) {
        return !isNew(node) && REGISTRY.nodeOf(node).retiredAt == 0;
    }

    function hasFreeStake(address node) private view returns (bool) {
        return REGISTRY.isActive(node, Role.INFERENCE) && REGISTRY.nodeOf(node).stake != 0;
    }

    function hasStake(address node) private view returns (bool) {
        Node memory record = REGISTRY.nodeOf(node);
        return record.stake + record.unbonding != 0;
    }

    function isUnbonding(address node) private view returns (bool) {
        return REGISTRY.nodeOf(node).unbonding != 0;
    }

    function canUnbond(address node) private view returns (bool) {
        return isActive(node) && unbondable(node) != 0;
    }

    /// @dev Half of the nodes stay for ever, so that long sequences still act.
    function canRetire(address node) private view returns (bool) {
        return isActive(node) && uint160(node) % NODES >= NODES / 2 && REGISTRY.optedOf(node) == 0;
    }

    function unbondable(address node) private view returns (uint128) {
        uint128 free = REGISTRY.nodeOf(node).stake;
        uint128 total = free + REGISTRY.optedOf(node);
        if (total <= MIN_STAKE) return 0;
        return total - MIN_STAKE < free ? total - MIN_STAKE : free;
    }

    /// @dev The next node that has opted stake of this model free of requests.
    function freeNode(uint256 seed, bytes32 model) private view returns (uint256 node, bool found) {
        for (uint256 i = 0; i < NODES; ++i) {
            node = ((seed % NODES) + i) % NODES;
            ModelStake memory stake = REGISTRY.modelStakeOf(nodeAt(node), model);
            if (stake.opted != stake.locked) return (node, true);
        }
    }

    /// @dev The next bond that is still locked.
    function openBond(uint256 seed) private view returns (uint256 index, bool found) {
        uint256 count = _bonds.length;
        for (uint256 i = 0; i < count; ++i) {
            index = ((seed % count) + i) % count;
            if (!_bonds[index].closed) return (index, true);
        }
    }
}

contract NodeRegistryInvariantTest {
    TestToken private token;
    NodeRegistry private registry;
    NodeRegistryHandler private handler;

    function setUp() public {
        vm.warp(1_000_000);
        token = new TestToken();
        registry = newNodeRegistry(address(token), 100, 7 days);
        handler = new NodeRegistryHandler(token, registry);
        address[] memory contracts = new address[](1);
        contracts[0] = address(handler);
        registry.appoint(contracts);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev I1 and I2: what is here is what is owed, and what came in less what went out.
    /// hardhat-config: invariant.runs = 16
    /// hardhat-config: invariant.depth = 300
    function invariant_solvency() public view {
        uint256 owed = registry.burned();
        for (uint256 i = 0; i < handler.NODES(); ++i) {
            Node memory record = registry.nodeOf(handler.nodeAt(i));
            owed += uint256(record.stake) + record.unbonding + registry.optedOf(handler.nodeAt(i));
        }
        vm.assertEq(token.balanceOf(address(registry)), owed, "balance = stakes + unbonding + opted + burned");
        vm.assertEq(
            token.balanceOf(address(registry)),
            handler.deposits() - handler.withdrawals() - handler.recoveries(),
            "balance = deposits - withdrawals - recovered"
        );
        vm.assertEq(registry.burned(), handler.burns(), "burned = what slashes did not recover");
    }

    /// @dev I11 and I12: what backs open requests is always there, exactly, and is taken once.
    /// hardhat-config: invariant.runs = 16
    /// hardhat-config: invariant.depth = 300
    function invariant_slashable() public view {
        for (uint256 i = 0; i < handler.NODES(); ++i) {
            uint256 opted = 0;
            for (uint256 j = 0; j < handler.MODELS(); ++j) {
                ModelStake memory stake = registry.modelStakeOf(handler.nodeAt(i), handler.modelAt(j));
                vm.assertLe(stake.locked, stake.opted, "locked <= opted");
                vm.assertEq(stake.locked, handler.lockedOf(i, j), "locked = open bonds");
                opted += stake.opted;
            }
            vm.assertEq(registry.optedOf(handler.nodeAt(i)), opted, "sum over models");
        }
        vm.assertEq(handler.secondSlashes(), 0, "no slash above what is locked");
    }

    /// @dev The draw table holds exactly the active verification nodes with the minimum stake, without gaps.
    /// hardhat-config: invariant.runs = 16
    /// hardhat-config: invariant.depth = 300
    function invariant_drawTable() public view {
        uint256 seated = 0;
        uint256 seats = 0;
        for (uint256 i = 0; i < handler.NODES(); ++i) {
            address node = handler.nodeAt(i);
            Node memory record = registry.nodeOf(node);
            bool drawable = registry.isActive(node, Role.VERIFICATION) && record.stake >= registry.minStake();
            vm.assertEq(record.seat != 0, drawable, "seated exactly when drawable");
            if (record.seat != 0) {
                ++seated;
                seats |= 1 << record.seat;
            }
        }
        vm.assertEq(registry.seatCount(), seated, "as many seats as seated nodes");
        vm.assertEq(seats, (2 << seated) - 2, "seats 1 to their number");
    }

    /// @dev A sequence in which hardly anything happened proves nothing.
    function afterInvariant() public view {
        string[] memory names = handlerCalls();
        uint256 acted = 0;
        for (uint256 i = 0; i < names.length; ++i) acted += handler.calls(names[i]);
        vm.assertGt(acted, 100, "a third of the calls acted");
        vm.assertGt(handler.deposits(), 0, "money came in");
        vm.assertGt(handler.calls("lockBond"), 0, "bonds were locked");
    }

    /// @dev Each of the handler's calls can act.
    function test_handlerActs() public {
        for (uint256 i = 0; i < handler.NODES(); ++i) handler.register(i, 1, 900);
        handler.addStake(0, 10);
        handler.optIn(0, 0, 500);
        handler.lockBond(0, 0, 100);
        handler.lockBond(0, 0, 100);
        handler.optOut(0, 0, 10);
        handler.unlockBond(0);
        handler.slashBond(1, 5);
        handler.slashTooMuch(0, 0, 1);
        handler.slashStake(0, 10);
        handler.beginUnbonding(0, 10);
        handler.retire(4);
        handler.withdrawStake(0, true);
        handler.pass(1);

        string[] memory names = handlerCalls();
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGt(handler.calls(names[i]), 0, string.concat(names[i], " acted"));
        }
        invariant_solvency();
        invariant_slashable();
        invariant_drawTable();
    }

    function handlerCalls() private pure returns (string[] memory names) {
        names = new string[](13);
        names[0] = "register";
        names[1] = "addStake";
        names[2] = "optIn";
        names[3] = "optOut";
        names[4] = "beginUnbonding";
        names[5] = "retire";
        names[6] = "withdrawStake";
        names[7] = "lockBond";
        names[8] = "unlockBond";
        names[9] = "slashBond";
        names[10] = "slashTooMuch";
        names[11] = "slashStake";
        names[12] = "pass";
    }
}
