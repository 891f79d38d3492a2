namespace LlmTelemetry.Instrumentation;

/// <summary>How many points our instruments report, so that they stay below what the metrics SDK keeps.</summary>
internal sealed class PointCount
{
    private readonly int[] _tokens = new int[(int)TokenCounter.Reasoning + 1];
    private int _buckets;
    private int _calls;

    /// <summary>The points of the instrument that has most.</summary>
    public int Largest => Math.Max(Math.Max(Volatile.Read(ref _buckets), Volatile.Read(ref _calls)), _tokens.Max());

    public void AddBucket() => Interlocked.Increment(ref _buckets);

    public void AddCalls() => Interlocked.Increment(ref _calls);

    public void AddTokens(TokenCounter counter) => Interlocked.Increment(ref _tokens[(int)counter]);
}
