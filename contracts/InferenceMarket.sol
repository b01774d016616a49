// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IInferenceMarket, MarketParameters, Payout} from "./interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {Admission} from "./libraries/Admission.sol";
import {Availability} from "./libraries/Availability.sol";
import {FeeSplit} from "./libraries/FeeSplit.sol";
import {Finality} from "./libraries/Finality.sol";
import {Guarded} from "./libraries/Guarded.sol";
import {Lifecycle} from "./libraries/Lifecycle.sol";
import {NodeEarnings} from "./libraries/NodeEarnings.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "./types/Evidence.sol";
import {Terms} from "./types/Model.sol";
import {Request, structHashOf} from "./types/Request.sol";
import {RequestId} from "./types/RequestId.sol";
import {RESULT_TYPEHASH, Result, Statement, subjectOf} from "./types/Result.sol";
import {Escrow, Record, Reliance, State, Verdict} from "./types/State.sol";

/// @title The core: ledger, escrow and the life of one request
/// @notice See `IInferenceMarket`; reads top to bottom along a request's life.
contract InferenceMarket is IInferenceMarket, EIP712, Guarded, NodeEarnings {
    using SafeERC20 for IERC20;
    using Lifecycle for Record;

    address public immutable token;
    address public immutable modelRegistry;
    address private immutable ZKML_VERIFIER;
    address private immutable TEE_VERIFIER;
    uint40 private immutable CHALLENGE_WINDOW;
    uint40 private immutable DISPUTE_WINDOW;
    uint40 private immutable LONGEST_ORDER;
    uint32 private immutable MAX_CALLBACK_GAS;
    uint16 private immutable VERIFICATION_BPS;
    uint16 private immutable DATA_BPS;

    address public court;
    address public orderSettler;
    address public batchSettler;
    uint128 public bonds;
    uint128 public burned;
    mapping(address account => uint128 amount) public balanceOf;
    mapping(RequestId id => Record) private _records;
    /// @dev As the registry has them: a version never changes, so they are asked for once.
    mapping(bytes32 modelId => Terms) private _terms;

    constructor(
        address token_,
        address nodeRegistry_,
        address modelRegistry_,
        address zkmlVerifier,
        address teeVerifier,
        MarketParameters memory p
    ) EIP712("Assay", "1") NodeEarnings(nodeRegistry_) {
        uint40 needed = p.challengeWindow + p.disputeWindow + p.longestOrder;
        uint40 unbondingPeriod = INodeRegistry(nodeRegistry_).unbondingPeriod();
        if (p.challengeWindow == 0 || p.disputeWindow == 0) revert MarketWindowZero();
        if (unbondingPeriod <= needed) revert INodeRegistry.UnbondingPeriodTooShort(unbondingPeriod, needed);
        if (uint256(p.verificationBps) + p.dataBps > FeeSplit.BPS) {
            revert FeeSharesInvalid(uint256(p.verificationBps) + p.dataBps);
        }

        token = token_;
        modelRegistry = modelRegistry_;
        ZKML_VERIFIER = zkmlVerifier;
        TEE_VERIFIER = teeVerifier;
        CHALLENGE_WINDOW = p.challengeWindow;
        DISPUTE_WINDOW = p.disputeWindow;
        LONGEST_ORDER = p.longestOrder;
        MAX_CALLBACK_GAS = p.maxCallbackGas;
        VERIFICATION_BPS = p.verificationBps;
        DATA_BPS = p.dataBps;
        // Until there is a court: so that no request has to ask whether there is one.
        _pause();
    }

    modifier onlyCourt() {
        if (msg.sender != court) revert CourtOnly(msg.sender);
        _;
    }

    modifier onlySettler() {
        if (!_isSettler(msg.sender)) revert SettlerOnly(msg.sender);
        _;
    }

    /* LEDGER */

    /// @inheritdoc IInferenceMarket
    function deposit(address account, uint128 amount) public nonReentrant {
        if (account == address(0)) revert AccountZero();
        if (amount == 0) revert AmountZero();

        // Interaction: first, because what arrives is what is credited; the guard keeps a hooking token out.
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        _creditDeposit(account, msg.sender, amount, before);
    }

    /// @inheritdoc IInferenceMarket
    function depositWithPermit(
        address account,
        uint128 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        // A permit seen in the mempool can be used by anybody first; the allowance is then there all the same.
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        deposit(account, amount);
    }

    /// @inheritdoc IInferenceMarket
    function depositWithAuthorization(
        address payer,
        uint128 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        if (amount == 0) revert AmountZero();

        // Interaction: first, as in `deposit`.
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC3009(token).receiveWithAuthorization(payer, address(this), amount, validAfter, validBefore, nonce, v, r, s);
        _creditDeposit(payer, payer, amount, before);
    }

    /// @param before What the market held before the payment.
    function _creditDeposit(address account, address payer, uint128 amount, uint256 before) private {
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert TokenTransferMismatch(received, amount);

        balanceOf[account] += amount;
        emit Deposited(account, payer, amount);
    }

    /// @inheritdoc IInferenceMarket
    function withdraw(address to, uint128 amount) external nonReentrant {
        if (to == address(0)) revert AccountZero();
        if (amount == 0) revert AmountZero();

        _debit(msg.sender, amount);
        emit Withdrawn(msg.sender, to, amount);

        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IInferenceMarket
    function transfer(address to, uint128 amount) external nonReentrant {
        if (to == address(0)) revert AccountZero();

        _move(msg.sender, to, amount);
    }

    function _move(address from, address to, uint128 amount) private {
        if (amount == 0) revert AmountZero();

        _debit(from, amount);
        _creditAccount(to, amount);
        emit Transferred(from, to, amount);
    }

    function _creditAccount(address account, uint128 amount) internal override {
        balanceOf[account] += amount;
    }

    function _debit(address account, uint128 amount) private {
        uint128 balance = balanceOf[account];
        if (balance < amount) revert BalanceInsufficient(account, balance, amount);

        balanceOf[account] = balance - amount;
    }

    /* REQUEST */

    /// @inheritdoc IInferenceMarket
    function openRequest(Request calldata request) external nonReentrant whenNotPaused returns (RequestId id) {
        if (request.client != msg.sender) revert ClientMismatch(request.client, msg.sender);
        id = requestId(request);
        _debit(msg.sender, request.maxFee);
        _admit(request, id);
    }

    /// @inheritdoc IInferenceMarket
    function cancel(Request calldata request) external nonReentrant {
        if (request.client != msg.sender) revert ClientMismatch(request.client, msg.sender);
        RequestId id = requestId(request);
        _requireState(id, State.OPEN);

        _refund(request, id, request.maxFee, 0);
    }

    function _admit(Request calldata request, RequestId id) private {
        // Check: new, and as a request must be.
        Record storage record = _records[id];
        if (record.state != State.NONE) revert RequestExists(id);
        Terms memory terms = _terms[request.modelId];
        if (terms.bond == 0) {
            terms = IModelRegistry(modelRegistry).termsOf(request.modelId);
            _terms[request.modelId] = terms;
        }
        uint256 windows = CHALLENGE_WINDOW + DISPUTE_WINDOW;
        Admission.raise(Admission.faultOf(request, terms, windows, MAX_CALLBACK_GAS, nodeRegistry));

        record.advance(State.OPEN);
        emit RequestOpened(id, request.client, request.node, request);
    }

    /* SERVE */

    /// @inheritdoc IInferenceMarket
    function accept(Request calldata request) external nonReentrant {
        RequestId id = requestId(request);
        _requireState(id, State.OPEN);
        if (request.node != address(0) && request.node != msg.sender) revert NodeMismatch(msg.sender, request.node);
        _requireBefore(request.deliverBy);

        uint128 bond = _bondOf(request);
        Record storage record = _records[id];
        record.advance(State.ASSIGNED);
        record.subject = bytes20(msg.sender);
        emit RequestAccepted(id, msg.sender, bond);

        _lock(msg.sender, request, bond);
    }

    /// @inheritdoc IInferenceMarket
    function fulfil(
        Request calldata request,
        Result calldata result,
        Evidence kind,
        bytes calldata evidence
    ) external nonReentrant {
        RequestId id = requestId(request);
        _deliver(request, id, result, kind, evidence);
        _callConsumer(request, id, result.outputCommitment);
    }

    /// @inheritdoc IInferenceMarket
    function fulfilAndCall(
        Request calldata request,
        Result calldata result,
        Evidence kind,
        bytes calldata evidence,
        bytes calldata output
    ) external nonReentrant {
        RequestId id = requestId(request);
        if (request.consumer == address(0)) revert ConsumerMissing(id);
        bytes32 commitment = keccak256(output);
        if (commitment != result.outputCommitment) revert OutputMismatch(commitment, result.outputCommitment);

        _deliver(request, id, result, kind, evidence);
        Record storage record = _records[id];
        if (record.state != State.FINAL) revert NotFinal(id, record.state);

        IInferenceConsumer(request.consumer).onInference(id, request, record.evidence, commitment, output);
        emit ConsumerCalled(id, request.consumer, true);
    }

    function _deliver(
        Request calldata request,
        RequestId id,
        Result calldata result,
        Evidence kind,
        bytes calldata evidence
    ) private {
        Record storage record = _records[id];
        bool assigned = record.state == State.ASSIGNED;
        // Check: the caller may serve this request, in time, and charges units the model allows.
        if (!assigned) _requireState(id, State.OPEN);
        address expected = assigned ? _assignedNode(record) : request.node;
        if (result.node != msg.sender && !_isSettler(msg.sender)) revert NodeMismatch(result.node, msg.sender);
        if (expected != address(0) && expected != result.node) revert NodeMismatch(result.node, expected);
        _requireBefore(request.deliverBy);
        Terms memory terms = _termsOf(request);
        _checkUnits(result.units, terms);

        EvidenceSet present = NO_EVIDENCE.plus(Evidence.VANILLA);
        if (kind != Evidence.VANILLA) {
            _verify(request, id, result, kind, evidence, terms);
            present = present.plus(kind);
        } else if (evidence.length != 0) {
            revert EvidenceInvalid(id, kind);
        }
        bool immediate = Finality.isImmediate(present, request.requiredEvidence, terms.teeWindow);
        // An unproved answer to an open request could be copied from the mempool: its node must have been assigned.
        if (!immediate && expected == address(0)) revert AssignmentRequired(id);

        // Effect:
        _storeResult(record, id, result, present);

        if (immediate) {
            // An enclave key was admitted for this node and model; a proof may come from anybody.
            if (!assigned && kind != Evidence.TEE) _requireServing(result.node, request.modelId);
            _settle(request, id, record, result, assigned ? terms.bond + request.declaredValue : 0);
        } else {
            record.advance(State.DELIVERED);
            if (!assigned) {
                _lock(result.node, request, terms.bond + request.declaredValue);
            }
        }
    }

    /// @inheritdoc IInferenceMarket
    function rescue(
        Request calldata request,
        Result calldata result,
        Evidence kind,
        bytes calldata evidence
    ) external nonReentrant {
        RequestId id = requestId(request);
        Record storage record = _records[id];
        // Check: the assigned node is late, the caller serves the model, and its evidence leaves nothing open.
        _requireState(id, State.ASSIGNED);
        _requireFrom(request.deliverBy);
        _requireBefore(request.proveBy);
        address late = _assignedNode(record);
        if (result.node != msg.sender || msg.sender == late) revert NodeMismatch(result.node, msg.sender);
        _requireServing(msg.sender, request.modelId);
        Terms memory terms = _termsOf(request);
        _checkUnits(result.units, terms);
        if (kind == Evidence.VANILLA) revert EvidenceKindInvalid(kind);
        _verify(request, id, result, kind, evidence, terms);
        EvidenceSet present = NO_EVIDENCE.plus(Evidence.VANILLA).plus(kind);
        if (!Finality.isImmediate(present, request.requiredEvidence, terms.teeWindow)) {
            revert EvidenceInsufficient(present, request.requiredEvidence);
        }

        // Effect: the late client pays nothing; the late node pays the rescuer.
        uint128 bond = terms.bond + request.declaredValue;
        uint128 reward = bond / 2;
        record.advance(State.FINAL);
        _storeResult(record, id, result, present);
        balanceOf[request.client] += request.maxFee;
        _credit(msg.sender, reward);
        emit RequestRescued(id, msg.sender, late, reward);
        emit RequestFinal(id, msg.sender, present, Payout(0, 0, 0, request.maxFee));

        _slash(late, request, bond, reward);
        _callConsumer(request, id, result.outputCommitment);
    }

    function _storeResult(Record storage record, RequestId id, Result calldata result, EvidenceSet present) private {
        record.evidence = present;
        // The cast is exact: no request lasts beyond 2106.
        record.clock = uint32(block.timestamp);
        record.subject = subjectOf(result);
        emit ResultDelivered(id, result.node, result.outputCommitment, result.units, present);
    }

    function _assignedNode(Record storage record) private view returns (address) {
        return address(bytes20(record.subject));
    }

    function _requireServing(address node, bytes32 modelId) private view {
        if (!INodeRegistry(nodeRegistry).isServing(node, modelId)) revert INodeRegistry.NodeInactive(node);
    }

    function _checkUnits(uint40 units, Terms memory terms) private pure {
        if (terms.unitsPerInference != 0 && units != terms.unitsPerInference) {
            revert UnitsMismatch(units, terms.unitsPerInference);
        }
    }

    /* PROVE */

    /// @inheritdoc IInferenceMarket
    function prove(
        Request calldata request,
        Result calldata result,
        Evidence kind,
        bytes calldata evidence
    ) external nonReentrant {
        RequestId id = requestId(request);
        Record storage record = _records[id];
        Terms memory terms = _termsOf(request);
        // Check: the request still waits, for required evidence or for its window to close.
        _requireState(id, State.DELIVERED);
        _requireResult(id, result);
        if (kind == Evidence.VANILLA) revert EvidenceKindInvalid(kind);
        if (record.evidence.has(kind)) revert EvidencePresent(id, kind);
        uint40 end = _windowEnd(request, record, terms);
        if (end == 0) _requireBefore(request.proveBy);
        if (end != 0 && block.timestamp >= end) revert WindowClosed(id, end);
        _verify(request, id, result, kind, evidence, terms);

        EvidenceSet present = record.evidence.plus(kind);
        record.evidence = present;
        record.clock = uint32(block.timestamp);
        emit EvidenceAdded(id, kind, present);

        if (Finality.isImmediate(present, request.requiredEvidence, terms.teeWindow)) {
            _settle(request, id, record, result, terms.bond + request.declaredValue);
            _callConsumer(request, id, result.outputCommitment);
        }
    }

    function _verify(
        Request calldata request,
        RequestId id,
        Result calldata result,
        Evidence kind,
        bytes calldata evidence,
        Terms memory terms
    ) private view {
        // Its publisher may allow enclaves at any time: nobody who relied on challenges alone agreed to them.
        if (!terms.paths.has(kind)) revert IModelRegistry.PathUnavailable(request.modelId, kind);
        Statement memory statement = Statement(
            id,
            _resultDigest(id, result),
            request.modelId,
            request.inputCommitment,
            result
        );
        if (!IEvidenceVerifier(verifierOf(kind)).verify(statement, evidence)) revert EvidenceInvalid(id, kind);
    }

    /* DISPUTE */

    /// @inheritdoc IInferenceMarket
    function openDispute(Request calldata request, Result calldata result) external onlyCourt {
        RequestId id = requestId(request);
        _requireState(id, State.DELIVERED);
        _requireResult(id, result);
        uint40 end = _windowEnd(request, _records[id], _termsOf(request));
        if (end == 0) revert WindowNotStarted(id);
        if (block.timestamp >= end) revert WindowClosed(id, end);

        _records[id].advance(State.DISPUTED);
        emit DisputeOpened(id);
    }

    /// @inheritdoc IInferenceMarket
    function resolveDispute(
        Request calldata request,
        Result calldata result,
        Verdict verdict,
        uint16 recoveredBps
    ) external nonReentrant onlyCourt returns (uint128 recovered) {
        RequestId id = requestId(request);
        _requireState(id, State.DISPUTED);
        _requireResult(id, result);
        Record storage record = _records[id];
        uint128 bond = _bondOf(request);
        uint128 escrow = _escrowOf(request, result, record);
        emit DisputeResolved(id, verdict);

        if (verdict == Verdict.UPHELD) {
            _settle(request, id, record, result, bond);
            _callConsumer(request, id, result.outputCommitment);
        } else if (verdict == Verdict.REJECTED) {
            recovered = FeeSplit.shareDown(bond, recoveredBps);
            record.advance(State.REJECTED);
            balanceOf[request.client] += escrow;
            bonds += recovered;
            emit RequestRejected(id, result.node, bond);

            _slash(result.node, request, bond, recovered);
        } else {
            _refund(request, id, escrow, 0);
            _unlock(result.node, request, bond);
        }
    }

    /// @inheritdoc IInferenceMarket
    function takeBond(address account, uint128 amount) external nonReentrant onlyCourt {
        _debit(account, amount);
        bonds += amount;
        emit BondTaken(account, amount);
    }

    /// @inheritdoc IInferenceMarket
    function releaseBond(address account, uint128 amount) external nonReentrant onlyCourt {
        bonds -= amount;
        balanceOf[account] += amount;
        emit BondReleased(account, amount);
    }

    /// @inheritdoc IInferenceMarket
    function burnBond(uint128 amount) external nonReentrant onlyCourt {
        bonds -= amount;
        burned += amount;
        emit BondBurned(amount);
    }

    /// @inheritdoc IInferenceMarket
    function appointCourt(address court_) external onlyOwner {
        if (court != address(0)) revert CourtAlreadyAppointed(court);
        _requireAppointed(court_);

        court = court_;
        emit CourtAppointed(court_);
        _unpause();
    }

    /// @inheritdoc Guarded
    function unpause() public override {
        if (court == address(0)) revert CourtMissing();
        super.unpause();
    }

    /* SETTLERS */

    /// @inheritdoc IInferenceMarket
    function take(address account, uint128 amount) external nonReentrant onlySettler {
        _move(account, msg.sender, amount);
    }

    /// @inheritdoc IInferenceMarket
    function openSigned(Request calldata request) external nonReentrant onlySettler returns (RequestId id) {
        id = requestId(request);
        _debit(msg.sender, request.maxFee);
        _admit(request, id);
    }

    /// @inheritdoc IInferenceMarket
    function enterClaim(
        Request calldata request,
        Result calldata result,
        uint32 clock
    ) external nonReentrant onlySettler {
        RequestId id = requestId(request);
        Record storage record = _records[id];
        if (record.state != State.NONE) revert RequestExists(id);
        record.advance(State.OPEN);
        _debit(msg.sender, FeeSplit.feeOf(result.units, request.unitPrice, request.maxFee));
        emit RequestOpened(id, request.client, request.node, request);

        record.advance(State.DELIVERED);
        record.escrow = Escrow.FEE;
        _storeResult(record, id, result, NO_EVIDENCE.plus(Evidence.VANILLA));
        // It began when the claim was settled.
        record.clock = clock;
    }

    /// @inheritdoc IInferenceMarket
    function appointSettlers(address orderSettler_, address batchSettler_) external onlyOwner {
        if (court != address(0)) revert CourtAlreadyAppointed(court);
        if (orderSettler_ != address(0)) _requireAppointed(orderSettler_);
        if (batchSettler_ != address(0)) _requireAppointed(batchSettler_);

        (orderSettler, batchSettler) = (orderSettler_, batchSettler_);
        emit SettlersAppointed(orderSettler_, batchSettler_);
    }

    /// @dev One that the node registry does not know could lock no bond.
    function _requireAppointed(address account) private view {
        if (!INodeRegistry(nodeRegistry).isAppointed(account)) revert INodeRegistry.AppointmentMissing(account);
    }

    function _isSettler(address account) private view returns (bool) {
        return account == orderSettler || account == batchSettler;
    }

    /* SETTLE */

    /// @inheritdoc IInferenceMarket
    function finalize(Request calldata request, Result calldata result) external nonReentrant {
        RequestId id = requestId(request);
        _requireState(id, State.DELIVERED);
        _requireResult(id, result);
        Record storage record = _records[id];
        Terms memory terms = _termsOf(request);
        uint40 end = _windowEnd(request, record, terms);
        if (end == 0) revert WindowNotStarted(id);
        if (block.timestamp < end) revert WindowOpen(id, end);

        _settle(request, id, record, result, terms.bond + request.declaredValue);
        _callConsumer(request, id, result.outputCommitment);
    }

    /// @inheritdoc IInferenceMarket
    function refund(Request calldata request, Result calldata result) external nonReentrant {
        RequestId id = requestId(request);
        Record storage record = _records[id];
        State state = record.state;
        // Check: something the request needs can no longer come.
        bool waiting =
            state == State.OPEN ||
                state == State.ASSIGNED ||
                (state == State.DELIVERED && !record.evidence.includes(request.requiredEvidence));
        if (!waiting) revert StateMismatch(id, state);
        if (state == State.DELIVERED) _requireResult(id, result);
        uint40 deadline = state == State.DELIVERED ? request.proveBy : request.deliverBy;
        // A late request that no node answers for needs no more: nobody is slashed.
        bool decided = state == State.OPEN && block.timestamp >= deadline;
        bool possible = decided || _isPossible(request.modelId, request.requiredEvidence.minus(record.evidence));
        if (possible) _requireFrom(deadline);

        // Effect: lateness costs the bond, unless the evidence has become impossible for everybody.
        address node = state == State.DELIVERED ? result.node : _assignedNode(record);
        uint128 bond = state == State.OPEN ? 0 : _bondOf(request);
        _refund(request, id, request.maxFee, possible ? bond : 0);

        if (bond == 0) return;
        if (possible) _slash(node, request, bond, 0);
        else _unlock(node, request, bond);
    }

    function _refund(Request calldata request, RequestId id, uint128 escrow, uint128 slashed) private {
        _records[id].advance(State.REFUNDED);
        balanceOf[request.client] += escrow;
        emit RequestRefunded(id, request.client, escrow, slashed);
    }

    /// @dev What the market holds for a request that has this result.
    function _escrowOf(
        Request calldata request,
        Result calldata result,
        Record storage record
    ) private view returns (uint128) {
        if (record.escrow == Escrow.MAX_FEE) return request.maxFee;
        return FeeSplit.feeOf(result.units, request.unitPrice, request.maxFee);
    }

    /// @dev Whether every missing kind of evidence can still exist.
    function _isPossible(bytes32 modelId, EvidenceSet missing) private view returns (bool) {
        if (missing.has(Evidence.ZKML) && !Availability.isAvailable(ZKML_VERIFIER, modelId)) return false;
        return !missing.has(Evidence.TEE) || Availability.isAvailable(TEE_VERIFIER, modelId);
    }

    /// @dev Pays everybody their share of the escrow and returns the node's bond, if one is locked.
    function _settle(
        Request calldata request,
        RequestId id,
        Record storage record,
        Result calldata result,
        uint128 lockedBond
    ) private {
        record.advance(State.FINAL);

        uint128 fee = FeeSplit.feeOf(result.units, request.unitPrice, request.maxFee);
        Payout memory payout;
        payout.verification = FeeSplit.shareDown(fee, VERIFICATION_BPS);
        payout.data = request.dataNode == address(0) ? 0 : FeeSplit.shareDown(fee, DATA_BPS);
        payout.inference = fee - payout.verification - payout.data;
        payout.refund = record.escrow == Escrow.FEE ? 0 : request.maxFee - fee;

        _earn(result.node, payout.inference, payout.verification);
        _credit(request.dataNode, payout.data);
        if (payout.refund != 0) balanceOf[request.client] += payout.refund;
        emit RequestFinal(id, result.node, record.evidence, payout);

        if (lockedBond != 0) _unlock(result.node, request, lockedBond);
    }

    function _credit(address node, uint128 amount) private {
        if (amount != 0) balanceOf[INodeRegistry(nodeRegistry).payoutOf(node)] += amount;
    }

    /// @dev Calls the consumer of a final request with capped gas; neither its failure nor what it returns matters.
    function _callConsumer(Request calldata request, RequestId id, bytes32 outputCommitment) private {
        address consumer = request.consumer;
        if (consumer == address(0)) return;
        Record storage record = _records[id];
        if (record.state != State.FINAL) return;
        // A call passes on at most 63/64 of what is left; below that the caller could starve the consumer.
        uint256 callbackGas = request.callbackGas;
        uint256 needed = callbackGas + callbackGas / 63 + 10_000;
        if (gasleft() < needed) revert GasTooLow(gasleft(), needed);

        bytes memory data = abi.encodeCall(
            IInferenceConsumer.onInference,
            (id, request, record.evidence, outputCommitment, "")
        );
        bool succeeded;
        // Solidity would copy whatever the consumer returns: a megabyte of it would burn the caller's gas.
        assembly ("memory-safe") {
            succeeded := call(callbackGas, consumer, 0, add(data, 32), mload(data), 0, 0)
        }
        emit ConsumerCalled(id, consumer, succeeded);
    }

    /* VIEWS */

    /// @inheritdoc IInferenceMarket
    function requestId(Request calldata request) public view returns (RequestId) {
        return RequestId.wrap(_hashTypedDataV4(structHashOf(request)));
    }

    /// @inheritdoc IInferenceMarket
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IInferenceMarket
    function resultDigest(RequestId id, Result calldata result) external view returns (bytes32) {
        return _resultDigest(id, result);
    }

    function _resultDigest(RequestId id, Result calldata result) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(abi.encode(RESULT_TYPEHASH, id, result.outputCommitment, result.units, result.node))
            );
    }

    /// @inheritdoc IInferenceMarket
    function recordOf(RequestId id) external view returns (Record memory) {
        return _records[id];
    }

    /// @inheritdoc IInferenceMarket
    function finalAt(Request calldata request) public view returns (uint40) {
        Record storage record = _records[requestId(request)];
        return _windowEnd(request, record, _termsOf(request));
    }

    function _windowEnd(
        Request calldata request,
        Record storage record,
        Terms memory terms
    ) private view returns (uint40) {
        return
            Finality.windowEnd(
                record.evidence,
                request.requiredEvidence,
                record.clock,
                terms.teeWindow,
                CHALLENGE_WINDOW
            );
    }

    /// @inheritdoc IInferenceMarket
    function requireFinal(Request calldata request, Result calldata result, Reliance calldata reliance) external view {
        RequestId id = requestId(request);
        _requireState(id, State.FINAL);
        _requireResult(id, result);
        Record storage record = _records[id];
        if (
            request.modelId != reliance.modelId ||
            request.inputCommitment != reliance.inputCommitment ||
            !record.evidence.includes(reliance.evidence) ||
            request.declaredValue < reliance.declaredValue
        ) revert RelianceMismatch(id, reliance);
    }

    /// @inheritdoc IInferenceMarket
    function verifierOf(Evidence kind) public view returns (address) {
        if (kind == Evidence.ZKML) return ZKML_VERIFIER;
        if (kind == Evidence.TEE) return TEE_VERIFIER;
        revert EvidenceKindInvalid(kind);
    }

    /// @inheritdoc IInferenceMarket
    function parameters() external view returns (MarketParameters memory) {
        return
            MarketParameters({
                challengeWindow: CHALLENGE_WINDOW,
                disputeWindow: DISPUTE_WINDOW,
                longestOrder: LONGEST_ORDER,
                maxCallbackGas: MAX_CALLBACK_GAS,
                verificationBps: VERIFICATION_BPS,
                dataBps: DATA_BPS
            });
    }

    /* CHECKS AND REGISTRY CALLS */

    function _requireState(RequestId id, State expected) private view {
        State state = _records[id].state;
        if (state != expected) revert StateMismatch(id, state);
    }

    function _requireResult(RequestId id, Result calldata result) private view {
        if (_records[id].subject != subjectOf(result)) revert ResultMismatch(id);
    }

    function _requireBefore(uint40 deadline) private view {
        if (block.timestamp >= deadline) revert DeadlinePassed(deadline, block.timestamp);
    }

    function _requireFrom(uint40 deadline) private view {
        if (block.timestamp < deadline) revert DeadlinePending(deadline, block.timestamp);
    }

    function _termsOf(Request calldata request) private view returns (Terms memory terms) {
        terms = _terms[request.modelId];
        if (terms.bond == 0) terms = IModelRegistry(modelRegistry).termsOf(request.modelId);
    }

    function _bondOf(Request calldata request) private view returns (uint128) {
        return _termsOf(request).bond + request.declaredValue;
    }

    function _lock(address node, Request calldata request, uint128 bond) private {
        INodeRegistry(nodeRegistry).lockBond(node, request.modelId, bond);
    }

    function _unlock(address node, Request calldata request, uint128 bond) private {
        INodeRegistry(nodeRegistry).unlockBond(node, request.modelId, bond);
    }

    function _slash(address node, Request calldata request, uint128 bond, uint128 recovered) private {
        INodeRegistry(nodeRegistry).slashBond(node, request.modelId, bond, recovered);
    }
}
