using System.Text.Json;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class ReportRenderingTests : IAsyncDisposable
{
    private static readonly DateOnly Day = new(2026, 11, 22);
    private readonly RowStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Table_aligns_its_columns_and_says_what_the_cost_leaves_out()
    {
        Ada();
        _store.Add(Day, new("p", "m", null, null, null), (SpendMeasure.Calls, 3), (SpendMeasure.Failed, 1), (SpendMeasure.Unmeasured, 1), (SpendMeasure.Unpriced, 2), (SpendMeasure.UnpricedTokens, 1_500), (SpendMeasure.Usage(UsageBucket.Output), 1_500));

        Assert.Equal(
            """
            user    calls  failed      input  cached  output     cost USD  unpriced  unmeasured  avg s
            ------  -----  ------  ---------  ------  ------  -----------  --------  ----------  -----
            ada     1,200       0  1,002,000   2,000       7  12.34567891         0           0   0.50
            (none)      3       1          0       0   1,500      unknown         2           1   0.00
            ------  -----  ------  ---------  ------  ------  -----------  --------  ----------  -----
            total   1,203       1  1,002,000   2,000   1,507  12.34567891         2           1   0.50
            The cost is without 2 calls (1,500 tokens) whose price is not known: 0.17 % of the calls, 0.15 % of the tokens.
            Tokens and cost are without 1 call that reported no usage.

            """,
            (await Query(SpendDimension.User)).ToTable());
    }

    [Fact]
    public async Task Charge_has_a_column_where_something_is_charged_on_and_says_of_how_many_calls_it_is()
    {
        Ada();
        _store.Add(Day, new("p", "m", "bob", null, null), (SpendMeasure.Calls, 2), (SpendMeasure.Cost(UsageBucket.Input), 2_000_000_000_000), (SpendMeasure.ChargedCalls, 1), (SpendMeasure.Charged, 1_100_000_000_000));
        _store.Add(Day, new("p", "m", "gift", null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Input), 1_000_000_000_000), (SpendMeasure.ChargedCalls, 1));

        Assert.Equal(
            """
            user   calls  failed      input  cached  output     cost USD  charged USD  unpriced  unmeasured  avg s
            -----  -----  ------  ---------  ------  ------  -----------  -----------  --------  ----------  -----
            ada    1,200       0  1,002,000   2,000       7  12.34567891            -         0           0   0.50
            bob        2       0          0       0       0   2.00000000     1.100000         0           0   0.00
            gift       1       0          0       0       0   1.00000000     0.000000         0           0   0.00
            -----  -----  ------  ---------  ------  ------  -----------  -----------  --------  ----------  -----
            total  1,203       0  1,002,000   2,000       7  15.34567891     1.100000         0           0   0.50
            Unpriced: 0 % of the calls, 0 % of the tokens.
            The charge is of 2 calls; nothing is charged on for the others.

            """,
            (await Query(SpendDimension.User)).ToTable());
    }

    [Fact]
    public async Task Cache_hits_and_what_they_saved_have_columns_where_there_are_any()
    {
        Ada();
        _store.Add(Day, new("p", "m", "bob", null, null), (SpendMeasure.CacheHits, 3), (SpendMeasure.Saved, 1_250_000_000_000));
        _store.Add(Day, new("p", "m", "cat", null, null), (SpendMeasure.CacheHits, 1));

        Assert.Equal(
            """
            user   calls  failed  cache hits      input  cached  output     cost USD  saved USD  unpriced  unmeasured  avg s
            -----  -----  ------  ----------  ---------  ------  ------  -----------  ---------  --------  ----------  -----
            ada    1,200       0           0  1,002,000   2,000       7  12.34567891          -         0           0   0.50
            bob        0       0           3          0       0       0   0.00000000   1.250000         0           0      -
            cat        0       0           1          0       0       0   0.00000000          -         0           0      -
            -----  -----  ------  ----------  ---------  ------  ------  -----------  ---------  --------  ----------  -----
            total  1,200       0           4  1,002,000   2,000       7  12.34567891   1.250000         0           0   0.50
            Unpriced: 0 % of the calls, 0 % of the tokens.

            """,
            (await Query(SpendDimension.User)).ToTable());
    }

    [Fact]
    public async Task Json_has_what_was_saved_as_a_number_or_null()
    {
        Ada();
        _store.Add(Day, new("p", "m", "bob", null, null), (SpendMeasure.CacheHits, 2), (SpendMeasure.Saved, 1));

        using var json = JsonDocument.Parse((await Query(SpendDimension.User)).ToJson());
        var (ada, bob) = (json.RootElement.GetProperty("rows")[0], json.RootElement.GetProperty("rows")[1]);

        Assert.Equal((JsonValueKind.Null, 0), (ada.GetProperty("saved").ValueKind, ada.GetProperty("cache_hits").GetInt32()));
        Assert.Equal(("0.000000000001", 2), (bob.GetProperty("saved").GetRawText(), bob.GetProperty("cache_hits").GetInt32()));
        Assert.Equal("0.000000", bob.GetProperty("cost").GetRawText());
    }

    [Fact]
    public async Task Json_has_the_charge_as_a_number_or_null()
    {
        Ada();
        _store.Add(Day, new("p", "m", "bob", null, null), (SpendMeasure.Calls, 1), (SpendMeasure.ChargedCalls, 1), (SpendMeasure.Charged, 1));

        using var json = JsonDocument.Parse((await Query(SpendDimension.User)).ToJson());
        var (ada, bob) = (json.RootElement.GetProperty("rows")[0], json.RootElement.GetProperty("rows")[1]);

        Assert.Equal((JsonValueKind.Null, 0), (ada.GetProperty("charged").ValueKind, ada.GetProperty("charged_calls").GetInt32()));
        Assert.Equal(("0.000000000001", 1), (bob.GetProperty("charged").GetRawText(), bob.GetProperty("charged_calls").GetInt32()));
    }

    [Fact]
    public async Task Money_has_6_decimals_and_as_many_more_as_it_needs()
    {
        _store.Add(Day, new("p", "m", "ada", null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Input), 2_000_000_000_000));
        Assert.Contains("  2.000000  ", (await Query(SpendDimension.User)).ToTable());

        _store.Add(Day, new("p", "m", "bob", null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Input), 1));
        var table = (await Query(SpendDimension.User)).ToTable();
        Assert.Contains("  2.000000000000  ", table);
        Assert.Contains("  0.000000000001  ", table);
        Assert.Contains("  2.000000000001  ", table);
    }

    [Fact]
    public async Task Bucket_table_has_a_column_for_each_bucket_that_cost_something()
    {
        Ada();
        _store.Add(Day, new("p", "secret", null, null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Unpriced, 1), (SpendMeasure.UnpricedTokens, 7));

        Assert.Equal(
            """
            model   provider      input  cache_read     cost USD
            ------  --------  ---------  ----------  -----------
            m       p         12.000000  0.34567891  12.34567891
            secret  p           unknown     unknown      unknown
            ------  --------  ---------  ----------  -----------
            total             12.000000  0.34567891  12.34567891
            The cost is without 1 call (7 tokens) whose price is not known: 0.08 % of the calls, 0 % of the tokens.

            """,
            (await Query(SpendDimension.Model, SpendDimension.Provider)).ToBucketTable());
    }

    [Fact]
    public async Task Table_says_that_partial_calls_cost_at_least_what_is_known()
    {
        _store.Add(Day, new("p", "m", "ada", null, null), (SpendMeasure.Calls, 2), (SpendMeasure.Partial, 2), (SpendMeasure.Cost(UsageBucket.Input), 1_000_000_000_000));

        Assert.EndsWith("Tokens and cost are at least this: 2 calls ended before the provider had told all of the usage.\n", (await Query(SpendDimension.User)).ToTable(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_without_calls_says_so() =>
        Assert.EndsWith("No calls match. Names are compared letter by letter.\n", (await Query(SpendDimension.User)).ToTable(), StringComparison.Ordinal);

    [Fact]
    public async Task A_hostile_name_cannot_break_the_table_or_speak_to_the_terminal()
    {
        _store.Add(Day, new("p", "m", "a\u001b[31m\r\nb\u202e", null, null), (SpendMeasure.Calls, 1));

        var table = (await Query(SpendDimension.User)).ToTable();

        Assert.Contains("a?[31m??b?", table);
        Assert.Equal(6, table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Json_keeps_money_exact_and_unknown_as_null()
    {
        Ada();
        _store.Add(Day, new("p", "m", null, null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Unpriced, 1));

        using var json = JsonDocument.Parse((await Query(SpendDimension.User, SpendDimension.Day)).ToJson());
        var root = json.RootElement;

        Assert.Equal("2026-11-22", root.GetProperty("from").GetString());
        Assert.Equal(["user", "day"], root.GetProperty("by").EnumerateArray().Select(by => by.GetString()));
        var (ada, none) = (root.GetProperty("rows")[0], root.GetProperty("rows")[1]);
        Assert.Equal("ada", ada.GetProperty("user").GetString());
        Assert.Equal("2026-11-22", ada.GetProperty("day").GetString());
        Assert.Equal("12.34567891", ada.GetProperty("cost").GetRawText());
        Assert.Equal("0.34567891", ada.GetProperty("cost_by_bucket").GetProperty("cache_read").GetRawText());
        Assert.Equal(2_000, ada.GetProperty("usage").GetProperty("cache_read").GetInt64());
        Assert.Equal(1_002_000, ada.GetProperty("input_tokens").GetInt64());
        Assert.Equal(JsonValueKind.Null, none.GetProperty("user").ValueKind);
        Assert.Equal(JsonValueKind.Null, none.GetProperty("cost").ValueKind);
        Assert.Equal(1_201, root.GetProperty("total").GetProperty("calls").GetInt64());
    }

    private void Ada() => _store.Add(
        Day,
        new("p", "m", "ada", null, null),
        (SpendMeasure.Calls, 1_200),
        (SpendMeasure.DurationMicros, 600_000_000),
        (SpendMeasure.Usage(UsageBucket.Input), 1_000_000),
        (SpendMeasure.Usage(UsageBucket.CacheRead), 2_000),
        (SpendMeasure.Usage(UsageBucket.Output), 7),
        (SpendMeasure.Cost(UsageBucket.Input), 12_000_000_000_000),
        (SpendMeasure.Cost(UsageBucket.CacheRead), 345_678_910_000));

    private Task<UsageReport> Query(params SpendDimension[] by) =>
        new UsageReports(_store, TimeZoneInfo.Utc, new ManualTime()).QueryAsync(new() { From = Day, To = Day, By = by }, TestContext.Current.CancellationToken);
}
