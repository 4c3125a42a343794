// What a training step came to, kept on the device until the host asks: loss and hits in a ring, and the first step whose loss was no number.
//
//   row 1 + step % slots of the results = (bits of the loss, hits); results[0][0] = step + 1 where the loss is not finite and nothing is there yet
//
// One thread. The step may be read from memory when the kernel runs, so that a launch can be replayed in another step.
//
// Targets: sm_75.

extern "C" struct StepResultArgs
{
    const float* loss;       // scalar
    const int* correct;      // scalar
    const unsigned* step_at; // steps done before this one; null for the constant
    int* results;            // [1 + slots, 2]
    unsigned step;
    unsigned slots; // at least 1
};

extern "C" __global__ void step_result_keep(const StepResultArgs a)
{
    unsigned step = a.step_at != nullptr ? *a.step_at : a.step;
    int loss = __float_as_int(*a.loss);
    constexpr int Exponent = 0x7f800000;
    if ((loss & Exponent) == Exponent && a.results[0] == 0)
        a.results[0] = (int)(step + 1);
    int* row = a.results + 2 * (1 + (long long)(step % a.slots));
    row[0] = loss;
    row[1] = *a.correct;
}
