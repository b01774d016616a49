// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Groth16Verifier} from "../../contracts/evidence/Groth16Verifier.sol";
import {IGroth16Verifier} from "../../contracts/interfaces/IGroth16Verifier.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {Proof, VerifyingKey} from "../../contracts/types/VerifyingKey.sol";
import {Bn254Points} from "../support/Bn254Points.sol";
import {vm} from "../support/Vm.sol";
import {newGroth16Verifier} from "../support/Deployer.sol";

/// @dev Keys here have known secrets, so that true and false statements can be made at will; a real circuit and ceremony
/// are in Groth16Verifier.test.ts.
contract Groth16VerifierTest {
    uint256 private constant ALPHA = 11;
    uint256 private constant C = 7;
    uint256 private constant LOCAL_CHAIN = 31_337;
    uint256 private constant OTHER_CHAIN = 84_532_001;

    Groth16Verifier private _verifier;
    uint256[] private _weights = [3, 5, 13, 17];
    uint256[] private _signals = [101, 103, 107];
    bytes32 private _keyId;

    function setUp() external {
        _verifier = newGroth16Verifier();
        _keyId = _verifier.registerKey(_key());
    }

    /* KEYS */

    function test_RegisterStoresTheKeyUnderTheHashOfItsEncoding() external view {
        VerifyingKey memory key = _key();

        vm.assertEq(_keyId, keccak256(abi.encode(key)), "id");
        vm.assertTrue(_verifier.isRegistered(_keyId), "registered");
        vm.assertEq(abi.encode(_verifier.keyOf(_keyId)), abi.encode(key), "stored key");
    }

    function test_RegisterEmits() external {
        VerifyingKey memory key = _otherKey();
        key.development = true;

        vm.expectEmit(address(_verifier));
        emit IGroth16Verifier.VerifyingKeyRegistered(keccak256(abi.encode(key)), 3, true);
        _verifier.registerKey(key);
    }

    function test_RevertWhen_KeyIsRegisteredTwice() external {
        _refuse(_key(), abi.encodeWithSelector(IGroth16Verifier.KeyAlreadyRegistered.selector, _keyId));
    }

    function test_RevertWhen_GammaIsDelta() external {
        VerifyingKey memory key = _otherKey();
        key.gamma = Bn254Points.minusG2();

        _refuse(key, abi.encodeWithSelector(IGroth16Verifier.KeyWithoutPhase2.selector));
    }

    function test_RevertWhen_DeltaIsTheGenerator() external {
        VerifyingKey memory key = _otherKey();
        key.gamma = Bn254Points.minusG2();
        key.delta = Bn254Points.g2();

        _refuse(key, abi.encodeWithSelector(IGroth16Verifier.KeyWithoutPhase2.selector));
    }

    function test_RevertWhen_SignalsAreNoneOrTooMany() external {
        uint256[2] memory lengths = [uint256(1), 66];
        for (uint256 i = 0; i < lengths.length; ++i) {
            VerifyingKey memory key = Bn254Points.key(ALPHA, _counting(lengths[i]));
            _refuse(key, abi.encodeWithSelector(IGroth16Verifier.KeySignalsInvalid.selector, lengths[i]));
        }
        VerifyingKey memory empty = _otherKey();
        empty.ic = new uint256[2][](0);
        _refuse(empty, abi.encodeWithSelector(IGroth16Verifier.KeySignalsInvalid.selector, 0));
    }

    function test_OneAndSixtyFourSignalsVerify() external {
        uint256[2] memory counts = [uint256(1), 64];
        for (uint256 i = 0; i < counts.length; ++i) {
            uint256[] memory weights = _counting(counts[i] + 1);
            uint256[] memory signals = _counting(counts[i]);
            bytes32 keyId = _verifier.registerKey(Bn254Points.key(ALPHA, weights));
            uint256 a = Bn254Points.logarithmOfA(ALPHA, weights, signals, C);

            vm.assertTrue(_verifier.verify(keyId, Bn254Points.proof(a, C), signals), "true statement");
            vm.assertFalse(_verifier.verify(keyId, Bn254Points.proof(a + 1, C), signals), "false statement");
        }
    }

    function test_RevertWhen_APointOfG1IsInvalid() external {
        uint256[2][4] memory bad = Bn254Points.badG1();
        for (uint256 i = 0; i < bad.length; ++i) {
            VerifyingKey memory key = _otherKey();
            key.alpha = bad[i];
            _refusePoint(key, 0);
            for (uint256 j = 0; j < 4; ++j) {
                key = _otherKey();
                key.ic[j] = bad[i];
                _refusePoint(key, 4 + j);
            }
        }
    }

    function test_RevertWhen_APointOfG2IsInvalid() external {
        uint256[4][5] memory bad = Bn254Points.badG2();
        for (uint256 i = 0; i < bad.length; ++i) {
            VerifyingKey memory key = _otherKey();
            key.beta = bad[i];
            _refusePoint(key, 1);
            key = _otherKey();
            key.gamma = bad[i];
            _refusePoint(key, 2);
            key = _otherKey();
            key.delta = bad[i];
            _refusePoint(key, 3);
        }
    }

    function test_ThePointOutsideG2IsOnTheTwist() external pure {
        uint256[4] memory point = Bn254Points.outsideG2();
        uint256 prime = Bn254.BASE_FIELD;
        // x = 1, so that y^2 = 1 + 3 / (9 + i), whose value is the twist's constant plus one.
        uint256 squareRe = addmod(mulmod(point[3], point[3], prime), prime - mulmod(point[2], point[2], prime), prime);
        uint256 squareIm = mulmod(2, mulmod(point[2], point[3], prime), prime);
        uint256 left = addmod(mulmod(9, addmod(squareRe, prime - 1, prime), prime), prime - squareIm, prime);
        uint256 right = addmod(mulmod(9, squareIm, prime), addmod(squareRe, prime - 1, prime), prime);

        vm.assertEq(left, 3, "real part of (y^2 - 1)(9 + i)");
        vm.assertEq(right, 0, "imaginary part");
    }

    /* DEVELOPMENT KEYS */

    function test_DevelopmentKeysAreForLocalChains() external {
        VerifyingKey memory key = _otherKey();
        key.development = true;

        vm.chainId(OTHER_CHAIN);
        _refuse(key, abi.encodeWithSelector(IGroth16Verifier.KeyDevelopmentRefused.selector, OTHER_CHAIN));
        vm.chainId(1);
        _refuse(key, abi.encodeWithSelector(IGroth16Verifier.KeyDevelopmentRefused.selector, 1));
        vm.chainId(1_337);
        _verifier.registerKey(key);
        key.alpha = Bn254Points.g1(ALPHA + 2);
        vm.chainId(LOCAL_CHAIN);
        _verifier.registerKey(key);
    }

    function test_RevertWhen_AKeyWithTheDevelopmentAlphaIsUnmarked() external {
        VerifyingKey memory key = _key();
        key.alpha = _developmentAlpha();
        bytes memory refusal = abi.encodeWithSelector(IGroth16Verifier.KeyDevelopmentUnmarked.selector);

        _refuse(key, refusal);
        vm.chainId(OTHER_CHAIN);
        _refuse(key, refusal);
        key.development = true;
        _refuse(key, abi.encodeWithSelector(IGroth16Verifier.KeyDevelopmentRefused.selector, OTHER_CHAIN));
        vm.chainId(LOCAL_CHAIN);
        vm.assertTrue(_verifier.isRegistered(_verifier.registerKey(key)), "marked, on a local chain");
    }

    function test_KeysSharingOneCoordinateWithTheDevelopmentAlphaAreNotDevelopmentKeys() external {
        VerifyingKey memory key = _key();
        key.alpha = _developmentAlpha();
        key.alpha[1] = Bn254.BASE_FIELD - key.alpha[1];

        vm.assertTrue(_verifier.isRegistered(_verifier.registerKey(key)), "registered");
    }

    function test_OtherKeysAreForAllChains() external {
        vm.chainId(OTHER_CHAIN);
        vm.assertTrue(_verifier.isRegistered(_verifier.registerKey(_otherKey())), "registered");
    }

    /* PROOFS */

    /// @dev 199,450 of it are the precompiles'; with `abi.encode` and `abi.decode` only it was about 232,000.
    function test_VerifiesWithin213000Gas() external view {
        Groth16Verifier verifier = _verifier;
        bytes memory call = abi.encodeCall(verifier.verify, (_keyId, _proof(), _signals));

        uint256 before = gasleft();
        (bool success, bytes memory output) = address(verifier).staticcall(call);
        uint256 used = before - gasleft();

        vm.assertTrue(success && abi.decode(output, (bool)), "verified");
        vm.assertLe(used, 213_000, "gas, with the cold call, pointer and key");
    }

    function testFuzz_VerifiesTrueStatementsOnly(
        uint256 alpha,
        uint256[4] memory weights,
        uint256[3] memory signals,
        uint256 c,
        uint256 offset
    ) external {
        uint256 order = Bn254.SCALAR_FIELD;
        alpha = 1 + (alpha % (order - 1));
        uint256[] memory ws = new uint256[](4);
        for (uint256 i = 0; i < 4; ++i) ws[i] = 1 + (weights[i] % (order - 1));
        uint256[] memory ss = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) ss[i] = signals[i] % order;
        bytes32 keyId = _verifier.registerKey(Bn254Points.key(alpha, ws));
        uint256 a = Bn254Points.logarithmOfA(alpha, ws, ss, c);
        uint256 wrong = addmod(a, 1 + (offset % (order - 1)), order);

        vm.assertTrue(_verifier.verify(keyId, Bn254Points.proof(a, c), ss), "true statement");
        vm.assertFalse(_verifier.verify(keyId, Bn254Points.proof(wrong, c), ss), "false statement");
    }

    function test_SignalsAtTheEdgesOfTheField() external view {
        uint256[3] memory edges = [uint256(0), 1, Bn254.SCALAR_FIELD - 1];
        for (uint256 i = 0; i < edges.length; ++i) {
            uint256[] memory signals = _signals;
            signals[i] = edges[i];
            uint256 a = Bn254Points.logarithmOfA(ALPHA, _weights, signals, C);
            vm.assertTrue(_verifier.verify(_keyId, Bn254Points.proof(a, C), signals), "edge");
        }
    }

    function test_IdentityPointsProveNothing() external view {
        for (uint256 identities = 1; identities < 8; ++identities) {
            Proof memory proof = _proof();
            if (identities & 1 != 0) delete proof.a;
            if (identities & 2 != 0) delete proof.b;
            if (identities & 4 != 0) delete proof.c;
            vm.assertFalse(_verifier.verify(_keyId, proof, _signals), "identity");
        }
        uint256 c = Bn254Points.logarithmOfA(ALPHA, _weights, _signals, 0);
        vm.assertFalse(_verifier.verify(_keyId, Bn254Points.proof(0, c), _signals), "A, where the equation holds");
    }

    function test_MalformedPointsOfG1AreFalse() external view {
        uint256[2][4] memory bad = Bn254Points.badG1();
        for (uint256 i = 0; i < bad.length; ++i) {
            Proof memory proof = _proof();
            proof.a = bad[i];
            vm.assertFalse(_verifier.verify(_keyId, proof, _signals), "A");
            proof = _proof();
            proof.c = bad[i];
            vm.assertFalse(_verifier.verify(_keyId, proof, _signals), "C");
        }
    }

    function test_MalformedPointsOfG2AreFalse() external view {
        uint256[4][5] memory bad = Bn254Points.badG2();
        for (uint256 i = 0; i < bad.length; ++i) {
            Proof memory proof = _proof();
            proof.b = bad[i];
            vm.assertFalse(_verifier.verify(_keyId, proof, _signals), "B");
        }
    }

    function test_CoordinatesOutsideTheFieldAreFalse() external view {
        for (uint256 i = 0; i < 8; ++i) {
            Proof memory proof = _proof();
            if (i < 2) proof.a[i] += Bn254.BASE_FIELD;
            else if (i < 6) proof.b[i - 2] += Bn254.BASE_FIELD;
            else proof.c[i - 6] += Bn254.BASE_FIELD;
            vm.assertFalse(_verifier.verify(_keyId, proof, _signals), "coordinate");
        }
        Proof memory largest = _proof();
        largest.a[1] = type(uint256).max;
        vm.assertFalse(_verifier.verify(_keyId, largest, _signals), "largest");
    }

    /// @dev A failing precompile keeps the gas it was given.
    function test_AMalformedProofCannotBurnAllGas() external view {
        Proof memory proof = _proof();
        proof.b = Bn254Points.outsideG2();

        uint256 before = gasleft();
        bool verified = _verifier.verify(_keyId, proof, _signals);
        uint256 used = before - gasleft();

        vm.assertFalse(verified, "malformed");
        vm.assertGt(before, 5_000_000, "gas at hand");
        vm.assertLt(used, 270_000, "gas burnt");
    }

    /// @dev Whoever brings a good proof with too little gas must not get a false.
    function test_TooLittleGasRevertsAndIsNeverFalse() external view {
        Proof memory proof = _proof();
        uint256 passed;
        for (uint256 gasLimit = 1_000; gasLimit < 330_000; gasLimit += 1_009) {
            try _verifier.verify{gas: gasLimit}(_keyId, proof, _signals) returns (bool verified) {
                vm.assertTrue(verified, "false for want of gas");
                ++passed;
            } catch {}
        }
        vm.assertGt(passed, 10, "enough gas");
        vm.assertLt(passed, 100, "too little gas");
    }

    function test_RevertWhen_GasIsTooLow() external {
        Proof memory proof = _proof();

        vm.expectPartialRevert(IGroth16Verifier.VerificationGasTooLow.selector);
        _verifier.verify{gas: 250_000}(_keyId, proof, _signals);
    }

    function test_RevertWhen_KeyIsUnknown() external {
        bytes32 unknown = keccak256("unknown");
        vm.assertFalse(_verifier.isRegistered(unknown), "registered");
        bytes memory refusal = abi.encodeWithSelector(IGroth16Verifier.KeyUnknown.selector, unknown);
        Proof memory proof = _proof();

        vm.expectRevert(refusal);
        _verifier.verify(unknown, proof, _signals);
        vm.expectRevert(refusal);
        _verifier.keyOf(unknown);
    }

    function test_RevertWhen_SignalCountIsWrong() external {
        uint256[3] memory counts = [uint256(0), 2, 4];
        Proof memory proof = _proof();
        for (uint256 i = 0; i < counts.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.SignalCountMismatch.selector, counts[i], 3));
            _verifier.verify(_keyId, proof, new uint256[](counts[i]));
        }
    }

    /// @dev Without the check the aliases would verify: the precompile reduces its scalar.
    function test_RevertWhen_ASignalIsAliased() external {
        Proof memory proof = _proof();
        for (uint256 i = 0; i < 3; ++i) {
            uint256[3] memory aliases = [_signals[i] + Bn254.SCALAR_FIELD, Bn254.SCALAR_FIELD, type(uint256).max];
            for (uint256 j = 0; j < aliases.length; ++j) {
                uint256[] memory signals = _signals;
                signals[i] = aliases[j];
                vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.SignalAliased.selector, i, aliases[j]));
                _verifier.verify(_keyId, proof, signals);
            }
        }
    }

    /* HELPERS */

    function _key() private view returns (VerifyingKey memory) {
        return Bn254Points.key(ALPHA, _weights);
    }

    function _otherKey() private view returns (VerifyingKey memory) {
        return Bn254Points.key(ALPHA + 1, _weights);
    }

    function _proof() private view returns (Proof memory) {
        return Bn254Points.proof(Bn254Points.logarithmOfA(ALPHA, _weights, _signals, C), C);
    }

    /// @dev As src/zkml/development.ts has it.
    function _developmentAlpha() private pure returns (uint256[2] memory) {
        return
            [
                11656656444741797191252560781653780100012646839618981870647999127150543099026,
                13446296573044802021343077341920752948102255020232937905557363171593677515205
            ];
    }

    function _counting(uint256 length) private pure returns (uint256[] memory numbers) {
        numbers = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) numbers[i] = 1 + i;
    }

    function _refusePoint(VerifyingKey memory key, uint256 index) private {
        _refuse(key, abi.encodeWithSelector(IGroth16Verifier.KeyPointInvalid.selector, index));
    }

    function _refuse(VerifyingKey memory key, bytes memory refusal) private {
        vm.expectRevert(refusal);
        _verifier.registerKey(key);
        vm.assertTrue(
            keccak256(abi.encode(key)) == _keyId || !_verifier.isRegistered(keccak256(abi.encode(key))),
            "not registered"
        );
    }
}
