// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

/**
 * Proves that out = weights * in + bias, with weights and biases that are constants of the circuit.
 *
 * Private: `in`, `out`.
 *
 * Sound because every output is a linear combination of the inputs: the verifying key fixes the
 * weights, the prover chooses nothing. Costs no constraint: a later gadget absorbs the sums.
 */
template Dense(inputs, outputs, weights, bias) {
    assert(inputs > 0);
    assert(outputs > 0);

    signal input in[inputs]; // activations of the layer before
    signal output out[outputs]; // accumulators

    for (var o = 0; o < outputs; o++) {
        var sum = bias[o];
        for (var i = 0; i < inputs; i++) {
            sum += weights[o][i] * in[i];
        }
        out[o] <== sum;
    }
}
