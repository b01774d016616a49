// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {ModelStake, Node, Penalty, Role} from "./types/Node.sol";
import {Guarded} from "./libraries/Guarded.sol";
import {Timeline, Timelines} from "./libraries/Timelines.sol";

/// @title Roles, operators, payout addresses and stake of nodes
contract NodeRegistry is INodeRegistry, Guarded, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Timelines for Timeline;

    uint256 private constant PICKS_PER_NODE = 8;
    uint256 private constant EXTRA_PICKS = 16;

    IERC20 private immutable TOKEN;
    uint128 private immutable MIN_STAKE;
    uint40 private immutable UNBONDING_PERIOD;
    address private immutable DEPLOYER;

    bool private _appointed;
    /// @inheritdoc INodeRegistry
    uint256 public burned;
    /// @inheritdoc INodeRegistry
    mapping(address account => bool) public isAppointed;
    /// @inheritdoc INodeRegistry
    mapping(address node => string) public endpointOf;
    /// @inheritdoc INodeRegistry
    mapping(address node => uint128) public optedOf;
    /// @inheritdoc INodeRegistry
    mapping(address account => uint128) public awardOf;

    mapping(address node => Node) private _nodes;
    mapping(address node => mapping(bytes32 modelId => ModelStake)) private _modelStakes;
    mapping(address operator => mapping(address node => bool)) private _approvals;
    /// @dev Who has held a seat since when: a draw reads the table as it stood before its commitment, while the table itself
    /// stays dense. Empty seats would starve every draw once somebody had filled the table and left.
    mapping(uint32 seat => Timeline) private _holders;
    Timeline private _seats;

    constructor(address token_, uint128 minStake_, uint40 unbondingPeriod_) {
        TOKEN = IERC20(token_);
        MIN_STAKE = minStake_;
        UNBONDING_PERIOD = unbondingPeriod_;
        DEPLOYER = msg.sender;
    }

    modifier onlyAppointed() {
        if (!isAppointed[msg.sender]) revert AppointmentMissing(msg.sender);
        _;
    }

    /* REGISTER */

    /// @inheritdoc INodeRegistry
    function register(
        Role role,
        address operator,
        address payout,
        uint128 amount,
        string calldata endpoint
    ) external whenNotPaused nonReentrant {
        if (role == Role.NONE) revert RoleInvalid(role);
        if (_nodes[msg.sender].role != Role.NONE) revert NodeAlreadyRegistered(msg.sender);
        if (operator != msg.sender && !_approvals[operator][msg.sender]) {
            revert OperatorApprovalMissing(operator, msg.sender);
        }
        if (payout == address(0)) revert PayoutZero();
        if (amount < MIN_STAKE) revert StakeTooLow(amount, MIN_STAKE);

        _nodes[msg.sender] = Node({
            operator: operator,
            stake: SafeCast.toUint88(amount),
            isUnbonding: false,
            payout: payout,
            role: role,
            since: _time(),
            retiredAt: 0,
            unbonding: 0,
            unbondedAt: 0,
            seat: 0
        });
        endpointOf[msg.sender] = endpoint;
        if (role == Role.VERIFICATION) _takeSeat(msg.sender);
        emit NodeRegistered(msg.sender, role, operator, payout, endpoint);
        emit StakeAdded(msg.sender, amount);

        _pull(amount);
    }

    /// @inheritdoc INodeRegistry
    function approveNode(address node, bool approved) external {
        _approvals[msg.sender][node] = approved;
        emit NodeApproved(msg.sender, node, approved);
    }

    /// @inheritdoc INodeRegistry
    function setPayout(address payout) external {
        if (payout == address(0)) revert PayoutZero();

        _registered(msg.sender).payout = payout;
        emit PayoutChanged(msg.sender, payout);
    }

    /// @inheritdoc INodeRegistry
    function setEndpoint(string calldata endpoint) external {
        _registered(msg.sender);

        endpointOf[msg.sender] = endpoint;
        emit EndpointChanged(msg.sender, endpoint);
    }

    /* STAKE */

    /// @inheritdoc INodeRegistry
    function addStake(address node, uint128 amount) external nonReentrant {
        Node storage record = _active(node);

        record.stake = SafeCast.toUint88(uint256(record.stake) + amount);
        if (record.role == Role.VERIFICATION && record.seat == 0 && record.stake >= MIN_STAKE) _takeSeat(node);
        emit StakeAdded(node, amount);

        _pull(amount);
    }

    /// @inheritdoc INodeRegistry
    function optIn(bytes32 modelId, uint128 amount) external {
        Node storage record = _activeInference(msg.sender);
        if (amount > record.stake) revert StakeInsufficient(msg.sender, record.stake, amount);

        // The cast is exact: it is at most the stake.
        record.stake -= uint88(amount);
        _modelStakes[msg.sender][modelId].opted += amount;
        optedOf[msg.sender] += amount;
        emit OptedIn(msg.sender, modelId, amount);
    }

    /// @inheritdoc INodeRegistry
    function optOut(bytes32 modelId, uint128 amount) external {
        Node storage record = _registered(msg.sender);
        ModelStake storage model = _modelStakes[msg.sender][modelId];
        uint128 available = model.opted - model.locked;
        if (amount > available) revert ModelStakeInsufficient(msg.sender, modelId, available, amount);

        model.opted -= amount;
        optedOf[msg.sender] -= amount;
        record.stake = SafeCast.toUint88(uint256(record.stake) + amount);
        emit OptedOut(msg.sender, modelId, amount);
    }

    /// @inheritdoc INodeRegistry
    function beginUnbonding(uint128 amount) external {
        Node storage record = _registered(msg.sender);
        if (amount > record.stake) revert StakeInsufficient(msg.sender, record.stake, amount);
        uint128 remaining = record.stake + optedOf[msg.sender] - amount;
        if (record.retiredAt == 0 && remaining < MIN_STAKE) revert StakeTooLow(remaining, MIN_STAKE);

        _unbond(record, amount);
    }

    /// @inheritdoc INodeRegistry
    function retire() external {
        Node storage record = _active(msg.sender);
        uint128 opted = optedOf[msg.sender];
        if (opted != 0) revert ModelStakeRemaining(msg.sender, opted);

        record.retiredAt = _time();
        if (record.seat != 0) _leaveSeat(msg.sender);
        emit NodeRetired(msg.sender);

        _unbond(record, record.stake);
    }

    function _unbond(Node storage record, uint128 amount) private {
        uint40 unbondedAt = _time() + UNBONDING_PERIOD;

        // The cast is exact: it is at most the stake.
        record.stake -= uint88(amount);
        record.isUnbonding = true;
        record.unbonding += amount;
        record.unbondedAt = unbondedAt;
        emit UnbondingStarted(msg.sender, amount, unbondedAt);
    }

    /// @inheritdoc INodeRegistry
    function withdrawStake(address to) external nonReentrant {
        Node storage record = _registered(msg.sender);
        if (to == address(0)) revert PayoutZero();
        if (block.timestamp < record.unbondedAt) revert UnbondingPending(msg.sender, record.unbondedAt);

        uint128 amount = record.unbonding;
        record.isUnbonding = false;
        record.unbonding = 0;
        emit StakeWithdrawn(msg.sender, to, amount);

        TOKEN.safeTransfer(to, amount);
    }

    /// @dev Refuses a token that keeps a part, so that the stakes in the books are always there.
    function _pull(uint128 amount) private {
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        if (received != amount) revert StakeTransferMismatch(received, amount);
    }

    /* APPOINTED CONTRACTS */

    /// @inheritdoc INodeRegistry
    function lockBond(address node, bytes32 modelId, uint128 amount) external onlyAppointed {
        ModelStake storage model = _modelStakes[node][modelId];
        uint128 available = model.opted - model.locked;
        // Who has nothing opted in does not serve the model, even for a bond of nothing; so have all but active inference nodes.
        if (amount > available || available == 0) {
            revert ModelStakeInsufficient(node, modelId, available, amount);
        }

        model.locked += amount;
    }

    /// @inheritdoc INodeRegistry
    function unlockBond(address node, bytes32 modelId, uint128 amount) external onlyAppointed {
        ModelStake storage model = _modelStakes[node][modelId];
        if (amount > model.locked) revert ModelStakeInsufficient(node, modelId, model.locked, amount);

        model.locked -= amount;
    }

    /// @inheritdoc INodeRegistry
    function slashBond(
        address node,
        bytes32 modelId,
        uint128 amount,
        uint128 recovered
    ) external onlyAppointed nonReentrant {
        _slashBond(node, modelId, amount, recovered);
        burned += amount - recovered;

        TOKEN.safeTransfer(msg.sender, recovered);
    }

    function _slashBond(address node, bytes32 modelId, uint128 amount, uint128 recovered) private {
        ModelStake storage model = _modelStakes[node][modelId];
        if (amount > model.locked) revert ModelStakeInsufficient(node, modelId, model.locked, amount);
        if (recovered > amount) revert RecoveryAboveSlash(recovered, amount);

        model.opted -= amount;
        model.locked -= amount;
        optedOf[node] -= amount;
        emit NodeSlashed(node, modelId, amount, recovered);
    }

    /// @inheritdoc INodeRegistry
    function slashStake(
        address node,
        uint128 amount,
        uint128 recovered
    ) external onlyAppointed nonReentrant returns (uint128 slashed) {
        uint128 kept;
        (slashed, kept) = _slashStake(node, amount, recovered);
        burned += slashed - kept;

        if (kept != 0) TOKEN.safeTransfer(msg.sender, kept);
    }

    function _slashStake(
        address node,
        uint128 amount,
        uint128 recovered
    ) private returns (uint128 slashed, uint128 kept) {
        if (recovered > amount) revert RecoveryAboveSlash(recovered, amount);
        Node storage record = _nodes[node];
        (uint256 stake, bool isUnbonding) = (record.stake, record.isUnbonding);
        uint256 lost = Math.min(amount, stake);
        unchecked {
            // At most the stake, as the minimum of both. So is the cast.
            stake -= lost;
            record.stake = uint88(stake);
            if (isUnbonding) {
                // Likewise, of what is unbonding.
                uint256 leaving = Math.min(amount - lost, record.unbonding);
                if (leaving != 0) record.unbonding -= uint128(leaving);
                lost += leaving;
            }
        }
        // The casts are exact: they are at most the arguments.
        slashed = uint128(lost);
        kept = uint128(Math.min(recovered, lost));
        if (stake < MIN_STAKE && record.seat != 0) _leaveSeat(node);
        emit NodeSlashed(node, bytes32(0), slashed, kept);
    }

    /// @inheritdoc INodeRegistry
    function slash(
        Penalty calldata penalty
    ) external onlyAppointed nonReentrant returns (uint128 compensation, uint128 reward) {
        uint128 slashed = penalty.bond;
        uint128 kept = penalty.bondKept;
        if (slashed != 0) _slashBond(penalty.node, penalty.modelId, slashed, kept);
        for (uint256 i = 0; i < penalty.signers.length; ++i) {
            (uint128 lost, uint128 keptOfIt) = _slashStake(penalty.signers[i], penalty.each, penalty.eachKept);
            slashed += lost;
            kept += keptOfIt;
        }

        // The cast is exact: it is at most what is kept.
        compensation = uint128(Math.min(penalty.owed, kept));
        reward = kept - compensation;
        burned += slashed - kept;
        _award(penalty.injured, compensation);
        _award(penalty.finder, reward);
    }

    function _award(address account, uint128 amount) private {
        if (amount == 0) return;
        awardOf[account] += amount;
        emit Awarded(account, amount);
    }

    /// @inheritdoc INodeRegistry
    function withdrawAward(address to) external nonReentrant {
        uint128 amount = awardOf[msg.sender];
        if (to == address(0)) revert PayoutZero();
        if (amount == 0) revert AwardMissing(msg.sender);

        awardOf[msg.sender] = 0;
        emit AwardWithdrawn(msg.sender, to, amount);

        TOKEN.safeTransfer(to, amount);
    }

    /// @inheritdoc INodeRegistry
    function appoint(address[] calldata contracts) external {
        if (msg.sender != DEPLOYER) revert AppointmentMissing(msg.sender);
        if (_appointed) revert AppointmentRepeated();

        _appointed = true;
        for (uint256 i = 0; i < contracts.length; ++i) isAppointed[contracts[i]] = true;
        emit ContractsAppointed(contracts);
    }

    /* DRAW TABLE */

    /// @inheritdoc INodeRegistry
    function drawVerifiers(
        bytes32 seed,
        uint256 count,
        uint40 asOf,
        address[] calldata excluded
    ) external view returns (address[] memory) {
        (address[] memory drawn, ) = _draw(seed, count, asOf, excluded, type(uint40).max);
        return drawn;
    }

    /// @inheritdoc INodeRegistry
    function drawStakes(
        bytes32 seed,
        uint256 count,
        uint40 asOf,
        address node,
        uint40 until
    ) external view returns (address[] memory drawn, uint256[] memory stakes) {
        address[] memory excluded = new address[](1);
        excluded[0] = _nodes[node].operator;
        return _draw(seed, count, asOf, excluded, until);
    }

    function _draw(
        bytes32 seed,
        uint256 count,
        uint40 asOf,
        address[] memory excluded,
        uint40 until
    ) private view returns (address[] memory drawn, uint256[] memory stakes) {
        uint256 seats = asOf == 0 ? 0 : _seats.valueBefore(asOf);
        uint256 most = Math.min(count, seats);
        drawn = new address[](most);
        stakes = new uint256[](most);
        // Whose nodes are drawn no more.
        address[] memory barred = new address[](excluded.length + most);
        uint256 bars = excluded.length;
        for (uint256 i = 0; i < bars; ++i) barred[i] = excluded[i];
        uint256 found = 0;
        uint256 picks = PICKS_PER_NODE * most + EXTRA_PICKS;
        unchecked {
            // No more is counted than picks, and these are few.
            for (uint256 pick = 0; pick < picks && found < most; ++pick) {
                // The cast is exact: a remainder is below `seats`.
                uint32 seat = 1 + uint32(uint256(Hashes.efficientKeccak256(seed, bytes32(pick))) % seats);
                address node = address(_holders[seat].valueBefore(asOf));
                if (node == address(0)) continue;
                Node storage record = _nodes[node];
                address operator = record.operator;
                if (_contains(barred, bars, operator)) continue;
                barred[bars++] = operator;
                stakes[found] = _slashable(record, until);
                drawn[found++] = node;
            }
        }
        assembly ("memory-safe") {
            // Shorter, if few seats were eligible.
            mstore(drawn, found)
            mstore(stakes, found)
        }
    }

    function _contains(address[] memory list, uint256 length, address account) private pure returns (bool isThere) {
        assembly ("memory-safe") {
            let end := add(add(list, 32), shl(5, length))
            for {
                let item := add(list, 32)
            } lt(item, end) {
                item := add(item, 32)
            } {
                isThere := or(isThere, eq(mload(item), account))
            }
        }
    }

    function _takeSeat(address node) private {
        uint32 seat = seatCount() + 1;
        _seats.set(seat);
        _holders[seat].set(uint160(node));
        _nodes[node].seat = seat;
    }

    function _leaveSeat(address node) private {
        uint32 seat = _nodes[node].seat;
        uint32 last = seatCount();
        _seats.set(last - 1);
        address mover = address(_holders[last].value);

        // In this order, because the leaver may itself hold the last seat.
        _holders[seat].set(uint160(mover));
        _nodes[mover].seat = seat;
        _holders[last].set(0);
        _nodes[node].seat = 0;
    }

    /* VIEWS */

    /// @inheritdoc INodeRegistry
    function seatCount() public view returns (uint32) {
        // The cast is exact: it is counted by ones.
        return uint32(_seats.value);
    }

    /// @inheritdoc INodeRegistry
    function nodeOf(address node) external view returns (Node memory) {
        return _nodes[node];
    }

    /// @inheritdoc INodeRegistry
    function operatorOf(address node) external view returns (address) {
        return _nodes[node].operator;
    }

    /// @inheritdoc INodeRegistry
    function payoutOf(address node) external view returns (address) {
        return _nodes[node].payout;
    }

    /// @inheritdoc INodeRegistry
    function slashableOf(address node, uint40 time) external view returns (uint256) {
        return _slashable(_nodes[node], time);
    }

    function _slashable(Node storage record, uint40 time) private view returns (uint256) {
        uint256 stake = record.stake;
        // What is unbonding is in another slot.
        return record.isUnbonding && record.unbondedAt > time ? stake + record.unbonding : stake;
    }

    /// @inheritdoc INodeRegistry
    function modelStakeOf(address node, bytes32 modelId) external view returns (ModelStake memory) {
        return _modelStakes[node][modelId];
    }

    /// @inheritdoc INodeRegistry
    function isActive(address node, Role role) external view returns (bool) {
        return _isActive(node, role);
    }

    /// @inheritdoc INodeRegistry
    function isServing(address node, bytes32 modelId) external view returns (bool) {
        // Only active inference nodes opt in, and no node retires before it has opted out.
        return _modelStakes[node][modelId].opted != 0;
    }

    /// @inheritdoc INodeRegistry
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc INodeRegistry
    function minStake() external view returns (uint128) {
        return MIN_STAKE;
    }

    /// @inheritdoc INodeRegistry
    function unbondingPeriod() external view returns (uint40) {
        return UNBONDING_PERIOD;
    }

    function _isActive(address node, Role role) private view returns (bool) {
        Node storage record = _nodes[node];
        return role != Role.NONE && record.role == role && record.retiredAt == 0;
    }

    function _registered(address node) private view returns (Node storage record) {
        record = _nodes[node];
        if (record.role == Role.NONE) revert NodeNotRegistered(node);
    }

    function _active(address node) private view returns (Node storage record) {
        record = _registered(node);
        if (record.retiredAt != 0) revert NodeInactive(node);
    }

    function _activeInference(address node) private view returns (Node storage record) {
        record = _active(node);
        if (record.role != Role.INFERENCE) revert RoleMismatch(node, record.role, Role.INFERENCE);
    }

    function _time() private view returns (uint40) {
        // The cast is exact until the year 36,812.
        return uint40(block.timestamp);
    }
}
