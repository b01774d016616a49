// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket, Payout} from "../../contracts/interfaces/IInferenceMarket.sol";
import {Earnings} from "../../contracts/types/Earnings.sol";
import {EvidenceSet} from "../../contracts/types/Evidence.sol";
import {ModelStake, Node} from "../../contracts/types/Node.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result, subjectOf} from "../../contracts/types/Result.sol";
import {Record, State} from "../../contracts/types/State.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {Vm, vm} from "./Vm.sol";

/// @notice The books that the invariants compare the market with. Each action is watched from outside: whose money fell,
/// which records changed, and what the events say was paid.
abstract contract MarketLedger is MarketFixture {
    address internal immutable THIRD = makeAccount("third node");

    address[] internal clients;
    address[] internal nodes;
    address[] internal accounts;
    bytes32[] internal modelsServed;

    /* WHAT CAME AND WENT, token units */

    uint256 public deposited;
    uint256 public withdrawn;
    /// @notice Slashed stake that went from the registry to the market.
    uint256 public recovered;
    uint256 public staked;
    uint256 public unstaked;

    /* WHAT IS KNOWN OF EACH REQUEST */

    Request[] internal tracked;
    RequestId[] internal ids;
    State[] internal lastState;
    bytes32[] internal lastRecord;
    address[] internal lastNode; // liable after the last action
    address[] internal acceptedBy; // by the events
    Result[] internal answers; // by the events
    uint256[] internal settled; // token units paid out, by the events
    mapping(address node => mapping(bytes32 modelId => uint256)) internal liable; // bonds of live requests
    uint256 internal escrow; // of live requests
    mapping(RequestId id => uint256) internal numberOf; // one more than the index
    /// @dev Balance and earnings of each account after the last action.
    uint256[] internal lastHoldings;
    /// @dev Index of the only request that the current action may change.
    uint256 internal touched;

    /* WHAT WENT WRONG, and what was done */

    bool public absorptionBroken;
    bool public authorityBroken;
    bool public conservationBroken;
    bool public subjectBroken;
    mapping(string action => uint256) public acted;
    mapping(State state => uint256) public reached;
    uint40 private _clock;

    /// @dev The action found nothing to do.
    error Skipped();

    constructor() {
        clients = [CLIENT, makeAccount("second client"), makeAccount("third client")];
        nodes = [NODE, RIVAL, THIRD];
        accounts = [
            clients[0],
            clients[1],
            clients[2],
            CHALLENGER,
            payoutFor(NODE),
            payoutFor(RIVAL),
            payoutFor(THIRD)
        ];
        accounts.push(payoutFor(REGISTRAR));
        accounts.push(payoutFor(OTHER_REGISTRAR));
        accounts.push(payoutFor(DATA_NODE));
    }

    /// @dev Watches an action in which nobody but `debtor` may lose money. An action that reverts never was.
    modifier acting(string memory action, address debtor) {
        vm.warp(_clock);
        vm.recordLogs();
        touched = type(uint256).max;
        _;
        uint256[] memory afterwards = holdings();
        for (uint256 i = 0; i < afterwards.length; ++i) {
            if (afterwards[i] < lastHoldings[i] && accounts[i] != debtor) authorityBroken = true;
        }
        readEvents();
        if (touched < tracked.length) compareTouched(afterwards);
        lastHoldings = afterwards;
        ++acted[action];
    }

    function openBooks() internal {
        deposited = token.balanceOf(address(market));
        staked = token.balanceOf(address(registry));
        _clock = time();
        lastHoldings = holdings();
    }

    function jumpTo(uint40 moment) internal {
        _clock = moment;
        vm.warp(moment);
    }

    function track(Request memory request, RequestId id) internal {
        touched = tracked.length;
        tracked.push(request);
        ids.push(id);
        lastState.push(State.NONE);
        lastRecord.push(0);
        lastNode.push(address(0));
        acceptedBy.push(address(0));
        answers.push();
        settled.push(0);
        escrow += request.maxFee;
        numberOf[id] = tracked.length;
    }

    /* WATCHING */

    function holdings() private view returns (uint256[] memory list) {
        list = new uint256[](accounts.length);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = market.balanceOf(accounts[i]);
            for (uint256 j = 0; j < nodes.length; ++j) {
                if (accounts[i] == payoutFor(nodes[j])) list[i] += market.earningsOf(nodes[j]).own;
            }
        }
    }

    function readEvents() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(market) || logs[i].topics.length < 2) continue;
            uint256 number = numberOf[RequestId.wrap(logs[i].topics[1])];
            if (number == 0) continue;
            if (logs[i].topics[0] == IInferenceMarket.RequestAccepted.selector) {
                acceptedBy[number - 1] = address(uint160(uint256(logs[i].topics[2])));
            }
            if (logs[i].topics[0] == IInferenceMarket.ResultDelivered.selector) {
                (bytes32 outputCommitment, uint40 units) = abi.decode(logs[i].data, (bytes32, uint40));
                address node = address(uint160(uint256(logs[i].topics[2])));
                answers[number - 1] = Result(outputCommitment, units, node);
            }
            if (logs[i].topics[0] == IInferenceMarket.RequestFinal.selector) {
                (, Payout memory payout) = abi.decode(logs[i].data, (EvidenceSet, Payout));
                uint256 sum = uint256(payout.inference) + payout.verification + payout.data + payout.refund;
                settled[number - 1] += sum;
            }
            if (logs[i].topics[0] == IInferenceMarket.RequestRefunded.selector) {
                (uint128 amount, ) = abi.decode(logs[i].data, (uint128, uint128));
                settled[number - 1] += amount;
            }
        }
    }

    /// @dev Brings the books of the only request that may have changed up to date.
    function compareTouched(uint256[] memory afterwards) private {
        Record memory record = market.recordOf(ids[touched]);
        (State from, State to) = (lastState[touched], record.state);
        bytes32 content = keccak256(abi.encode(record));
        if (isTerminal(from) && content != lastRecord[touched]) absorptionBroken = true;
        (lastState[touched], lastRecord[touched]) = (to, content);
        address node = answers[touched].node;
        bool isDelivered = node != address(0);
        if (!isDelivered) node = acceptedBy[touched];
        if (record.subject != (isDelivered ? subjectOf(answers[touched]) : bytes20(node))) subjectBroken = true;
        if (from == to) return;

        Request storage request = tracked[touched];
        ++reached[to];
        book(request, from, lastNode[touched], false);
        book(request, to, node, true);
        lastNode[touched] = node;
        if (isTerminal(to)) escrow -= request.maxFee;
        // A rejection has no event about the client's money: its holdings say what it got.
        if (to == State.REJECTED) settled[touched] += gainOf(request.client, afterwards);
        if (settled[touched] != (isTerminal(to) ? request.maxFee : 0)) conservationBroken = true;
    }

    /// @dev Adds or removes the bond that a request in this state locks.
    function book(Request storage request, State state, address node, bool add) private {
        if (state != State.ASSIGNED && state != State.DELIVERED && state != State.DISPUTED) return;
        uint256 bond = MODEL_BOND + request.declaredValue;
        if (add) liable[node][request.modelId] += bond;
        else liable[node][request.modelId] -= bond;
    }

    function gainOf(address account, uint256[] memory afterwards) private view returns (uint256 gain) {
        for (uint256 i = 0; i < clients.length; ++i) {
            if (clients[i] == account) gain = afterwards[i] - lastHoldings[i];
        }
    }

    /* THE BOOKS */

    /// @notice Balances, earnings, pools, escrow of live requests, the court's bonds, and what is burned.
    function marketOwes() external view returns (uint256 sum) {
        sum = uint256(market.bonds()) + market.burned() + escrow;
        uint256[] memory list = holdings();
        for (uint256 i = 0; i < list.length; ++i) sum += list[i];
        for (uint256 j = 0; j < nodes.length; ++j) sum += market.earningsOf(nodes[j]).pool;
    }

    function marketHas() external view returns (uint256) {
        return token.balanceOf(address(market));
    }

    /// @notice Free, leaving and opted stakes of all nodes, and what is burned.
    function registryOwes() external view returns (uint256 sum) {
        sum = registry.burned();
        address[6] memory all = [nodes[0], nodes[1], nodes[2], REGISTRAR, OTHER_REGISTRAR, DATA_NODE];
        for (uint256 i = 0; i < all.length; ++i) {
            Node memory node = registry.nodeOf(all[i]);
            sum += uint256(node.stake) + node.unbonding + registry.optedOf(all[i]);
        }
    }

    function registryHas() external view returns (uint256) {
        return token.balanceOf(address(registry));
    }

    /// @notice Whether each node's locks are exactly the bonds of its live requests, and within what it opted in with.
    function locksAreBonds() external view returns (bool) {
        for (uint256 i = 0; i < nodes.length; ++i) {
            for (uint256 j = 0; j < modelsServed.length; ++j) {
                ModelStake memory stake = registry.modelStakeOf(nodes[i], modelsServed[j]);
                if (stake.locked != liable[nodes[i]][modelsServed[j]] || stake.locked > stake.opted) return false;
            }
        }
        return true;
    }

    /// @notice Whether every record is as its own last action left it.
    function recordsAreAsLeft() external view returns (bool) {
        for (uint256 i = 0; i < ids.length; ++i) {
            if (keccak256(abi.encode(market.recordOf(ids[i]))) != lastRecord[i]) return false;
        }
        return true;
    }

    function isTerminal(State state) private pure returns (bool) {
        return state == State.FINAL || state == State.REJECTED || state == State.REFUNDED;
    }
}
