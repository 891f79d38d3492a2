namespace LlmTelemetry.Instrumentation;

/// <summary>A sum of money, exact: added to by calls without a lock, read when somebody collects.</summary>
internal sealed class MoneySum
{
    // Whole micro-USD and the pico-USD that remain, so that no sum can leave Int64.
    private const long PicoPerMicro = 1_000_000;

    private long _micro;
    private long _pico;
    private int _isAdded; // 1: an amount was added, be it 0.

    /// <summary>In pico-USD; null when nothing was added.</summary>
    public Int128? Pico => Volatile.Read(ref _isAdded) != 0 ? (Int128)Volatile.Read(ref _micro) * PicoPerMicro + Volatile.Read(ref _pico) : null;

    /// <summary>Adds an amount; false when it is beyond belief (over 9 million USD).</summary>
    public bool TryAdd(Int128 pico)
    {
        if (pico < 0 || pico > long.MaxValue)
        {
            return false;
        }

        var (micro, rest) = Math.DivRem((long)pico, PicoPerMicro);
        Interlocked.Add(ref _micro, micro);
        Interlocked.Add(ref _pico, rest);
        if (Volatile.Read(ref _isAdded) == 0)
        {
            Volatile.Write(ref _isAdded, 1);
        }

        return true;
    }
}
