using System.Diagnostics.Metrics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

[Collection(Meter)]
public sealed class LedgerGaugesTests : IAsyncDisposable
{
    /// <summary>Whoever listens to the exporter's meter hears the gauges of all ledgers of the process.</summary>
    internal const string Meter = "the ledger's gauges";

    private static readonly DateOnly Today = new(2026, 11, 22);
    private readonly ManualTime _time = new();
    private readonly RowStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task They_say_what_the_ledger_holds_of_today_and_of_this_month()
    {
        Spend(Today, "ada", usd: 2, calls: 3);
        Spend(Today.AddDays(-1), "ada", usd: 5, calls: 4);
        Spend(new(2026, 10, 31), "ada", usd: 100, calls: 100);
        await using var gauges = Start();

        var spend = await ReadAsync("llm.ledger.spend", count: 2);

        Assert.Equal(2, spend["day anthropic sonnet ada"]);
        Assert.Equal(7, spend["month anthropic sonnet ada"]);
        Assert.Equal(7, (await ReadAsync("llm.ledger.calls", 2))["month anthropic sonnet ada"]);
        Assert.Equal(70, (await ReadAsync("llm.ledger.tokens", 2))["month anthropic sonnet ada"]);
    }

    [Fact]
    public async Task Today_is_the_day_of_the_ledgers_zone()
    {
        Spend(Today.AddDays(1), "ada", usd: 2, calls: 1);
        await using var gauges = Start(options => options.TimeZone = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(13), "x", "x"));

        Assert.Equal(2, (await ReadAsync("llm.ledger.spend", 2))["day anthropic sonnet ada"]);
    }

    [Fact]
    public async Task Until_when_the_figures_count_is_said_with_them()
    {
        var now = new DateTimeOffset(2026, 11, 22, 12, 59, 50, TimeSpan.Zero);
        var reading = await LedgerReading.TakeAsync(_store, new CostExporterOptions { TimeProvider = new ManualTime(now) }, TestContext.Current.CancellationToken);

        Assert.Equal([10, 11 * 3600 + 10, (8 * 86_400) + (11 * 3600) + 10], reading.Reset(now).Select(point => point.Value));

        // The hour is over, and what is shown is still its spend: it began anew when that does.
        Assert.Equal([0, 11 * 3600 - 5], reading.Reset(now.AddSeconds(15)).Select(point => point.Value).Take(2));
    }

    [Fact]
    public async Task Only_the_users_with_the_highest_spend_are_named_and_the_sum_stays_right()
    {
        for (var i = 1; i <= 10; i++)
        {
            Spend(Today, "user" + i, usd: i, calls: 1);
        }

        _store.Add(Today, new("anthropic", "sonnet", null, null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Input), Cost.PicoPerUsd));
        await using var gauges = Start(options => options.LedgerGaugeUsers = 2);

        var day = (await ReadAsync("llm.ledger.spend", 8)).Where(pair => pair.Key.StartsWith("day", StringComparison.Ordinal)).ToDictionary();

        Assert.Equal(new Dictionary<string, double> { ["day anthropic sonnet user10"] = 10, ["day anthropic sonnet user9"] = 9, ["day anthropic sonnet _other"] = 36, ["day anthropic sonnet"] = 1 }, day);
    }

    [Fact]
    public async Task An_empty_user_and_none_are_one_point()
    {
        Spend(Today, "", usd: 2, calls: 1);
        Spend(Today, null, usd: 5, calls: 1);
        await using var gauges = Start();

        Assert.Equal(7, (await ReadAsync("llm.ledger.spend", 2))["day anthropic sonnet"]);
    }

    [Fact]
    public async Task A_cost_that_is_not_known_is_absent_and_not_0()
    {
        _store.Add(Today, new("acme", "secret", "ada", null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Unpriced, 1));
        await using var gauges = Start();

        Assert.Equal(1, (await ReadAsync("llm.ledger.calls", 2))["day acme secret ada"]);
        Assert.Empty(Collect("llm.ledger.spend"));
    }

    [Fact]
    public async Task They_follow_the_ledger_and_are_absent_once_it_cannot_be_read_any_more()
    {
        Spend(Today, "ada", usd: 2, calls: 3);
        await using var gauges = Start();
        await ReadAsync("llm.ledger.spend", 2);

        Spend(Today, "ada", usd: 1, calls: 1);
        await PassTimeUntilAsync(() => Collect("llm.ledger.spend").Any(pair => pair.Value == 3));

        _store.Failure = new TimeoutException("The store is away.");
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(2, Collect("llm.ledger.spend").Count);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(Collect("llm.ledger.spend"));

        _store.Failure = null;
        await PassTimeUntilAsync(() => Collect("llm.ledger.spend").Count == 2);
    }

    [Fact]
    public async Task Daily_budgets_are_published_beside_them()
    {
        await using var gauges = Start(options =>
        {
            options.DailyBudgets["total"] = 100;
            options.DailyBudgets["user:ada:lovelace"] = 2.5m;
            options.DailyBudgets["model:sonnet"] = 10;
            options.DailyBudgets["feature:summary"] = 20;
            options.DailyBudgets["tenant:acme"] = 40;
        });

        Assert.Equal(
            new Dictionary<string, double> { ["day total "] = 100, ["day user ada:lovelace"] = 2.5, ["day model sonnet"] = 10, ["day feature summary"] = 20, ["day tenant acme"] = 40 },
            Collect("llm.ledger.budget"));
    }

    [Theory]
    [InlineData("tenant:")]
    [InlineData("session:7")]
    [InlineData("user:")]
    [InlineData("users:ada")]
    [InlineData("total:x")]
    [InlineData("")]
    public void A_budget_for_nothing_is_refused_with_what_is_right(string key)
    {
        var cause = Assert.Throws<ArgumentException>(() => Start(options => options.DailyBudgets[key] = 1));

        Assert.Contains("write total, provider:NAME, model:NAME, user:NAME, feature:NAME, tenant:NAME", cause.Message);
    }

    [Fact]
    public async Task Once_stopped_they_are_gone()
    {
        Spend(Today, "ada", usd: 2, calls: 3);
        await using (Start(options => options.DailyBudgets["total"] = 7_654_321))
        {
            await ReadAsync("llm.ledger.spend", 2);
        }

        Assert.DoesNotContain(7_654_321, Collect("llm.ledger.budget").Values);
    }

    private void Spend(DateOnly day, string? user, long usd, int calls) => _store.Add(
        day,
        new("anthropic", "sonnet", user, null, null),
        (SpendMeasure.Calls, calls),
        (SpendMeasure.Usage(UsageBucket.CacheRead), 8 * calls),
        (SpendMeasure.Usage(UsageBucket.Output), 2 * calls),
        (SpendMeasure.Cost(UsageBucket.Output), (Int128)usd * Cost.PicoPerUsd));

    private LedgerGauges Start(Action<CostExporterOptions>? configure = null)
    {
        var options = new CostExporterOptions { TimeProvider = _time, LedgerGauges = true };
        configure?.Invoke(options);
        return LedgerGauges.Start(_store, options);
    }

    private async Task<Dictionary<string, double>> ReadAsync(string gauge, int count)
    {
        await PassTimeUntilAsync(() => Collect(gauge).Count == count);
        return Collect(gauge);
    }

    private Task PassTimeUntilAsync(Func<bool> condition) => Eventually.HoldsAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(condition());
        },
        "the gauges follow");

    private static Dictionary<string, double> Collect(string gauge)
    {
        var values = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "LlmTelemetry.CostExporter" && instrument.Name == gauge)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Keep(value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Keep(value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return values;

        void Keep(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => values[string.Join(' ', tags.ToArray().Select(tag => tag.Value))] = value;
    }
}
