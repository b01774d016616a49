// SPDX-License-Identifier: MIT
pragma circom 2.2.3;

/**
 * The smallest circuit with the signals of a model of one output byte; proves that `input` is the square of a secret and
 * `output` its double.
 * Public: inputCommitment, outcome, binding. Private: secret.
 */
template BoundSquare() {
    signal input inputCommitment; // the secret's square
    signal input outcome; // the secret, doubled
    signal input binding; // the result's digest; any value, but in a constraint
    signal input secret; // what the prover knows
    signal bindingSquare; // keeps `binding` in the circuit

    inputCommitment === secret * secret;
    outcome === 2 * secret;
    bindingSquare <== binding * binding;
}

component main { public [inputCommitment, outcome, binding] } = BoundSquare();
