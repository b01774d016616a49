// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {INodeEarnings} from "../../contracts/interfaces/INodeEarnings.sol";
import {IOrderSettler} from "../../contracts/interfaces/IOrderSettler.sol";
import {FeeSplit} from "../../contracts/libraries/FeeSplit.sol";
import {Earnings} from "../../contracts/types/Earnings.sol";
import {Claims, Order, Reservation} from "../../contracts/types/Order.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Escrow, Record, State} from "../../contracts/types/State.sol";
import {OrderFixture} from "./OrderFixture.sol";
import {Vm, vm} from "./Vm.sol";

/// @notice The books that the invariants compare the settler with. Each action is watched from outside: what the events say
/// was reserved, drawn, claimed, paid and released, and which replay flags fell.
abstract contract OrderLedger is OrderFixture {
    /// @dev Claims that were entered together.
    struct Root {
        address node;
        bytes32 modelId;
        address dataNode;
        bytes32 root;
        uint256[] orders; // numbers, in the order of the leaves
        uint256 left; // token units, fees of those that were not extracted
    }

    address[] internal clients;
    address[] internal nodes;
    address[] internal signers;
    uint256[] internal signerKeys;
    bytes32[] internal modelsServed;

    /* WHAT IS KNOWN OF EACH ORDER: its number is one more than its index */

    Order[] internal tracked;
    mapping(RequestId id => uint256) internal numberOf;
    mapping(uint256 number => uint256) internal timesTaken;
    mapping(uint256 number => bool) internal isExtracted;
    mapping(uint256 number => uint256) internal rootWith; // one more than the index; zero if it is no claim
    uint256[] internal recorded; // indices of those with a record
    Root[] internal roots;
    uint256[] private _claimedNow;

    /* WHAT CAME AND WENT, token units, by the events */

    mapping(address client => uint256) internal reservedBy;
    mapping(address client => uint256) internal releasedTo;
    mapping(address client => uint256) internal drawnFrom;
    uint256 public claimedFees;
    uint256 public earned;
    uint256 public collected;

    /* WHAT WENT WRONG, and what was done */

    bool public flagsBroken;
    bool public paidTwice;
    bool public conservationBroken;
    bool public extractionBroken;
    mapping(string action => uint256) public acted;
    /// @dev Reservations after the last action.
    mapping(uint256 place => Reservation) private _last;
    uint40 private _clock;

    /// @dev The action found nothing to do.
    error Skipped();

    modifier acting(string memory action) {
        vm.warp(_clock);
        vm.recordLogs();
        _;
        readEvents();
        compareFlags();
        ++acted[action];
    }

    /// @dev What was reserved by then is where the books begin.
    function openBooks() internal {
        _clock = time();
        reservedBy[CLIENT] = RESERVED;
    }

    function jumpTo(uint40 moment) internal {
        _clock = moment;
        vm.warp(moment);
    }

    function track(Order memory order) internal {
        tracked.push(order);
        numberOf[idOf(order)] = tracked.length;
    }

    /* WATCHING */

    function readEvents() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(settler)) readSettler(logs[i].topics, logs[i].data);
            else if (logs[i].topics[0] == IInferenceMarket.RequestOpened.selector) readOpened(logs[i].topics[1]);
        }
    }

    function readSettler(bytes32[] memory topics, bytes memory data) private {
        bytes32 kind = topics[0];
        address account = address(uint160(uint256(topics[1])));
        if (kind == IOrderSettler.Reserved.selector) {
            reservedBy[account] += firstWord(data);
        } else if (kind == IOrderSettler.Released.selector) {
            releasedTo[account] += firstWord(data);
            delete _last[placeOf(account, address(uint160(uint256(topics[2]))), data)];
        } else if (kind == INodeEarnings.EarningsCollected.selector || kind == INodeEarnings.PoolPaid.selector) {
            collected += firstWord(data);
        } else if (kind == IOrderSettler.OrderSettled.selector) {
            earned += take(topics[1]);
        } else if (kind == IOrderSettler.OrderClaimed.selector) {
            claimedFees += take(topics[1]);
            _claimedNow.push(numberOf[RequestId.wrap(topics[1])]);
        } else if (kind == IOrderSettler.ClaimsEntered.selector) {
            enter(topics[1], address(uint160(uint256(topics[2]))), data);
        } else if (kind == IOrderSettler.ClaimExtracted.selector) {
            extracted(topics[1], RequestId.wrap(topics[2]));
        } else if (kind == IOrderSettler.ClaimsFinal.selector) {
            finalized(topics[1], firstWord(data));
        }
    }

    function firstWord(bytes memory data) private pure returns (uint256) {
        return abi.decode(data, (uint256));
    }

    /// @dev An order without a record, which costs its fee.
    function take(bytes32 id) private returns (uint256 fee) {
        uint256 number = numberOf[RequestId.wrap(id)];
        if (++timesTaken[number] > 1) paidTwice = true;
        fee = feeOf(tracked[number - 1]);
        drawnFrom[tracked[number - 1].request.client] += fee;
    }

    /// @dev A record: of an extracted claim, or of an order, whose `maxFee` is drawn.
    function readOpened(bytes32 id) private {
        uint256 number = numberOf[RequestId.wrap(id)];
        recorded.push(number - 1);
        if (isExtracted[number]) return;
        if (++timesTaken[number] > 1) paidTwice = true;
        drawnFrom[tracked[number - 1].request.client] += tracked[number - 1].request.maxFee;
    }

    function enter(bytes32 root, address node, bytes memory data) private {
        (bytes32 modelId, address dataNode, Claims memory entered) = abi.decode(data, (bytes32, address, Claims));
        Root storage entry = roots.push();
        (entry.node, entry.modelId, entry.dataNode, entry.root) = (node, modelId, dataNode, root);
        for (uint256 i = 0; i < _claimedNow.length; ++i) {
            entry.orders.push(_claimedNow[i]);
            rootWith[_claimedNow[i]] = roots.length;
            entry.left += feeOf(tracked[_claimedNow[i] - 1]);
        }
        if (entered.fee != entry.left || entered.count != entry.orders.length) conservationBroken = true;
        delete _claimedNow;
    }

    function extracted(bytes32 root, RequestId id) private {
        uint256 number = numberOf[id];
        Root storage entry = roots[rootWith[number] - 1];
        if (entry.root != root || isExtracted[number]) paidTwice = true;
        isExtracted[number] = true;
        entry.left -= feeOf(tracked[number - 1]);
        claimedFees -= feeOf(tracked[number - 1]);
    }

    /// @dev A root pays what was not extracted from it, and nothing afterwards.
    function finalized(bytes32 root, uint256 fee) private {
        claimedFees -= fee;
        earned += fee;
        for (uint256 i = 0; i < roots.length; ++i) {
            if (roots[i].root != root) continue;
            if (roots[i].left != fee) conservationBroken = true;
            roots[i].left = 0;
        }
    }

    /// @dev Flags are only ever set, and the window and the date only move up, until the reservation is released.
    function compareFlags() private {
        for (uint256 i = 0; i < clients.length * nodes.length * signers.length; ++i) {
            Reservation memory current = reservationAt(i);
            Reservation memory last = _last[i];
            if (current.first < last.first || current.until < last.until) flagsBroken = true;
            else if ((last.used >> (current.first - last.first)) & ~current.used != 0) flagsBroken = true;
            _last[i] = current;
        }
    }

    /// @param data Of the event of its release: amount and signer.
    function placeOf(address client, address node, bytes memory data) private view returns (uint256 place) {
        (, address signer) = abi.decode(data, (uint256, address));
        while (clients[place % clients.length] != client) ++place;
        while (nodes[(place / clients.length) % nodes.length] != node) place += clients.length;
        while (signers[place / clients.length / nodes.length] != signer) place += clients.length * nodes.length;
    }

    function reservationAt(uint256 place) internal view returns (Reservation memory) {
        address client = clients[place % clients.length];
        address node = nodes[(place / clients.length) % nodes.length];
        return settler.reservationOf(client, node, signers[place / clients.length / nodes.length]);
    }

    function feeOf(Order memory order) internal pure returns (uint128) {
        return FeeSplit.feeOf(order.units, order.request.unitPrice, order.request.maxFee);
    }

    function bondOf(Order memory order) internal pure returns (uint256) {
        return MODEL_BOND + order.request.declaredValue;
    }

    /* THE BOOKS */

    /// @notice Reservations, claims and earnings.
    function settlerOwes() public view returns (uint256) {
        return reservations() + claims() + earnings();
    }

    function settlerHas() public view returns (uint256) {
        return market.balanceOf(address(settler));
    }

    function reservations() private view returns (uint256 sum) {
        for (uint256 i = 0; i < clients.length * nodes.length * signers.length; ++i) sum += reservationAt(i).amount;
    }

    /// @notice Fees that wait under their roots.
    function claims() public view returns (uint256 sum) {
        for (uint256 i = 0; i < roots.length; ++i) sum += claimsAt(i).fee;
    }

    function claimsAt(uint256 index) internal view returns (Claims memory) {
        Root storage entry = roots[index];
        return settler.claimsOf(entry.node, entry.modelId, entry.dataNode, entry.root);
    }

    /// @notice What nodes have earned with the settler and not collected.
    function earnings() public view returns (uint256 sum) {
        for (uint256 i = 0; i < nodes.length; ++i) sum += totalOf(settler.earningsOf(nodes[i]));
        return sum + totalOf(settler.earningsOf(DATA_NODE));
    }

    function totalOf(Earnings memory list) private pure returns (uint256) {
        return uint256(list.own) + list.pool;
    }

    /// @notice Whether what each client reserved is what was drawn, what was released, and what is still reserved.
    function promisesAreKept() external view returns (bool) {
        uint256[] memory left = new uint256[](clients.length);
        for (uint256 i = 0; i < clients.length * nodes.length * signers.length; ++i) {
            left[i % clients.length] += reservationAt(i).amount;
        }
        for (uint256 i = 0; i < clients.length; ++i) {
            address client = clients[i];
            if (reservedBy[client] != releasedTo[client] + drawnFrom[client] + left[i]) return false;
        }
        return true;
    }

    /// @notice What the market holds for live records.
    function escrow() public view returns (uint256 sum) {
        for (uint256 i = 0; i < recorded.length; ++i) {
            Order storage order = tracked[recorded[i]];
            Record memory record = market.recordOf(idOf(order));
            if (!isLive(record.state)) continue;
            sum += record.escrow == Escrow.FEE ? feeOf(order) : order.request.maxFee;
        }
    }

    /// @notice Whether each node's locks are the bonds of its claims and of its live records.
    function locksAreBonds() external view returns (bool) {
        for (uint256 i = 0; i < nodes.length; ++i) {
            for (uint256 j = 0; j < modelsServed.length; ++j) {
                uint256 locked = registry.modelStakeOf(nodes[i], modelsServed[j]).locked;
                if (locked != bondsOf(nodes[i], modelsServed[j])) return false;
            }
        }
        return true;
    }

    function bondsOf(address node, bytes32 modelId) private view returns (uint256 sum) {
        for (uint256 i = 0; i < roots.length; ++i) {
            if (roots[i].node == node && roots[i].modelId == modelId) sum += claimsAt(i).bond;
        }
        for (uint256 i = 0; i < recorded.length; ++i) {
            Order storage order = tracked[recorded[i]];
            if (order.request.node != node || order.request.modelId != modelId) continue;
            if (isLive(stateOf(order.request))) sum += bondOf(order);
        }
    }

    function isLive(State state) internal pure returns (bool) {
        return state == State.DELIVERED || state == State.DISPUTED;
    }

    /// @notice Balances, earnings, reservations, escrow of live records, the court's bonds, and what is burned.
    function marketOwes() external view returns (uint256 sum) {
        sum = uint256(market.bonds()) + market.burned() + escrow() + settlerHas() + market.balanceOf(CHALLENGER);
        for (uint256 i = 0; i < clients.length; ++i) sum += market.balanceOf(clients[i]);
        for (uint256 i = 0; i < nodes.length; ++i) {
            sum += totalOf(market.earningsOf(nodes[i])) + market.balanceOf(payoutFor(nodes[i]));
        }
        sum += market.balanceOf(payoutFor(DATA_NODE));
        sum += market.balanceOf(payoutFor(REGISTRAR)) + market.balanceOf(payoutFor(OTHER_REGISTRAR));
    }

    function marketHas() external view returns (uint256) {
        return token.balanceOf(address(market));
    }
}
