using System.Collections.Concurrent;

namespace LlmTelemetry.Budgets;

/// <summary>By what factor providers count more, or fewer, input tokens than were estimated: learned for each model from calls that reported them. Thread-safe.</summary>
internal sealed class LearnedRatios
{
    public const double Least = 0.25;
    public const double Most = 4;
    public const int MaxModels = 1_000;

    // Of a prompt of fewer tokens the fixed costs of a request are the most, and say nothing of longer ones.
    public const long FewestTokens = 32;

    // The first calls are averaged, and from then on each new one counts a twentieth.
    private const int Memory = 20;

    private readonly ConcurrentDictionary<string, Ratio> _models = new(StringComparer.OrdinalIgnoreCase);
    private int _count;

    /// <summary>The factor; 1 where nothing was learned.</summary>
    public double Of(string? model) => model is not null && _models.TryGetValue(model, out var ratio) ? ratio.Value : 1;

    /// <summary>An estimate, corrected and rounded up.</summary>
    public long Apply(string? model, long estimated) => (long)Math.Min(Math.Ceiling(estimated * Of(model)), long.MaxValue / 2);

    /// <summary>Learns from a call.</summary>
    /// <param name="model">The model; null: nothing is learned.</param>
    /// <param name="estimated">What was estimated, not corrected.</param>
    /// <param name="actual">What the provider counted.</param>
    public void Learn(string? model, long estimated, long actual)
    {
        if (model is null || estimated < FewestTokens || actual <= 0)
        {
            return;
        }

        if (!_models.TryGetValue(model, out var ratio))
        {
            if (Volatile.Read(ref _count) >= MaxModels)
            {
                return; // Names that somebody makes up must not fill the memory.
            }

            var made = new Ratio();
            ratio = _models.GetOrAdd(model, made);
            if (ReferenceEquals(ratio, made) && Interlocked.Increment(ref _count) > MaxModels)
            {
                Interlocked.Decrement(ref _count);
                _models.TryRemove(model, out _);
                return;
            }
        }

        ratio.Add(Math.Clamp((double)actual / estimated, Least, Most));
    }

    private sealed class Ratio
    {
        private readonly Lock _gate = new();
        private double _value = 1;
        private int _samples;

        public double Value => Volatile.Read(ref _value);

        public void Add(double sample)
        {
            lock (_gate)
            {
                _samples = Math.Min(_samples + 1, Memory);
                Volatile.Write(ref _value, _value + ((sample - _value) / _samples));
            }
        }
    }
}
