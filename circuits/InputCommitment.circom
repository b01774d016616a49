// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";
include "PackedInput.circom";

/**
 * Proves that `out` is the commitment to the input: Poseidon over its packed words.
 *
 * Private: `in`. Public, when the caller makes it so: `out`.
 *
 * Sound because PackedInput is injective and Poseidon is collision resistant: one commitment has
 * one input. It also is the range check of the input, on which all later widths rest.
 */
template InputCommitment(length, bits) {
    assert(length > 0);
    assert(bits > 0);
    assert(bits <= 253);
    var perWord = 253 \ bits;
    var words = (length + perWord - 1) \ perWord;
    assert(words <= 16); // the widest Poseidon of circomlib

    signal input in[length]; // the values
    signal output out; // the commitment

    component packed = PackedInput(length, bits, perWord);
    packed.in <== in;

    component hash = Poseidon(words);
    hash.inputs <== packed.out;
    out <== hash.out;
}
