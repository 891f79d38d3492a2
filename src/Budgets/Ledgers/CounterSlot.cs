namespace LlmTelemetry.Budgets;

/// <summary>What was used in one part of a counter's time: a calendar's period, a step of a sliding window, a whole session.</summary>
/// <param name="Start">When the part begins.</param>
/// <param name="Ends">When it stops counting; <see cref="long.MaxValue"/>: never.</param>
/// <param name="Used">What was used in it.</param>
/// <param name="Pico">The pico-USD below the nano, 0 to 999.</param>
internal readonly record struct CounterSlot(long Start, long Ends, long Used = 0, int Pico = 0)
{
    public Int128 TotalPico => ((Int128)Used * AmountMath.PicoPerNano) + Pico;
}

/// <summary>Sums that stop at 2^53, where the doubles of Redis' scripts stop being exact: all ledgers count alike.</summary>
internal static class AmountMath
{
    public const long Most = 1L << 53;
    public const int PicoPerNano = 1000;

    public static (long Used, int Pico) Split(Int128 totalPico) =>
        totalPico >= (Int128)Most * PicoPerNano ? (Most, 0) : ((long)(totalPico / PicoPerNano), (int)(totalPico % PicoPerNano));
}
