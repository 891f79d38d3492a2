namespace LlmTelemetry.StoreConformance;

/// <summary>
/// The present, which moves only when told: stores that expire by a clock of their own must agree with it. Time limits run on the real clock.
/// </summary>
internal sealed class FrozenTime : TimeProvider
{
    private long _now = System.GetUtcNow().UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _now), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
}
