using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>Where all limits stood at one moment, as the gauges say it.</summary>
/// <param name="at">Timestamp of its beginning: nothing in it is older.</param>
internal sealed class BudgetReading(long at)
{
    // The metrics SDK keeps 2,000 points of a metric, one of which is its own for what is over; each limit has one more for the subjects that are not named.
    private const int MostPoints = 1_999;

    private readonly List<(DateTimeOffset At, KeyValuePair<string, object?>[] Tags)> _resets = [];

    public long At { get; } = at;

    public List<Measurement<double>> Limit { get; } = [];

    public List<Measurement<double>> Spent { get; } = [];

    public List<Measurement<double>> Held { get; } = [];

    public List<Measurement<double>> Remaining { get; } = [];

    /// <summary>Seconds until each counts anew.</summary>
    public IEnumerable<Measurement<double>> Reset(DateTimeOffset now) => _resets.Select(reset => new Measurement<double>(Math.Max(0, (reset.At - now).TotalSeconds), reset.Tags));

    public static async Task<BudgetReading> TakeAsync(BudgetGuard guard, long at, CancellationToken cancellationToken)
    {
        var known = await guard.Lists.KnownAsync(cancellationToken).ConfigureAwait(false);
        var overrides = await guard.Lists.OverridesAsync(cancellationToken).ConfigureAwait(false);
        var reading = new BudgetReading(at);
        var max = Math.Min(guard.Options.MaxSubjects, Math.Max(1, (MostPoints / Math.Max(1, known.All.Count)) - 1));
        foreach (var one in known.All.Take(MostPoints / 2))
        {
            var (top, others) = await guard.Lists.ListAsync(one, overrides, max, cancellationToken).ConfigureAwait(false);
            foreach (var state in top)
            {
                reading.Add(state);
            }

            reading.AddSum(others);
        }

        return reading;
    }

    private void Add(BudgetState state)
    {
        var tags = Tags(state, state.Subject);
        Spent.Add(new((double)state.Used, tags));
        Held.Add(new((double)state.Held, tags));
        if (state is { Limit: { } limit, Remaining: { } remaining })
        {
            Limit.Add(new((double)limit, tags));
            Remaining.Add(new((double)remaining, tags));
        }

        if (state.ResetsAt is { } reset)
        {
            _resets.Add((reset, tags));
        }
    }

    // Limits of different subjects do not add up to one.
    private void AddSum(IReadOnlyList<BudgetState> others)
    {
        if (others.Count != 0)
        {
            var tags = Tags(others[0], Placeholders.Other);
            Spent.Add(new((double)others.Sum(state => state.Used), tags));
            Held.Add(new((double)others.Sum(state => state.Held), tags));
        }
    }

    private static KeyValuePair<string, object?>[] Tags(BudgetState state, string subject) =>
    [
        new(Attributes.BudgetName, state.Name),
        new(Attributes.BudgetUnit, state.Unit.Word()),
        new(Attributes.BudgetWindow, state.Window.ToString()),
        new(Attributes.BudgetScope, state.Scope.Word()),
        new(Attributes.BudgetSubject, subject),
    ];
}
