// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {Groth16Verifier} from "../../contracts/evidence/Groth16Verifier.sol";
import {IGroth16Verifier} from "../../contracts/interfaces/IGroth16Verifier.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {Proof, VerifyingKey} from "../../contracts/types/VerifyingKey.sol";
import {Bn254Points} from "../support/Bn254Points.sol";
import {newGroth16Verifier} from "../support/Deployer.sol";
import {vm} from "../support/Vm.sol";

/// @dev A key with known secrets. The error of a proof is A's logarithm less what it should be; adding to C's logarithm adds as
/// much to the error, since delta is -g2. Real proofs are in Groth16Verifier.test.ts.
contract Groth16VerifierBatchTest {
    uint256 private constant ALPHA = 11;
    uint256 private constant ORDER = Bn254.SCALAR_FIELD;
    address private constant MULTIPLY = address(7);
    uint256 private constant ERROR = 1_000_003;

    Groth16Verifier private _verifier;
    uint256[] private _weights = [3, 5, 13, 17];
    bytes32 private _keyId;

    function setUp() external {
        _verifier = newGroth16Verifier();
        _keyId = _verifier.registerKey(Bn254Points.key(ALPHA, _weights));
    }

    /* TRUE AND FALSE */

    function test_TrueStatementsVerify() external view {
        uint256[6] memory counts = [uint256(1), 2, 3, 4, 16, 32];
        for (uint256 i = 0; i < counts.length; ++i) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(counts[i]);
            vm.assertTrue(_verify(proofs, signals), Strings.toString(counts[i]));
        }
    }

    function test_OneAndTheSameProofManyTimes() external view {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(3);
        (proofs[1], signals[1]) = (proofs[0], signals[0]);
        vm.assertTrue(_verify(proofs, signals), "twice");
    }

    function test_OneForgedProofAmongMany() external view {
        for (uint256 count = 1; count <= 16; count *= 4) {
            for (uint256 i = 0; i < count; ++i) {
                (Proof[] memory proofs, uint256[][] memory signals) = _batch(count);
                proofs[i] = _prove(signals[i], i, ERROR);
                vm.assertFalse(_verify(proofs, signals), "forged");
            }
        }
    }

    function test_SwappedSignals() external view {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(4);
        (signals[1], signals[2]) = (signals[2], signals[1]);
        vm.assertFalse(_verify(proofs, signals), "of two proofs");
        (proofs[1], proofs[2]) = (proofs[2], proofs[1]);
        vm.assertTrue(_verify(proofs, signals), "with their proofs");
        (signals[3][0], signals[3][1]) = (signals[3][1], signals[3][0]);
        vm.assertFalse(_verify(proofs, signals), "of one proof");
    }

    function test_NegatedProofs() external view {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(3);
        proofs[1].a[1] = Bn254.BASE_FIELD - proofs[1].a[1];
        vm.assertFalse(_verify(proofs, signals), "A alone");
        proofs[1].b = Bn254Points.minusG2();
        vm.assertTrue(_verify(proofs, signals), "A and B");
        proofs[1].c[1] = Bn254.BASE_FIELD - proofs[1].c[1];
        vm.assertFalse(_verify(proofs, signals), "A, B and C");
    }

    function test_TheKeyOfOtherProofs() external {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(3);
        bytes32 keyId = _verifier.registerKey(Bn254Points.key(ALPHA + 1, _weights));
        vm.assertFalse(_verifier.verifyBatch(keyId, proofs, signals), "all of another key");
        for (uint256 i = 0; i < 3; ++i) proofs[i] = _prove(signals[i], i, i == 1 ? 0 : 1);
        vm.assertFalse(_verifier.verifyBatch(keyId, proofs, signals), "one of another key");
    }

    /// @dev The conjunction of single verifications, whatever is in the batch.
    function testFuzz_ABatchVerifiesExactlyWhenAllItsProofsDo(uint256 seed) external view {
        seed = uint256(keccak256(abi.encode(seed)));
        uint256 count = 1 + (seed % 5);
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(count);
        bool all = true;
        for (uint256 i = 0; i < count; ++i) {
            // Three kinds verify and eight do not: half of the batches are of good ones alone.
            uint256 kind = uint256(keccak256(abi.encode(seed, i))) % (seed & (1 << 255) == 0 ? 3 : 11);
            _change(kind, proofs[i], signals[i], i);
            bool single = _verifier.verify(_keyId, proofs[i], signals[i]);
            vm.assertEq(single, kind < 3, string.concat("kind ", Strings.toString(kind)));
            all = all && single;
        }
        vm.assertEq(_verify(proofs, signals), all, "the batch");
    }

    function _change(uint256 kind, Proof memory proof, uint256[] memory signals, uint256 i) private view {
        if (kind == 1) (proof.a[1], proof.b) = (Bn254.BASE_FIELD - proof.a[1], Bn254Points.minusG2());
        if (kind == 2) (proof.a, proof.c) = (Bn254Points.g1(_logarithmOfA(signals, 0)), [uint256(0), 0]);
        if (kind == 3) proof.a = _prove(signals, i, ERROR).a;
        if (kind == 4) proof.c = Bn254Points.g1(_c(i) + ERROR);
        if (kind == 5) signals[2] = addmod(signals[2], 1, ORDER);
        if (kind == 6) proof.b = Bn254Points.minusG2();
        if (kind == 7) proof.a = Bn254Points.badG1()[i % 4];
        if (kind == 8) proof.b = Bn254Points.badG2()[i % 5];
        if (kind == 9) proof.c = Bn254Points.badG1()[1 + (i % 3)];
        if (kind == 10) (proof.a, proof.c) = ([uint256(0), 0], Bn254Points.g1(_logarithmOfA(signals, 0)));
    }

    /* ERRORS THAT CANCEL */

    function test_ErrorsThatCancelInAPlainSum() external view {
        for (uint256 count = 2; count <= 16; count *= 2) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(count);
            proofs[0].c = Bn254Points.g1(_c(0) + ERROR);
            proofs[count - 1].c = Bn254Points.g1(_c(count - 1) + ORDER - ERROR);
            vm.assertTrue(_sumVerifies(proofs, signals), "the sum");
            vm.assertFalse(_verify(proofs, signals), "the batch");
        }
    }

    function test_ErrorsOfAAndOfSignalsThatCancelInAPlainSum() external view {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(3);
        proofs[0] = _prove(signals[0], 0, ERROR);
        proofs[1] = _prove(signals[1], 1, ERROR);
        proofs[2] = _prove(signals[2], 2, ORDER - 2 * ERROR);
        vm.assertTrue(_sumVerifies(proofs, signals), "the sum, A");
        vm.assertFalse(_verify(proofs, signals), "the batch, A");

        (proofs, signals) = _batch(3);
        signals[0][1] = addmod(signals[0][1], ERROR, ORDER);
        signals[2][1] = addmod(signals[2][1], ORDER - ERROR, ORDER);
        vm.assertTrue(_sumVerifies(proofs, signals), "the sum, signals");
        vm.assertFalse(_verify(proofs, signals), "the batch, signals");
    }

    /// @dev The coefficients' sum is one, not zero: equal errors do not cancel either.
    function test_EqualErrors() external view {
        for (uint256 count = 1; count <= 8; count *= 2) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(count);
            for (uint256 i = 0; i < count; ++i) proofs[i] = _prove(signals[i], i, ERROR);
            vm.assertFalse(_verify(proofs, signals), "equal errors");
        }
    }

    /// @dev Whoever could keep the coefficients and then change any part of the batch would have the errors cancel.
    function test_ErrorsThatCancelUnderTheCoefficientsBeforeAChange() external view {
        for (uint256 part = 0; part < 3; ++part) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(2);
            proofs[1] = _prove(signals[1], 1, ERROR);
            uint256[2] memory r = _coefficientsOfTwo(proofs, signals);
            uint256 needed = mulmod(ORDER - mulmod(r[1], ERROR, ORDER), Math.invMod(r[0], ORDER), ORDER);
            uint256 sum = addmod(mulmod(r[0], needed, ORDER), mulmod(r[1], ERROR, ORDER), ORDER);
            vm.assertEq(sum, 0, "the errors cancel");

            if (part == 0) proofs[0] = _prove(signals[0], 0, needed);
            if (part == 1) proofs[0].c = Bn254Points.g1(addmod(_c(0), needed, ORDER));
            uint256 perSignal = mulmod(needed, Math.invMod(_weights[1], ORDER), ORDER);
            if (part == 2) signals[0][0] = addmod(signals[0][0], ORDER - perSignal, ORDER);
            vm.assertFalse(_verify(proofs, signals), "part of the batch");
        }
    }

    /// @dev Of the whole call: no word of it can be changed without changing them.
    function test_CoefficientsAreOfTheWholeBatch() external {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(2);
        uint256[2] memory r = _coefficientsOfTwo(proofs, signals);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectCall(MULTIPLY, abi.encode(proofs[i].a, r[i]));
            vm.expectCall(MULTIPLY, abi.encode(proofs[i].c, r[i]));
        }
        vm.assertTrue(_verify(proofs, signals), "verified");
    }

    function _coefficientsOfTwo(
        Proof[] memory proofs,
        uint256[][] memory signals
    ) private view returns (uint256[2] memory r) {
        bytes32 seed = keccak256(abi.encodeCall(_verifier.verifyBatch, (_keyId, proofs, signals)));
        r[1] = uint256(keccak256(abi.encode(seed, 1))) % ORDER;
        r[0] = addmod(1, ORDER - r[1], ORDER);
    }

    /// @dev With one as every coefficient.
    function _sumVerifies(Proof[] memory proofs, uint256[][] memory signals) private view returns (bool) {
        VerifyingKey memory key = Bn254Points.key(ALPHA, _weights);
        uint256[2][3] memory sums; // alpha, statement, C
        bytes memory pairs;
        for (uint256 i = 0; i < proofs.length; ++i) {
            uint256[2] memory a = proofs[i].a;
            pairs = bytes.concat(pairs, abi.encode(a[0], (Bn254.BASE_FIELD - a[1]) % Bn254.BASE_FIELD, proofs[i].b));
            Bn254.multiplyAdd(sums[0], key.alpha, 1);
            Bn254.multiplyAdd(sums[1], key.ic[0], 1);
            for (uint256 j = 0; j < 3; ++j) Bn254.multiplyAdd(sums[1], key.ic[j + 1], signals[i][j]);
            Bn254.multiplyAdd(sums[2], proofs[i].c, 1);
        }
        bytes memory right = abi.encode(sums[0], key.beta, sums[1], key.gamma, sums[2], key.delta);
        return Bn254.pairingIsOne(bytes.concat(pairs, right));
    }

    /* MALFORMED POINTS */

    function test_MalformedPointsAreFalse() external view {
        for (uint256 at = 0; at < 3; ++at) {
            (Proof[] memory good, uint256[][] memory signals) = _batch(3);
            bytes memory copy = abi.encode(good);
            uint256[2][4] memory badG1 = Bn254Points.badG1();
            for (uint256 i = 0; i < badG1.length; ++i) {
                Proof[] memory proofs = abi.decode(copy, (Proof[]));
                proofs[at].a = badG1[i];
                vm.assertFalse(_verify(proofs, signals), "A");
                proofs[at].a = good[at].a;
                proofs[at].c = badG1[i];
                vm.assertFalse(_verify(proofs, signals), "C");
            }
            uint256[4][5] memory badG2 = Bn254Points.badG2();
            for (uint256 i = 0; i < badG2.length; ++i) {
                Proof[] memory proofs = abi.decode(copy, (Proof[]));
                proofs[at].b = badG2[i];
                vm.assertFalse(_verify(proofs, signals), "B");
            }
        }
    }

    /// @dev Also where the equation holds: no honest proof has the identity as A. As C it is a point like any other.
    function test_IdentityPoints() external view {
        for (uint256 i = 0; i < 3; ++i) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(3);
            uint256 logarithm = _logarithmOfA(signals[i], 0);
            (proofs[i].a, proofs[i].c) = ([uint256(0), 0], Bn254Points.g1(logarithm));
            vm.assertTrue(_sumVerifies(proofs, signals), "A, the equation");
            vm.assertFalse(_verify(proofs, signals), "A");
            (proofs[i].a, proofs[i].c) = (Bn254Points.g1(logarithm), [uint256(0), 0]);
            vm.assertTrue(_verify(proofs, signals), "C");
        }
    }

    /// @dev A failing precompile keeps the gas it was given.
    function test_AMalformedProofCannotBurnAllGas() external view {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(4);
        proofs[3].b = Bn254Points.outsideG2();

        uint256 before = gasleft();
        bool verified = _verify(proofs, signals);
        uint256 used = before - gasleft();

        vm.assertFalse(verified, "malformed");
        vm.assertGt(before, 5_000_000, "gas at hand");
        vm.assertLt(used, 480_000, "gas burnt");
    }

    /* GAS */

    function test_VerifiesWithinGas() external {
        uint256[5] memory counts = [uint256(1), 4, 16, 32, 64];
        uint256[5] memory limits = [uint256(232_000), 380_000, 990_000, 1_810_000, 3_480_000];
        for (uint256 i = 0; i < counts.length; ++i) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(counts[i]);
            bytes memory call = abi.encodeCall(_verifier.verifyBatch, (_keyId, proofs, signals));
            Groth16Verifier verifier = _verifier;
            vm.cool(address(verifier));

            uint256 before = gasleft();
            (bool success, bytes memory output) = address(verifier).staticcall(call);
            uint256 used = before - gasleft();

            vm.assertTrue(success && abi.decode(output, (bool)), "verified");
            vm.assertLe(used, limits[i], "gas, with the cold call, pointer and key");
        }
    }

    /// @dev Whoever brings good proofs with too little gas must not get a false.
    function test_TooLittleGasRevertsAndIsNeverFalse() external view {
        uint256[4] memory counts = [uint256(1), 2, 7, 20];
        for (uint256 i = 0; i < counts.length; ++i) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(counts[i]);
            _sweepGas(_keyId, proofs, signals, 350_000 + 70_000 * counts[i]);
        }
    }

    function test_TooLittleGasForManySignals() external {
        uint256[] memory weights = _counting(65);
        bytes32 keyId = _verifier.registerKey(Bn254Points.key(ALPHA, weights));
        Proof[] memory proofs = new Proof[](5);
        uint256[][] memory signals = new uint256[][](5);
        for (uint256 i = 0; i < 5; ++i) {
            signals[i] = _counting(64);
            signals[i][i] = ORDER - 1;
            proofs[i] = Bn254Points.proof(Bn254Points.logarithmOfA(ALPHA, weights, signals[i], _c(i)), _c(i));
        }
        _sweepGas(keyId, proofs, signals, 1_600_000);
    }

    function _sweepGas(bytes32 keyId, Proof[] memory proofs, uint256[][] memory signals, uint256 most) private view {
        uint256 passed;
        uint256 refused;
        for (uint256 gasLimit = most / 20; gasLimit < most; gasLimit += most / 150) {
            try _verifier.verifyBatch{gas: gasLimit}(keyId, proofs, signals) returns (bool verified) {
                vm.assertTrue(verified, "false for want of gas");
                ++passed;
            } catch (bytes memory reason) {
                if (bytes4(reason) == IGroth16Verifier.VerificationGasTooLow.selector) ++refused;
            }
        }
        vm.assertGt(passed, 3, "enough gas");
        vm.assertGt(refused, 50, "too little gas");
    }

    /* REVERTS */

    function test_RevertWhen_TheBatchIsEmpty() external {
        vm.expectRevert(IGroth16Verifier.BatchEmpty.selector);
        _verify(new Proof[](0), new uint256[][](0));
    }

    function test_RevertWhen_KeyIsUnknown() external {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(2);
        bytes32 unknown = keccak256("unknown");

        vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.KeyUnknown.selector, unknown));
        _verifier.verifyBatch(unknown, proofs, signals);
    }

    function test_RevertWhen_ProofsAndSignalsDifferInNumber() external {
        (Proof[] memory proofs, uint256[][] memory signals) = _batch(3);
        (Proof[] memory fewer, uint256[][] memory fewerSignals) = _batch(2);

        vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.SignalCountMismatch.selector, 2, 3));
        _verify(proofs, fewerSignals);
        vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.SignalCountMismatch.selector, 3, 2));
        _verify(fewer, signals);
    }

    function test_RevertWhen_SignalCountIsWrong() external {
        uint256[3] memory counts = [uint256(0), 2, 4];
        for (uint256 i = 0; i < counts.length; ++i) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(3);
            signals[i] = new uint256[](counts[i]);
            vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.SignalCountMismatch.selector, counts[i], 3));
            _verify(proofs, signals);
        }
    }

    /// @dev Without the check the aliases would verify: the combination reduces them.
    function test_RevertWhen_ASignalIsAliased() external {
        for (uint256 i = 0; i < 9; ++i) {
            (Proof[] memory proofs, uint256[][] memory signals) = _batch(3);
            uint256 signal = signals[i / 3][i % 3] + ORDER;
            signals[i / 3][i % 3] = signal;
            vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.SignalAliased.selector, i % 3, signal));
            _verify(proofs, signals);
        }
    }

    /* HELPERS */

    function _verify(Proof[] memory proofs, uint256[][] memory signals) private view returns (bool) {
        return _verifier.verifyBatch(_keyId, proofs, signals);
    }

    /// @dev True statements; the first has signals at the edges of the field.
    function _batch(uint256 count) private view returns (Proof[] memory proofs, uint256[][] memory signals) {
        proofs = new Proof[](count);
        signals = new uint256[][](count);
        for (uint256 i = 0; i < count; ++i) {
            signals[i] = new uint256[](3);
            for (uint256 j = 0; j < 3; ++j) signals[i][j] = uint256(keccak256(abi.encode(i, j))) % ORDER;
            if (i == 0) (signals[i][0], signals[i][1]) = (0, ORDER - 1);
            proofs[i] = _prove(signals[i], i, 0);
        }
    }

    /// @dev For place `i` of the batch, with `offset` as its error.
    function _prove(uint256[] memory signals, uint256 i, uint256 offset) private view returns (Proof memory) {
        return Bn254Points.proof(addmod(_logarithmOfA(signals, _c(i)), offset, ORDER), _c(i));
    }

    function _logarithmOfA(uint256[] memory signals, uint256 c) private view returns (uint256) {
        return Bn254Points.logarithmOfA(ALPHA, _weights, signals, c);
    }

    /// @dev Logarithm of C in place `i` of the batch.
    function _c(uint256 i) private pure returns (uint256) {
        return 7 * (i + 1);
    }

    function _counting(uint256 length) private pure returns (uint256[] memory numbers) {
        numbers = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) numbers[i] = 1 + i;
    }
}
