// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "ArgMax.circom";
include "Dense.circom";
include "InputCommitment.circom";
include "ReluRequantise.circom";

/**
 * Proves one inference of a classifier with one hidden layer: "I know an input whose commitment is
 * `inputCommitment` and whose class is `class`", for the model whose weights are constants here.
 *
 * Private: `in`. Public, in this order: `inputCommitment`, `class`, `binding`.
 *
 * Sound because the commitment range-checks the input and fixes it, every later signal is a
 * function of the input by the soundness of its gadget, and the widths come from interval analysis
 * over the whole input domain. `binding` names the result that the proof is for (request, output,
 * units, node). It enters a constraint, so that it is a public input of the proof in the full
 * sense: a proof made for one binding does not verify for another.
 */
template QuantisedClassifier(
    length, inputBits, // input
    hidden, hiddenWeights, hiddenBias, hiddenBits, shift, activationBits, // hidden layer
    classes, classWeights, classBias, gapBits // output layer
) {
    assert(length > 0);
    assert(inputBits > 0);
    assert(hidden > 0);
    assert(hiddenBits > 1);
    assert(shift >= 0);
    assert(activationBits > 0);
    assert(classes > 1);
    assert(classes <= 256); // the class is one byte
    assert(gapBits > 0);

    signal input in[length]; // the model's input
    signal input binding; // upper 248 bits of the result's EIP-712 digest
    signal output inputCommitment; // Poseidon over the packed input
    signal output class; // the output: one byte, as an integer

    component commitment = InputCommitment(length, inputBits);
    commitment.in <== in;
    inputCommitment <== commitment.out;

    component accumulators = Dense(length, hidden, hiddenWeights, hiddenBias);
    accumulators.in <== in;

    component logits = Dense(hidden, classes, classWeights, classBias);
    component activation[hidden];
    for (var i = 0; i < hidden; i++) {
        activation[i] = ReluRequantise(hiddenBits, shift, activationBits);
        activation[i].in <== accumulators.out[i];
        logits.in[i] <== activation[i].out;
    }

    component best = ArgMax(classes, gapBits);
    best.in <== logits.out;
    class <== best.out;

    signal bound; // ties the binding to the input; unlike a square, it differs for -binding
    bound <== binding * inputCommitment;
}
